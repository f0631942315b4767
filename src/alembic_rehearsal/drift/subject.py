"""A database that says at which revisions it is: a living one, only read, or a snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg2.errors

from alembic_rehearsal.connecting import connect
from alembic_rehearsal.errors import Refused, RehearsalError
from alembic_rehearsal.revisions import History
from alembic_rehearsal.servers import given_database
from alembic_rehearsal.snapshots import read_snapshot
from alembic_rehearsal.stamps import read_stamp
from alembic_rehearsal.taking import taken, version_table_of
from alembic_rehearsal.words import Database, Needs, Snapshot


@dataclass(frozen=True, slots=True)
class Stamped:
    """`database` is None for a snapshot.

    `snapshot` is that of a living database, too, taken in memory; None where it could not be
    had, and then `closed` says why.
    """

    name: str
    revisions: tuple[str, ...]
    needs: Needs
    database: Database | None
    snapshot: Snapshot | None
    closed: str = ""


def stamped(text: str, version_table: str = "") -> Stamped:
    """What a URL or a snapshot's path means, with its stamp.

    `version_table` says which of several version tables of a living database has it.

    Raises `Refused` where it has none, and what reading it raises.
    """
    found = _living(given_database(text), version_table) if "://" in text else _read(Path(text))
    if not found.revisions:
        raise Refused(
            f"{found.name} has no revision: Alembic has never run on it, or its table is empty.",
            why="drift is what differs from the history at the revision that a database claims.",
            ways_out=("rehearsal identify URL   (says which revision its schema is like)",),
        )
    return found


def expect_known(found: Stamped, history: History) -> None:
    """Raise `Refused` where the history lacks a revision that the database claims."""
    unknown = history.unknown(found.revisions)
    if unknown:
        claimed = ", ".join(found.revisions)
        raise Refused(
            f"{found.name} is at {claimed}, of which the history does not contain "
            f"{', '.join(unknown)} (head: {', '.join(history.heads)}).",
            why="nothing can be built that it could be compared with.",
            ways_out=(
                "git fetch && git rebase main   (the revision may be on main)",
                "rehearsal identify URL         (if it was stamped by hand)",
            ),
        )


def _read(path: Path) -> Stamped:
    snapshot = read_snapshot(path)
    return Stamped(str(path), snapshot.provenance.revisions, snapshot.needs, None, snapshot)


def _living(database: Database, version_table: str) -> Stamped:
    revisions = _stamp_of(database, version_table)
    closed, snapshot = "", None
    if revisions:
        try:
            path = Path(f"{database.name}.sql")
            snapshot = taken(database, path, version_table=version_table)
        except RehearsalError as error:
            closed = error.what
    needs = snapshot.needs if snapshot else Needs(database.server.major)
    return Stamped(database.masked, revisions, needs, database, snapshot, closed)


def _stamp_of(database: Database, version_table: str) -> tuple[str, ...]:
    with connect(database, read_only=True) as connection:
        table = version_table_of(connection, database.masked, version_table)
        try:
            return read_stamp(connection, table) if table else ()
        except psycopg2.errors.InsufficientPrivilege as error:
            raise Refused(
                f"{database.server.user} may not read {table} of {database.masked}.",
                why="it says at which revision the database is.",
                ways_out=(f"GRANT SELECT ON {table} TO {database.server.user};",),
            ) from error
