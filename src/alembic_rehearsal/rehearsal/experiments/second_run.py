"""Experiment: run `upgrade heads` a second time on each database that is at head."""

from __future__ import annotations

from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.steps import UpgradeRun
from alembic_rehearsal.core.rows import checksums
from alembic_rehearsal.core.schema.query import read_only_session
from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.models import MetadataComparison
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import (
    SecondRun,
    SecondRuns,
    UpgradeFromEmpty,
    UpgradeFromSnapshot,
)
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment
from alembic_rehearsal.rehearsal.runner.watch import real_differences


def run_second_upgrades(context: Context, evidence: Evidence) -> SecondRuns:
    """Run the second upgrades.  Raises `Skip` where no upgrade got to head."""
    at_head = context.upgrades_at_head(evidence)
    return SecondRuns(
        tuple(_run_second_upgrade(context, start, each) for start, each in at_head.items())
    )


def _run_second_upgrade(context: Context, start: Start, upgrade: UpgradeRun) -> SecondRun:
    database = upgrade.database
    with read_only_session(database) as ask:
        before = checksums.read_row_checksums(ask)
        try:
            with context.open_walk(database) as walk:
                planned = walk.plan()
        except StepFailed as stopped:
            return SecondRun(start, failure=stopped.failure)
        rows = checksums.row_differences(before, checksums.read_row_checksums(ask))
    differences = real_differences(context.final_schema(database), read_database_picture(database))
    return SecondRun(start, planned, (*differences, *sorted(rows, key=lambda each: each.name)))


SECOND_RUNS = Experiment(
    "upgrade head a second time",
    SecondRuns,
    (),
    run_second_upgrades,
    # The metadata comparison runs env.py on the same databases: not at the same time.
    after=(UpgradeFromEmpty, UpgradeFromSnapshot, MetadataComparison),
)
