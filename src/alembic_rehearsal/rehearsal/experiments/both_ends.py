"""Comparing schemas: both ways up with each other, and the result with the models."""

from __future__ import annotations

from alembic_rehearsal.core.project.steps import UpgradeRun
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.upgrade import BothEnds, FromEmpty, FromSnapshot
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment, Skip


def both_ends(stage: Context, scene: Evidence) -> BothEnds:
    """Compare the schema built from empty with the one upgraded from production."""
    first = _schema(stage, scene.fact(FromEmpty).walked, "from empty")
    second = _schema(stage, scene.fact(FromSnapshot).walked, "from the snapshot")
    found = compare(first, second)
    return BothEnds(tuple(each for each in found if each.real))


def _schema(stage: Context, walked: UpgradeRun, start: str) -> Picture:
    if not stage.is_at_head(walked):
        raise Skip(f"the upgrade {start} did not get to head")
    return stage.schema(walked.database)


BOTH_ENDS = Experiment("compare both schemas", BothEnds, (FromEmpty, FromSnapshot), both_ends)
