"""The story of finding out: at which revision a database is, whatever it says of itself.

Reads the database and writes nothing there; what `alembic stamp` should be given is for a
person to do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic_rehearsal.building.builder import Builder, building
from alembic_rehearsal.core.postgres.servers.by_url import database_from_url
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.schema.object_hashes import ObjectHashes, hash_objects
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.core.schema.read import read_without_version_table
from alembic_rehearsal.core.schema.version_table import read_database_stamp
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import ProjectDoesNotLoad, UsageError
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.identify.match import Identified, Identity, identified, settled, standing_at
from alembic_rehearsal.lockfile.record_cache import recorded_anew, remembered
from alembic_rehearsal.lockfile.values import HistoryLock
from alembic_rehearsal.snapshot.files import read_snapshot, wanted
from alembic_rehearsal.snapshot.from_database import taken
from alembic_rehearsal.snapshot.values import Snapshot

Tell = Callable[[str], None]


def identify(text: str, project: Project, settings: Settings, *, tell: Tell) -> Identity:
    """Find the revisions whose schema a URL or a snapshot has.

    Raises `UsageError` for other texts, `NoServer` for a database that cannot be reached,
    `MigrationFailed` where the history does not run, and what `record` raises.
    """
    source = _source(text)
    living = source if isinstance(source, Database) else None
    if living is not None:
        tell(f"{living.masked} on PostgreSQL {living.server.version}")
    snapshot = source if isinstance(source, Snapshot) else None
    needs = wanted(settings.postgres or (living.server.major if living else None), snapshot)
    with building(project, settings, needs, tell=tell) as builder:
        if builder.history.problem is not None:
            raise ProjectDoesNotLoad(
                f"{builder.history.problem.path}: {builder.history.problem.message}",
                remedies=("rehearsal run   (says what to do about it)",),
            )
        return _found(text, source, builder, tell)


def _source(text: str) -> Database | Snapshot:
    if "://" in text:
        return database_from_url(text)
    if text.endswith(".sql"):
        return read_snapshot(Path(text))
    raise UsageError(
        f"{text!r} is no URL and no snapshot (*.sql).",
        remedies=("rehearsal identify DATABASE_URL   (a variable that holds it)",),
    )


def _found(text: str, source: Database | Snapshot, builder: Builder, tell: Tell) -> Identity:
    settings, history = builder.settings, builder.history
    database, note = _here(source, builder)
    snapshot = read_snapshot(settings.snapshot) if settings.snapshot else None
    picture = read_without_version_table(database)
    stamp = read_database_stamp(database, settings.version_table)
    objects = hash_objects(picture)
    lock, found, differences = _judged(picture, objects, builder, snapshot, tell)
    unknown = history.unknown(stamp)
    return Identity(
        where=source.masked if isinstance(source, Database) else text,
        history=history,
        stamp=stamp,
        unknown=unknown,
        lies=standing_at(lock, stamp, objects, picture.unread) if stamp and not unknown else None,
        identified=found,
        choice=settled(found.alike, lock, history.idle, found.unread),
        differences=differences,
        note=note,
    )


def _judged(
    picture: Picture, objects: ObjectHashes, builder: Builder, snapshot: Snapshot | None, tell: Tell
) -> tuple[HistoryLock, Identified, tuple[Difference, ...]]:
    """The lock of the history, what it says of a database, and what that has otherwise.

    What is remembered is not believed where the nearest revision, built, is no other schema.
    """
    lock = remembered(builder, snapshot)
    if lock is not None:
        found = identified(lock, objects, picture.unread)
        differences = _differences(found, picture, builder)
        if found.alike or differences:
            return lock, found, differences
        tell("what was remembered of the history is not true any more")
    lock = recorded_anew(builder, snapshot, tell=tell)
    found = identified(lock, objects, picture.unread)
    return lock, found, _differences(found, picture, builder)


def _here(source: Database | Snapshot, builder: Builder) -> tuple[Database, str]:
    """A database of the builder's major with that schema; what should be said about it."""
    if isinstance(source, Snapshot):
        return builder.restored(source), builder.server.note
    if source.server.major == builder.server.major:
        return source, ""
    copy = builder.restored(taken(source, Path(f"{source.name}.sql")))
    return copy, (
        f"PostgreSQL {source.server.major} is not here: its schema was dumped, and looked at on "
        f"{builder.server.major}."
    )


def _differences(found: Identified, picture: Picture, builder: Builder) -> tuple[Difference, ...]:
    """Seen from the nearest revision to the database: what is real, and was read on both sides."""
    if found.alike or found.nearest is None:
        return ()
    nearest = read_without_version_table(builder.at(*found.nearest.stamp))
    return tuple(
        each for each in compare(nearest, picture) if each.real and each.change is not Change.UNREAD
    )
