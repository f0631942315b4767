"""Taking a snapshot: production's schema, where it came from, and rows of declared tables alone.

Nothing is written to the database.
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

# What of a provenance is told of a change: estimates, sizes and the time of day are not.
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
    """Write the schema of a live database to `path`, and its provenance beside it.

    The rows of `reference_tables` are carried, those of no other table.  `version_table` says
    whose revisions it is at, where there are several version tables.

    When the schema, the revisions and the tables are those of the snapshot that is there
    already, its time and its estimates stay too: git shows real changes only.

    Raises `NoServer` for a database that cannot be reached, `UsageError` for a URL that names
    none, `Refused` where a snapshot with revisions would be replaced by one without: that is
    another database; and what `read_live_snapshot` does.  Nothing is written then.
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
        tell(f"{path} is what production is already: {_summary(snapshot)}; nothing written")
    return read_snapshot(path)


def _summary(snapshot: Snapshot) -> str:
    at = revisions_text(snapshot.provenance.revisions)
    return f"{at}, {quantity(len(snapshot.provenance.tables), 'table')}"


def _check_names_a_database(url: str) -> None:
    """Raise `UsageError` where libpq would take the account's name for that of the database."""
    asked = parse_url(url)
    named = {"dbname", "service"}.intersection(name for name, _ in asked.query)
    elsewhere = {"PGDATABASE", "PGSERVICE"}.intersection(environment())
    if asked.is_postgres and not (asked.database or named or elsewhere):
        raise UsageError(
            f"{asked.masked} names no database.",
            why="a server has many, and a snapshot is of one of them.",
            remedies=(f"--from {asked.masked.rstrip('/')}/NAME", "psql -l   (lists them)"),
        )


def _tell_of_secrets(snapshot: Snapshot, tell: Callable[[str], None]) -> None:
    found = find_suspicions(snapshot.sql)
    if found:
        tell(
            f"{quantity(len(found), 'place')} in it may hold a secret, which whoever can read the "
            "repository could read; look before you commit:"
        )
    for each in found:
        tell(f"  {snapshot.path}:{each.line}  {each}")


def _existing_provenance(path: Path) -> Provenance | None:
    """What a snapshot that is there already says of itself, None where none can be read."""
    try:
        return read_snapshot(path).provenance
    except RehearsalError:
        return None


def _is_unchanged(new: Provenance, old: Provenance) -> bool:
    """Whether nothing has changed, estimates and time of day aside."""
    return all(getattr(new, each) == getattr(old, each) for each in _COMPARED_FIELDS)


def _check_same_database(new: Snapshot, old: Provenance | None, database: Database) -> None:
    if old is not None and old.revisions and not new.provenance.revisions:
        raise Refused(
            f"{database.masked} is at no revision, and {new.path} was at "
            f"{', '.join(old.revisions)}.",
            why="that looks like another database; the snapshot is left as it is.",
            remedies=(f"rm {new.path}   (if this is production after all)", "another --from"),
        )
