"""Second run."""

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
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment, Skip
from alembic_rehearsal.rehearsal.runner.watch import real_differences


def run_second_upgrades(context: Context, evidence: Evidence) -> SecondRuns:
    """Run `upgrade heads` again on each database that is at head."""
    at_head = [
        (start, walked) for start, walked in evidence.upgrades.items() if context.is_at_head(walked)
    ]
    if not at_head:
        raise Skip("no upgrade got to head")
    return SecondRuns(
        tuple(_run_second_upgrade(context, start, walked) for start, walked in at_head)
    )


def _run_second_upgrade(context: Context, start: Start, walked: UpgradeRun) -> SecondRun:
    database = walked.database
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
    after=(
        UpgradeFromEmpty,
        UpgradeFromSnapshot,
        MetadataComparison,
    ),  # that runs env.py there as well
)
