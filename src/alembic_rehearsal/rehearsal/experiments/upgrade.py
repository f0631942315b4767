"""The way up: from an empty database, and from production's schema."""

from __future__ import annotations

from alembic_rehearsal.core.postgres.contents import user_tables
from alembic_rehearsal.core.postgres.databases import seal_template
from alembic_rehearsal.core.project.steps import UpgradeRun
from alembic_rehearsal.core.project.upgrade import OnStep, step_line
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, SnapshotRead
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import FromEmpty, FromSnapshot, Restored
from alembic_rehearsal.rehearsal.runner.context import NOT_REPLAYABLE, Context, Experiment, Skip
from alembic_rehearsal.snapshot.restore import restore


def from_empty(stage: Context, scene: Evidence) -> FromEmpty:
    """Upgrade an empty database to head, or one that has been bootstrapped."""
    if not stage.settings.replayable:
        raise Skip(NOT_REPLAYABLE)
    stage.expect_allowed(each.id for each in stage.history.revisions)
    database = stage.database("from_empty", stage.origin.template)
    walked = _upgraded(stage, database, Start.EMPTY)
    has_failed_at_once = walked.failure is not None and not walked.steps
    is_bare = stage.origin.template is None
    return FromEmpty(walked, user_tables(database) if has_failed_at_once and is_bare else ())


def restored(stage: Context, scene: Evidence) -> Restored:
    """Load the snapshot once; everything that starts from production clones it."""
    snapshot = scene.fact(SnapshotRead).snapshot
    unknown = stage.history.unknown(snapshot.provenance.revisions)
    if unknown:
        raise Skip(f"the history does not contain the snapshot's revision {', '.join(unknown)}")
    template = stage.database("production")
    asked, major = stage.scope.postgres, template.server.major
    if asked and major < (snapshot.needs.major or 0):
        version = snapshot.provenance.server_version
        raise Skip(f"the snapshot comes from PostgreSQL {version} and does not load into {major}")
    restore(snapshot, template, make_roles=template.server.ours)
    seal_template(template)
    return Restored(template)


def from_snapshot(stage: Context, scene: Evidence) -> FromSnapshot:
    """Upgrade a clone of production's schema to head, as the next deploy will."""
    stage.expect_allowed(each.id for each in stage.history.revisions if scene.is_pending(each.id))
    template = scene.fact(Restored).template
    database = stage.database("from_snapshot", template)
    return FromSnapshot(_upgraded(stage, database, Start.SNAPSHOT))


def _upgraded(stage: Context, database: Database, start: Start) -> UpgradeRun:
    walked = stage.upgraded(database, _lines(stage, start))
    if stage.is_at_head(walked):
        stage.schema(database)  # before others run env.py on it
    return walked


def _lines(stage: Context, start: Start) -> OnStep:
    """One progress line a revision, with its seconds; both ways up run side by side."""
    lead = f"from {start}".ljust(len(f"from {Start.SNAPSHOT}") + 2)
    return lambda step: stage.tell(step_line(stage.history, step, lead))


FROM_EMPTY = Experiment("upgrade from empty", FromEmpty, (), from_empty)
RESTORED = Experiment("restore the snapshot", Restored, (SnapshotRead,), restored)
FROM_SNAPSHOT = Experiment("upgrade from the snapshot", FromSnapshot, (Restored,), from_snapshot)
