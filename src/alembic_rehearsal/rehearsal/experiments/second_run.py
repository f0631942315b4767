"""Second run."""

from __future__ import annotations

from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.steps import UpgradeRun
from alembic_rehearsal.core.rows import checksums
from alembic_rehearsal.core.schema.query import read_only_session
from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.models import AgainstModels
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import (
    FromEmpty,
    FromSnapshot,
    SecondRun,
    SecondRuns,
)
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment, Skip
from alembic_rehearsal.rehearsal.runner.watch import unlike


def second_runs(stage: Context, scene: Evidence) -> SecondRuns:
    """Run `upgrade heads` again on each database that is at head."""
    arrived = [
        (start, walked) for start, walked in scene.ways_up.items() if stage.is_at_head(walked)
    ]
    if not arrived:
        raise Skip("no upgrade got to head")
    return SecondRuns(tuple(_second_run(stage, start, walked) for start, walked in arrived))


def _second_run(stage: Context, start: Start, walked: UpgradeRun) -> SecondRun:
    database = walked.database
    with read_only_session(database) as ask:
        before = checksums.read_row_checksums(ask)
        try:
            with stage.walking(database) as walk:
                planned = walk.plan()
        except StepFailed as stopped:
            return SecondRun(start, failure=stopped.failure)
        rows = checksums.row_differences(before, checksums.read_row_checksums(ask))
    differences = unlike(stage.schema(database), read_database_picture(database))
    return SecondRun(start, planned, (*differences, *sorted(rows, key=lambda each: each.name)))


SECOND_RUNS = Experiment(
    "upgrade head a second time",
    SecondRuns,
    (),
    second_runs,
    after=(FromEmpty, FromSnapshot, AgainstModels),  # that runs env.py there as well
)
