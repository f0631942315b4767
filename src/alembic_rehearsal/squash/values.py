"""A squash as values: what it replaces, what was proven of it, and what became of the files.

Nothing here looks at a file or a database.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic_rehearsal.core.history.revisions import History, Revision
from alembic_rehearsal.core.schema.difference import Difference


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which revisions a baseline replaces, and which stay.

    `squashed` are those up to `to`, in upgrade order; `to` is the last one, whose id the
    baseline keeps.  `later` are all that stand on `to`.  `labels` are the branch labels that
    squashed files declare.
    """

    history: History
    to: Revision
    squashed: tuple[Revision, ...]
    later: tuple[Revision, ...]
    labels: tuple[str, ...] = ()

    @property
    def is_trivial(self) -> bool:
        """Whether there is nothing below `to` that could be squashed."""
        return len(self.squashed) == 1


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that must be so after a squash as it was before it.

    `seconds` is wall time.  `differences` are seen from the old history's result to the new
    one's; without a real one the proof holds.
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

    `path` is the baseline's file, with `statements` SQL statements and `rows` rows of tables
    that migrations had filled.  `varying` names the columns whose values are not the same
    whenever the old history is run: the baseline has those of one run.  `orders` are the tables
    whose columns have another order in production than where the new history built them, as they
    had before.  `removed` are the files of the squashed revisions; `aside` is the folder that they
    were moved to, None where the version control has them.  `lock` is the lock file that was
    written anew, None where there was none.  `waived` are those squashed ones that waivers in the
    settings name.  `is_done` is False where nothing was written.
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
