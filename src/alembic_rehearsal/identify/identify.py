"""`rehearsal identify`: find the revision that a database's schema belongs to.

The database is only read; to stamp it is left to a person.
"""

from __future__ import annotations

from pathlib import Path

from alembic_rehearsal.building.builder import Builder, open_builder
from alembic_rehearsal.core.postgres.servers.by_url import database_from_url
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.schema.object_hashes import ObjectHashes, hash_objects
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.core.schema.version_table import read_database_stamp
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import UsageError
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.identify.match import (
    Identity,
    SchemaMatch,
    choose_stamp,
    compare_with_stamp,
    match_schema,
)
from alembic_rehearsal.lockfile.record_cache import read_cached_lock, record_and_cache
from alembic_rehearsal.lockfile.values import HistoryLock
from alembic_rehearsal.snapshot.files import read_snapshot, server_needs
from alembic_rehearsal.snapshot.from_database import read_live_snapshot
from alembic_rehearsal.snapshot.values import Snapshot


def identify_schema(text: str, project: Project, settings: Settings, *, tell: Tell) -> Identity:
    """Find the revisions whose schema the database or snapshot named by `text` has.

    Raises `UsageError` for other texts, `NoServer` for a database that cannot be reached,
    `HistoryDoesNotLoad`, `MigrationFailed` where it does not run, and what `record_history` raises.
    """
    source = _parse_source(text)
    live = source if isinstance(source, Database) else None
    if live is not None:
        tell(f"{live.masked} on PostgreSQL {live.server.version}")
    snapshot = source if isinstance(source, Snapshot) else None
    needs = server_needs(settings.postgres or (live.server.major if live else None), snapshot)
    with open_builder(project, settings, needs, tell=tell) as builder:
        return _identify(text, source, builder, tell)


def _parse_source(text: str) -> Database | Snapshot:
    if "://" in text:
        return database_from_url(text)
    if text.endswith(".sql"):
        return read_snapshot(Path(text))
    raise UsageError(
        f"{text!r} is no URL and no snapshot (*.sql).",
        remedies=("rehearsal identify DATABASE_URL   (a variable that holds it)",),
    )


def _identify(text: str, source: Database | Snapshot, builder: Builder, tell: Tell) -> Identity:
    settings, history = builder.settings, builder.history
    database, note = _database_on_this_major(source, builder)
    snapshot = read_snapshot(settings.snapshot) if settings.snapshot else None
    picture = builder.read_schema(database)
    stamp = read_database_stamp(database, settings.version_table)
    objects = hash_objects(picture)
    lock, found, differences = _match_with_lock(picture, objects, builder, snapshot, tell)
    unknown = history.unknown(stamp)
    return Identity(
        where=source.masked if isinstance(source, Database) else text,
        history=history,
        stamp=stamp,
        unknown=unknown,
        stamp_mismatches=compare_with_stamp(lock, stamp, objects, picture.unread)
        if stamp and not unknown
        else None,
        match=found,
        stamp_choice=choose_stamp(found.exact, lock, history.empty_upgrades, found.unread),
        differences=differences,
        note=note,
    )


def _match_with_lock(
    picture: Picture, objects: ObjectHashes, builder: Builder, snapshot: Snapshot | None, tell: Tell
) -> tuple[HistoryLock, SchemaMatch, tuple[Difference, ...]]:
    """The lock of the history, the database's match with it, and the differences from the nearest.

    A cached lock is discarded if it claims that the schema matches no revision, and the nearest
    revision, built again, has no difference.
    """
    lock = read_cached_lock(builder, snapshot)
    if lock is not None:
        found = match_schema(lock, objects, picture.unread)
        differences = _nearest_differences(found, picture, builder)
        if found.exact or differences:
            return lock, found, differences
        tell("the cached pass over the history is out of date")
    lock = record_and_cache(builder, snapshot, tell=tell)
    found = match_schema(lock, objects, picture.unread)
    return lock, found, _nearest_differences(found, picture, builder)


def _database_on_this_major(source: Database | Snapshot, builder: Builder) -> tuple[Database, str]:
    """A database of the builder's major with that schema, and a note about it, "" for none."""
    if isinstance(source, Snapshot):
        return builder.restore(source), builder.server.note
    if source.server.major == builder.server.major:
        return source, ""
    copy = builder.restore(read_live_snapshot(source, Path(f"{source.name}.sql")))
    return copy, (
        f"PostgreSQL {source.server.major} is not available here: the schema was dumped, and read "
        f"on {builder.server.major}."
    )


def _nearest_differences(
    found: SchemaMatch, picture: Picture, builder: Builder
) -> tuple[Difference, ...]:
    """The real differences from the nearest revision to the database, without unread kinds."""
    if found.exact or found.nearest is None:
        return ()
    nearest = builder.read_schema(builder.build_at(*found.nearest.stamp))
    return tuple(
        each for each in compare(nearest, picture) if each.real and each.change is not Change.UNREAD
    )
