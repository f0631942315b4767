"""Comparing schemas: both ways up with each other, and the result with the models."""

from __future__ import annotations

from alembic_rehearsal.acts.stage import Experiment, Skip, Stage
from alembic_rehearsal.facts import (
    AgainstModels,
    BothEnds,
    FromEmpty,
    FromSnapshot,
    Scene,
    Walked,
)
from alembic_rehearsal.picture import Picture
from alembic_rehearsal.project.host import StepFailed
from alembic_rehearsal.schema.compare import compare
from alembic_rehearsal.walks import Start


def both_ends(stage: Stage, scene: Scene) -> BothEnds:
    """Compare the schema built from empty with the one upgraded from production."""
    first = _schema(stage, scene.fact(FromEmpty).walked, "from empty")
    second = _schema(stage, scene.fact(FromSnapshot).walked, "from the snapshot")
    found = compare(first, second)
    return BothEnds(tuple(each for each in found if each.real))


def against_models(stage: Stage, scene: Scene) -> AgainstModels:
    """Ask Alembic what it would autogenerate on the migrated schema.

    Production's schema is preferred, since that is the one that the application meets.
    """
    for start, walked in reversed(scene.ways_up.items()):
        if stage.is_at_head(walked):
            if not walked.has_models:
                raise Skip("env.py gives Alembic no target_metadata")
            return _compared(stage, start, walked)
    raise Skip("no upgrade got to head")


def _compared(stage: Stage, start: Start, walked: Walked) -> AgainstModels:
    try:
        with stage.walking(walked.database) as walk:
            try:
                return AgainstModels(start, walk.compare(), left_out=walk.left_out)
            except StepFailed as stopped:
                return AgainstModels(start, failure=stopped.failure)
    except StepFailed as stopped:  # whatever env.py does: see SecondRuns
        raise Skip("env.py does not run on a database that is at head") from stopped


def _schema(stage: Stage, walked: Walked, start: str) -> Picture:
    if not stage.is_at_head(walked):
        raise Skip(f"the upgrade {start} did not get to head")
    return stage.schema(walked.database)


BOTH_ENDS = Experiment("compare both schemas", BothEnds, (FromEmpty, FromSnapshot), both_ends)
AGAINST_MODELS = Experiment(
    "compare with the models",
    AgainstModels,
    (),
    against_models,
    after=(FromEmpty, FromSnapshot),
)
