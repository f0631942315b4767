"""A squash as values: the revisions that it replaces, its proofs, and the files that changed.

Reads no file and no database.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic_rehearsal.core.history.revisions import History, Revision
from alembic_rehearsal.core.schema.difference import Difference


@dataclass(frozen=True, slots=True)
class Bounds:
    """The revisions that a baseline replaces, and those that stay.

    `squashed` are those up to `to`, in upgrade order; `to` is the last one, and the baseline
    keeps its id.  `later` are all descendants of `to`.  `labels` are the branch labels that the
    squashed files declare.
    """

    history: History
    to: Revision
    squashed: tuple[Revision, ...]
    later: tuple[Revision, ...]
    labels: tuple[str, ...] = ()

    @property
    def is_trivial(self) -> bool:
        """Whether `to` has no ancestor, so that there is nothing to squash."""
        return len(self.squashed) == 1


@dataclass(frozen=True, slots=True)
class Proof:
    """One result that must be the same after a squash as before it.

    `what` names it.  `seconds` is wall time.  `differences` are those from the old history's
    result to the new one's; the proof holds if none of them is real.
    """

    what: str
    seconds: float
    differences: tuple[Difference, ...] = ()

    @property
    def holds(self) -> bool:
        return not any(each.real for each in self.differences)


@dataclass(frozen=True, slots=True)
class SquashResult:
    """What a squash proved and did.

    - `path`: the baseline's file, with `statements` SQL statements and `rows` rows of tables
      that migrations had filled.
    - `varying_columns`: the columns with values that differ each time the old history runs; the
      baseline has those of one run.
    - `column_orders`: the tables that have another order of columns in production than in a
      database that the new history built; the old history had the same difference.
    - `removed`: the files of the squashed revisions; `moved_to`: the folder that they were moved
      to, None if git has them.
    - `lock`: the lock file that was written again, None if there was none.
    - `waived`: the squashed revisions that waivers in the settings name.
    - `is_written`: False if no file was written.
    """

    bounds: Bounds
    path: Path | None = None
    statements: int = 0
    rows: int = 0
    proofs: tuple[Proof, ...] = ()
    varying_columns: tuple[str, ...] = ()
    column_orders: tuple[Difference, ...] = ()
    removed: tuple[Path, ...] = ()
    moved_to: Path | None = None
    lock: Path | None = None
    waived: tuple[str, ...] = ()
    is_written: bool = False

    @property
    def holds(self) -> bool:
        return all(each.holds for each in self.proofs)
