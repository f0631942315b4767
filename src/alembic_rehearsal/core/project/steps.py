"""What happened in one run through a history: steps, failures, detours.

Frozen values only; `walk.py` runs the steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from alembic_rehearsal.core.values.databases import Database


class Direction(StrEnum):
    UP = "upgrade"
    DOWN = "downgrade"


class WalkMode(StrEnum):
    """How Alembic runs the steps of a walk."""

    PROJECT = "one command, in the transactions that env.py asks for"
    TRANSACTION_PER_MIGRATION = "one command, one transaction per migration"
    COMMAND_PER_MIGRATION = "one command per migration"


@dataclass(frozen=True, slots=True)
class Step:
    """One revision, upgraded or downgraded once.

    `seconds` is wall time on the rehearsal server: a lower bound for production, never a
    forecast.  `wrote` says whether the migration sent a statement that may write.
    """

    revision: str
    direction: Direction
    seconds: float
    wrote: bool = True


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step failed, or what env.py does before the first step.

    `message` is the first line of Postgres's or Python's message, without row values; `kind`
    the name of the exception.  `path` and `line` point into the revision if its code was
    running, else to the project's deepest frame.  `revision` is "" when no step had begun.
    `statement` is the SQL that failed, `sqlstate` its five-letter code, both "" without SQL.
    """

    message: str
    kind: str
    path: Path | None = None
    line: int = 0
    revision: str = ""
    direction: Direction = Direction.UP
    statement: str = ""
    sqlstate: str = ""

    @property
    def failed_step(self) -> str:
        """The step that failed, to be put before `full_message`; "" when none had begun."""
        return f"{self.direction} of {self.revision} fails: " if self.revision else ""

    @property
    def full_message(self) -> str:
        """The message with its SQLSTATE, and the statement on a line of its own."""
        code = f" (SQLSTATE {self.sqlstate})" if self.sqlstate else ""
        statement = f"\nstatement: {self.statement.strip()}" if self.statement else ""
        return f"{self.message}{code}{statement}"


@dataclass(frozen=True, slots=True)
class Detour:
    """A connection that the project tried to open to another place than the target.

    `asked` describes that place, passwords masked; `outcome` is "redirected" (to the target)
    or "refused".
    """

    driver: str
    asked: str
    outcome: str


@dataclass(frozen=True, slots=True)
class UpgradeRun:
    """One run of `alembic upgrade` on one database.

    `steps` are those that succeeded, in order; `failure` is what ended the run early.
    `heads` are the rows of the version table afterwards, read by a second connection.
    `has_target_metadata` says whether env.py gave Alembic a `target_metadata`,
    `transaction_per_migration` whether it asks for that.  `transaction_begun_by` is the
    statement that began one transaction around all steps before Alembic did, "" if none.
    `version_table` is the SQL name of the version table that env.py configured, "" if it
    configured nothing.
    """

    database: Database
    steps: tuple[Step, ...]
    heads: tuple[str, ...]
    failure: Failure | None = None
    detours: tuple[Detour, ...] = ()
    has_target_metadata: bool = False
    transaction_per_migration: bool = False
    transaction_begun_by: str = ""
    version_table: str = ""

    @property
    def seconds(self) -> float:
        """Wall time of all steps, in seconds."""
        return sum(step.seconds for step in self.steps)
