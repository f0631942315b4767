"""The database that drift is looked for in: a live one, which is only read, or a snapshot."""

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
    """A database, the revisions that it is stamped with, and its schema.

    `database` is None for a snapshot file.  The `snapshot` of a live database is taken in
    memory; it is None where it could not be taken, and `unreadable` then says why.
    """

    name: str
    revisions: tuple[str, ...]
    needs: ServerNeeds
    database: Database | None
    snapshot: Snapshot | None
    unreadable: str = ""


def read_subject(text: str, version_table: str = "") -> Subject:
    """Read the stamp and the schema of a URL's database, or of a snapshot's path.

    `version_table` names the project's table where a live database has several.

    Raises `Refused` where it has no revision, and the errors of connecting and reading.
    """
    found = (
        _read_live_subject(database_from_url(text), version_table)
        if "://" in text
        else _read_snapshot_subject(Path(text))
    )
    if not found.revisions:
        raise Refused(
            f"{found.name} has no revision: Alembic has never run on it, or its table is empty.",
            why="drift is the difference to the history at the database's revision.",
            remedies=("rehearsal identify URL   (says which revision its schema matches)",),
        )
    return found


def expect_known_subject(found: Subject, history: History) -> None:
    """Raise `Refused` where the history lacks a revision that the database is stamped with."""
    unknown = history.unknown(found.revisions)
    if unknown:
        claimed = ", ".join(found.revisions)
        raise Refused(
            f"{found.name} is at {claimed}, of which the history does not contain "
            f"{', '.join(unknown)} (head: {', '.join(history.heads)}).",
            why="the schema to compare it with cannot be built.",
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
    unreadable, snapshot = "", None
    if revisions:
        try:
            path = Path(f"{database.name}.sql")
            snapshot = read_live_snapshot(database, path, version_table=version_table)
        except RehearsalError as error:
            unreadable = error.what
    needs = snapshot.needs if snapshot else ServerNeeds(database.server.major)
    return Subject(database.masked, revisions, needs, database, snapshot, unreadable)
