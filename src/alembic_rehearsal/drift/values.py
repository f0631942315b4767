"""The values of `rehearsal drift`: differences between a database and its project."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from alembic_rehearsal.core.schema.difference import Difference


class FixDirection(StrEnum):
    """Which of the two a corrective revision changes."""

    DATABASE = "database"
    HISTORY = "history"


@dataclass(frozen=True, slots=True)
class ModelDrift:
    """The database, upgraded to head (first), against the models (second).

    `one_sided` are sentences about tables and columns that only one side has.  `not_judged`
    says why nothing was compared, "" where it was.
    """

    differences: tuple[Difference, ...] = ()
    one_sided: tuple[str, ...] = ()
    not_judged: str = ""

    @property
    def is_real(self) -> bool:
        return bool(self.differences or self.one_sided)


@dataclass(frozen=True, slots=True)
class Fix:
    """A corrective revision, and what running it on clones has shown.

    `path` is its file, None where none was written.  `done` are the differences that it ends,
    `warnings` the data that it loses, `unexpressed` the differences that it leaves, with the
    reason.  `proven` are sentences about what was seen on the clones.
    """

    direction: FixDirection
    path: Path | None
    done: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    unexpressed: tuple[str, ...] = ()
    proven: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drift:
    """One database, live or a snapshot, compared with its own project.

    `database` is its masked URL or its path, `revisions` its stamp, `pending` the revisions
    that it has not run, `heads` the heads of the history.  `server` is the one that the history
    was built on; `note` says so where its major version is not the database's.  `differences`
    lead from the history at these revisions (first) to the database (second);
    `not_compared` says what could not be read.
    """

    database: str
    revisions: tuple[str, ...]
    pending: tuple[str, ...]
    heads: tuple[str, ...]
    server: str
    note: str
    differences: tuple[Difference, ...]
    not_compared: tuple[str, ...]
    models: ModelDrift = field(default_factory=ModelDrift)
    fix: Fix | None = None

    @property
    def real(self) -> tuple[Difference, ...]:
        return tuple(each for each in self.differences if each.real)

    @property
    def fails(self) -> bool:
        """With a fix: whether it leaves a difference; without one: whether there is real drift."""
        if self.fix is not None:
            return bool(self.fix.unexpressed)
        return bool(self.real) or self.models.is_real
