"""The way up: from an empty database, and from production's schema."""

from __future__ import annotations

from alembic_rehearsal.building.start import not_replayable, start_without_snapshot
from alembic_rehearsal.core.postgres.contents import user_tables
from alembic_rehearsal.core.postgres.databases import seal_template
from alembic_rehearsal.core.project.steps import UpgradeRun
from alembic_rehearsal.core.project.upgrade import OnStep, step_line
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, LoadedSnapshot
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import (
    RestoredSnapshot,
    UpgradeFromEmpty,
    UpgradeFromSnapshot,
)
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment, Skip
from alembic_rehearsal.snapshot.restore import restore


def upgrade_from_empty(context: Context, evidence: Evidence) -> UpgradeFromEmpty:
    """Upgrade an empty database to head, or one that has been bootstrapped."""
    if start_without_snapshot(context.settings) is None:
        raise Skip(not_replayable(context.settings))
    context.expect_allowed(each.id for each in context.history.revisions)
    database = context.make_database("from_empty", context.bootstrap.template)
    walked = _upgrade(context, database, Start.EMPTY)
    has_failed_at_once = walked.failure is not None and not walked.steps
    is_bare = context.bootstrap.template is None
    return UpgradeFromEmpty(walked, user_tables(database) if has_failed_at_once and is_bare else ())


def restore_snapshot(context: Context, evidence: Evidence) -> RestoredSnapshot:
    """Load the snapshot once; everything that starts from production clones it."""
    snapshot = evidence.fact(LoadedSnapshot).snapshot
    unknown = context.history.unknown(snapshot.provenance.revisions)
    if unknown:
        raise Skip(f"the history does not contain the snapshot's revision {', '.join(unknown)}")
    template = context.make_database("production")
    asked, major = context.scope.postgres, template.server.major
    if asked and major < (snapshot.needs.major or 0):
        version = snapshot.provenance.server_version
        raise Skip(f"the snapshot comes from PostgreSQL {version} and does not load into {major}")
    restore(snapshot, template, make_roles=template.server.ours)
    seal_template(template)
    return RestoredSnapshot(template)


def upgrade_from_snapshot(context: Context, evidence: Evidence) -> UpgradeFromSnapshot:
    """Upgrade a clone of production's schema to head, as the next deploy will."""
    context.expect_allowed(
        each.id for each in context.history.revisions if evidence.is_pending(each.id)
    )
    template = evidence.fact(RestoredSnapshot).template
    database = context.make_database("from_snapshot", template)
    return UpgradeFromSnapshot(_upgrade(context, database, Start.SNAPSHOT))


def _upgrade(context: Context, database: Database, start: Start) -> UpgradeRun:
    walked = context.upgrade(database, _progress_reporter(context, start))
    if context.is_at_head(walked):
        context.final_schema(database)  # before others run env.py on it
    return walked


def _progress_reporter(context: Context, start: Start) -> OnStep:
    """One progress line a revision, with its seconds; both ways up run side by side."""
    lead = f"from {start}".ljust(len(f"from {Start.SNAPSHOT}") + 2)
    return lambda step: context.tell(step_line(context.history, step, lead))


UPGRADE_FROM_EMPTY = Experiment("upgrade from empty", UpgradeFromEmpty, (), upgrade_from_empty)
RESTORED_SNAPSHOT = Experiment(
    "restore the snapshot", RestoredSnapshot, (LoadedSnapshot,), restore_snapshot
)
UPGRADE_FROM_SNAPSHOT = Experiment(
    "upgrade from the snapshot", UpgradeFromSnapshot, (RestoredSnapshot,), upgrade_from_snapshot
)
