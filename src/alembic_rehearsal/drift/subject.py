"""A database that says at which revisions it is: a living one, only read, or a snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.postgres.servers.by_url import database_from_url
from alembic_rehearsal.core.schema.version_table import read_database_stamp
from alembic_rehearsal.core.values.databases import Database, ServerNeeds
from alembic_rehearsal.core.values.errors import Refused, RehearsalError
from alembic_rehearsal.snapshot.files import read_snapshot
from alembic_rehearsal.snapshot.from_database import read_live_snapshot
from alembic_rehearsal.snapshot.values import Snapshot


@dataclass(frozen=True, slots=True)
class Subject:
    """`database` is None for a snapshot.

    `snapshot` is that of a living database, too, taken in memory; None where it could not be
    had, and then `closed` says why.
    """

    name: str
    revisions: tuple[str, ...]
    needs: ServerNeeds
    database: Database | None
    snapshot: Snapshot | None
    unreadable: str = ""


def read_subject(text: str, version_table: str = "") -> Subject:
    """What a URL or a snapshot's path means, with its stamp.

    `version_table` says which of several version tables of a living database has it.

    Raises `Refused` where it has none, and what reading it raises.
    """
    found = (
        _read_live_subject(database_from_url(text), version_table)
        if "://" in text
        else _read_snapshot_subject(Path(text))
    )
    if not found.revisions:
        raise Refused(
            f"{found.name} has no revision: Alembic has never run on it, or its table is empty.",
            why="drift is what differs from the history at the revision that a database claims.",
            remedies=("rehearsal identify URL   (says which revision its schema is like)",),
        )
    return found


def expect_known_subject(found: Subject, history: History) -> None:
    """Raise `Refused` where the history lacks a revision that the database claims."""
    unknown = history.unknown(found.revisions)
    if unknown:
        claimed = ", ".join(found.revisions)
        raise Refused(
            f"{found.name} is at {claimed}, of which the history does not contain "
            f"{', '.join(unknown)} (head: {', '.join(history.heads)}).",
            why="nothing can be built that it could be compared with.",
            remedies=(
                "git fetch && git rebase main   (the revision may be on main)",
                "rehearsal identify URL         (if it was stamped by hand)",
            ),
        )


def _read_snapshot_subject(path: Path) -> Subject:
    snapshot = read_snapshot(path)
    return Subject(str(path), snapshot.provenance.revisions, snapshot.needs, None, snapshot)


def _read_live_subject(database: Database, version_table: str) -> Subject:
    revisions = read_database_stamp(database, version_table)
    closed, snapshot = "", None
    if revisions:
        try:
            path = Path(f"{database.name}.sql")
            snapshot = read_live_snapshot(database, path, version_table=version_table)
        except RehearsalError as error:
            closed = error.what
    needs = snapshot.needs if snapshot else ServerNeeds(database.server.major)
    return Subject(database.masked, revisions, needs, database, snapshot, closed)
