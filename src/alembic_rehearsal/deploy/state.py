"""The state of a database compared with a history: what was read from it, and a diagnosis.

Pure: `inspect_database.py` and `schema_check.py` read it, `plan.py` decides what follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.schema.object_hashes import Mismatch
from alembic_rehearsal.identify.match import SchemaMatch


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was read from a database.

    `tables` are the user's own tables and views, qualified; the version table and what
    extensions own are not among them.  `revisions` are the rows of the version table;
    `version_table` is its name quoted as in SQL, "" where there is none.  `exists` False says
    that there is no such database.
    """

    tables: tuple[str, ...] = ()
    revisions: tuple[str, ...] = ()
    exists: bool = True
    version_table: str = ""


@dataclass(frozen=True, slots=True)
class SchemaCheck:
    """The schema of a database compared with what the lock file records.

    `mismatches` are the objects of a stamped database that differ from those of its revision.
    `pending_mismatches` differ as well, but pending revisions touch them: an interrupted
    upgrade may have left them.  `unread` says which kinds could not be read, and why.
    `match` says which revisions an unstamped database may be at, and `stamp_choice` which of
    them it may be stamped with: None where there is none, or a person must choose.
    `why_not_compared` says why nothing was compared, "" where it was.
    """

    mismatches: tuple[Mismatch, ...] = ()
    pending_mismatches: tuple[Mismatch, ...] = ()
    unread: tuple[str, ...] = ()
    match: SchemaMatch | None = None
    stamp_choice: tuple[str, ...] | None = None
    why_not_compared: str = ""


class DatabaseState(StrEnum):
    """The rows of the decision table that a deploy needs."""

    MISSING = "does not exist"
    EMPTY = "empty"
    UNSTAMPED = "has tables, but no revision"
    UNKNOWN = "at a revision that the history does not have"
    BEHIND = "behind head"
    AT_HEAD = "at head"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A database's state, with what was read from it.

    `unknown_revisions` are those of its revisions that the history lacks.
    """

    state: DatabaseState
    inspection: Inspection = Inspection()
    unknown_revisions: tuple[str, ...] = ()
    schema_check: SchemaCheck = SchemaCheck()

    @property
    def has_drifted(self) -> bool:
        """Whether its schema is known to differ from the one of its stamp."""
        return bool(self.schema_check.mismatches)


def diagnose(
    history: History, inspection: Inspection, schema_check: SchemaCheck = SchemaCheck()
) -> Diagnosis:
    """Diagnose a database from what was read.

    `downgrade base` leaves a version table without rows: such a database counts as empty,
    unless it has other tables.
    """
    if not inspection.exists:
        return Diagnosis(DatabaseState.MISSING, inspection)
    unknown = history.unknown(inspection.revisions)
    if unknown:
        return Diagnosis(DatabaseState.UNKNOWN, inspection, unknown)
    if inspection.revisions:
        at_head = history.is_at_head(inspection.revisions)
        return Diagnosis(
            DatabaseState.AT_HEAD if at_head else DatabaseState.BEHIND,
            inspection,
            schema_check=schema_check,
        )
    return Diagnosis(
        DatabaseState.UNSTAMPED if inspection.tables else DatabaseState.EMPTY,
        inspection,
        schema_check=schema_check,
    )


def revisions_to_head(history: History, revisions: tuple[str, ...]) -> tuple[str, ...]:
    """The revisions to run from these to head, parents first."""
    applied = history.up_to(revisions)
    wanted = history.up_to(history.heads)
    return tuple(each.id for each in history.revisions if each.id in wanted - applied)
