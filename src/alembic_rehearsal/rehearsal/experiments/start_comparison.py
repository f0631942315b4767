"""Experiment: compare the schema built from empty with the one upgraded from the snapshot."""

from __future__ import annotations

from alembic_rehearsal.core.project.steps import UpgradeRun
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.upgrade import (
    StartComparison,
    UpgradeFromEmpty,
    UpgradeFromSnapshot,
)
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment, Skip


def compare_starts(context: Context, evidence: Evidence) -> StartComparison:
    """Compare both schemas at head.  Raises `Skip` where an upgrade did not get to head."""
    first = _schema_at_head(context, evidence.fact(UpgradeFromEmpty).upgrade, "from empty")
    second = _schema_at_head(
        context, evidence.fact(UpgradeFromSnapshot).upgrade, "from the snapshot"
    )
    found = compare(first, second)
    return StartComparison(tuple(each for each in found if each.real))


def _schema_at_head(context: Context, upgrade: UpgradeRun, start: str) -> Picture:
    if not context.is_at_head(upgrade):
        raise Skip(f"the upgrade {start} did not get to head")
    return context.final_schema(upgrade.database)


START_COMPARISON = Experiment(
    "compare both schemas", StartComparison, (UpgradeFromEmpty, UpgradeFromSnapshot), compare_starts
)
