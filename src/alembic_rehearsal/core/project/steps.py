"""What happened on one way through a history: steps, failures, detours.

Frozen values; how a walk is taken is not known here.
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
    """One revision, applied once.

    `seconds` is wall time on the rehearsal server: a floor for production, never a
    forecast.  `wrote` says whether the migration sent a statement that is no query.
    """

    revision: str
    direction: Direction
    seconds: float
    wrote: bool = True


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step, or the way to it, did not succeed.

    `message` is the first line that Postgres or Python said, without row values.
    `path` and `line` point into the revision where its code was running, else into the
    project's deepest frame.  `revision` is "" where no step had begun.  `statement` is
    the SQL that failed, `sqlstate` its five-letter code, "" where no SQL was involved.
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
        """Which step failed, to be followed by what it `said`; "" where none had begun."""
        return f"{self.direction} of {self.revision} fails: " if self.revision else ""

    @property
    def full_message(self) -> str:
        """The message with its SQLSTATE, and the statement on a line of its own."""
        code = f" (SQLSTATE {self.sqlstate})" if self.sqlstate else ""
        statement = f"\nstatement: {self.statement.strip()}" if self.statement else ""
        return f"{self.message}{code}{statement}"


@dataclass(frozen=True, slots=True)
class Detour:
    """A connection that the project tried to open elsewhere, and what became of it.

    `asked` is a masked description of where it wanted to go; `outcome` is "redirected"
    or "refused".
    """

    driver: str
    asked: str
    outcome: str


@dataclass(frozen=True, slots=True)
class UpgradeRun:
    """One way through the history on one database.

    `steps` are those that succeeded, in order; `failure` is what ended the walk early.
    `heads` are the rows of the version table afterwards, read by a second connection.
    `has_models` says whether env.py gave Alembic a `target_metadata`, `each_alone` whether
    it asks for one transaction per migration; `begun_by` is the statement that began one around
    them all, before Alembic was configured, if there was one.  `version_table` is what env.py
    configured, as SQL has its name, "" where it came to no configuration.
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
        return sum(step.seconds for step in self.steps)
