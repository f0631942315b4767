"""Experiments: upgrade an empty database, restore the snapshot, and upgrade from it."""

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
    upgrade = _upgrade(context, database, Start.EMPTY)
    has_failed_at_once = upgrade.failure is not None and not upgrade.steps
    is_bare = context.bootstrap.template is None
    tables = user_tables(database) if has_failed_at_once and is_bare else ()
    return UpgradeFromEmpty(upgrade, tables)


def restore_snapshot(context: Context, evidence: Evidence) -> RestoredSnapshot:
    """Restore the snapshot into a template, which every start from production clones.

    Raises `Skip` for a snapshot of an unknown revision, or of a newer PostgreSQL than the one
    that was asked for.
    """
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
    """Upgrade a clone of production's schema to head, as the next deploy will.

    Raises `Skip` where a pending revision is forbidden.
    """
    context.expect_allowed(
        each.id for each in context.history.revisions if evidence.is_pending(each.id)
    )
    template = evidence.fact(RestoredSnapshot).template
    database = context.make_database("from_snapshot", template)
    return UpgradeFromSnapshot(_upgrade(context, database, Start.SNAPSHOT))


def _upgrade(context: Context, database: Database, start: Start) -> UpgradeRun:
    upgrade = context.upgrade(database, _progress_reporter(context, start))
    if context.is_at_head(upgrade):
        context.final_schema(database)  # read it before other experiments run env.py there
    return upgrade


def _progress_reporter(context: Context, start: Start) -> OnStep:
    """Prints a line for each revision, with its seconds; both upgrades run at the same time."""
    lead = f"from {start}".ljust(len(f"from {Start.SNAPSHOT}") + 2)
    return lambda step: context.tell(step_line(context.history, step, lead))


UPGRADE_FROM_EMPTY = Experiment("upgrade from empty", UpgradeFromEmpty, (), upgrade_from_empty)
RESTORED_SNAPSHOT = Experiment(
    "restore the snapshot", RestoredSnapshot, (LoadedSnapshot,), restore_snapshot
)
UPGRADE_FROM_SNAPSHOT = Experiment(
    "upgrade from the snapshot", UpgradeFromSnapshot, (RestoredSnapshot,), upgrade_from_snapshot
)
