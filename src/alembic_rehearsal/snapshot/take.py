"""`rehearsal snapshot take`: write the snapshot of a running database to files.

The database is only read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from alembic_rehearsal.core.postgres.servers.by_url import database_from_url
from alembic_rehearsal.core.settings.environment import environment
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import Refused, RehearsalError, UsageError
from alembic_rehearsal.core.values.phrases import quantity, revisions_text
from alembic_rehearsal.core.values.urls import parse_url
from alembic_rehearsal.snapshot.files import expect_sound, read_snapshot, write_snapshot
from alembic_rehearsal.snapshot.from_database import read_live_snapshot
from alembic_rehearsal.snapshot.secrets import find_suspicions
from alembic_rehearsal.snapshot.values import Provenance, Snapshot

# The fields whose change makes a new snapshot; estimates, sizes and the time do not.
_COMPARED_FIELDS = (
    "sha256",
    "revisions",
    "version_table",
    "server_version",
    "encoding",
    "collation",
    "extensions",
    "reference_tables",
    "roles",
)


def take_snapshot(
    url: str,
    path: Path,
    *,
    tell: Callable[[str], None],
    reference_tables: Sequence[str] = (),
    version_table: str = "",
) -> Snapshot:
    """Write the schema of a running database to `path`, and its provenance next to it.

    The snapshot has the rows of `reference_tables` and of no other table.  If there are several
    version tables, `version_table` says which counts.

    If nothing has changed except estimates, sizes and the time, the existing files are kept, so
    that git shows only real changes.

    Raises `NoServer` for a database that cannot be reached, `UsageError` for a URL without a
    database name, `Refused` if the existing snapshot has revisions and the database has none
    (it is probably another one), and what `read_live_snapshot` raises.  Nothing is written then.
    """
    _check_names_a_database(url)
    database = database_from_url(url)
    tell(f"taking the schema of {database.masked} (PostgreSQL {database.server.version})")
    snapshot = read_live_snapshot(
        database, path, reference_tables=reference_tables, version_table=version_table
    )
    if snapshot.provenance.reference_tables:
        tell(f"with the rows of {', '.join(snapshot.provenance.reference_tables)}")
    _tell_of_secrets(snapshot, tell)
    before = _existing_provenance(path)
    if before is None or not _is_unchanged(snapshot.provenance, before):
        _check_same_database(snapshot, before, database)
        expect_sound(snapshot)
        write_snapshot(snapshot)
        tell(f"wrote {path} and its provenance: {_summary(snapshot)}")
    else:
        tell(f"{path} is up to date: {_summary(snapshot)}; nothing written")
    return read_snapshot(path)


def _summary(snapshot: Snapshot) -> str:
    at = revisions_text(snapshot.provenance.revisions)
    return f"{at}, {quantity(len(snapshot.provenance.tables), 'table')}"


def _check_names_a_database(url: str) -> None:
    """Raise `UsageError` if the URL names no database: libpq would use the account's name."""
    parsed = parse_url(url)
    named = {"dbname", "service"}.intersection(name for name, _ in parsed.query)
    elsewhere = {"PGDATABASE", "PGSERVICE"}.intersection(environment())
    if parsed.is_postgres and not (parsed.database or named or elsewhere):
        raise UsageError(
            f"{parsed.masked} names no database.",
            why="a server has many databases, and a snapshot is of one of them.",
            remedies=(f"--from {parsed.masked.rstrip('/')}/NAME", "psql -l   (lists them)"),
        )


def _tell_of_secrets(snapshot: Snapshot, tell: Callable[[str], None]) -> None:
    found = find_suspicions(snapshot.sql)
    if found:
        tell(
            f"{quantity(len(found), 'place')} in it may hold a secret, which everybody with access "
            "to the repository could read; check before you commit:"
        )
    for each in found:
        tell(f"  {snapshot.path}:{each.line}  {each}")


def _existing_provenance(path: Path) -> Provenance | None:
    """The provenance of the existing snapshot, None if there is none, or if it cannot be read."""
    try:
        return read_snapshot(path).provenance
    except RehearsalError:
        return None


def _is_unchanged(new: Provenance, old: Provenance) -> bool:
    """Whether nothing has changed except estimates, sizes and the time."""
    return all(getattr(new, each) == getattr(old, each) for each in _COMPARED_FIELDS)


def _check_same_database(new: Snapshot, old: Provenance | None, database: Database) -> None:
    if old is not None and old.revisions and not new.provenance.revisions:
        raise Refused(
            f"{database.masked} is at no revision, and {new.path} was at "
            f"{', '.join(old.revisions)}.",
            why="it is probably another database; the snapshot is unchanged.",
            remedies=(f"rm {new.path}   (if this is production after all)", "another --from"),
        )
