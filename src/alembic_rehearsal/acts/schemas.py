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
from alembic_rehearsal.project.host import StepFailed
from alembic_rehearsal.schema.compare import compare
from alembic_rehearsal.schema.reading import picture_of
from alembic_rehearsal.words import Start


def both_ends(stage: Stage, scene: Scene) -> BothEnds:
    """Compare the schema built from empty with the one upgraded from production."""
    first = _whole(scene.fact(FromEmpty).walked, "from empty")
    second = _whole(scene.fact(FromSnapshot).walked, "from the snapshot")
    found = compare(picture_of(first.database), picture_of(second.database))
    return BothEnds(tuple(each for each in found if each.real))


def against_models(stage: Stage, scene: Scene) -> AgainstModels:
    """Ask Alembic what it would autogenerate on the migrated schema.

    Production's schema is preferred, since that is the one that the application meets.
    """
    for start, kind in ((Start.SNAPSHOT, FromSnapshot), (Start.EMPTY, FromEmpty)):
        if kind not in scene.facts:
            continue
        walked: Walked = scene.facts[kind].walked
        if walked.failure is None:
            if not walked.has_models:
                raise Skip("env.py gives Alembic no target_metadata")
            try:
                with stage.walking(walked.database) as walk:
                    return AgainstModels(start, walk.compare(), left_out=walk.left_out)
            except StepFailed as stopped:
                return AgainstModels(start, failure=stopped.failure)
    raise Skip("no upgrade got to head")


def _whole(walked: Walked, start: str) -> Walked:
    if walked.failure is not None:
        raise Skip(f"the upgrade {start} did not get to head")
    return walked


BOTH_ENDS = Experiment("compare both schemas", BothEnds, (FromEmpty, FromSnapshot), both_ends)
AGAINST_MODELS = Experiment(
    "compare with the models",
    AgainstModels,
    (),
    against_models,
    after=(FromEmpty, FromSnapshot),
)
