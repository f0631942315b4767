"""A project's revisions as values: what each one is, and what stands on what.

Nothing here reads a file; `history.py` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class RevisionLike(Protocol):
    """A revision by its place: which ones it stands on."""

    @property
    def id(self) -> str: ...
    @property
    def down(self) -> tuple[str, ...]: ...
    @property
    def depends_on(self) -> tuple[str, ...]: ...


def with_ancestors(revisions: Iterable[RevisionLike], ids: Iterable[str]) -> frozenset[str]:
    """Those of `ids` that are among the revisions, and all of them that these stand on."""
    known = {each.id: each for each in revisions}
    reached: set[str] = set()
    waiting = [id for id in ids if id in known]
    while waiting:
        id = waiting.pop()
        if id not in reached:
            reached.add(id)
            found = known[id]
            waiting.extend(each for each in found.down + found.depends_on if each in known)
    return frozenset(reached)


class Downgrade(StrEnum):
    """What a revision's `downgrade` is, read from its source."""

    REAL = "real"
    EMPTY = "empty"
    ONE_WAY = "one-way"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class OutsideUse:
    """One thing beside the database that a revision leans on, and where it says so.

    `text` goes on after "the revision": "imports app.models", "calls datetime.now()".
    """

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision file.

    `down` are its parents' ids, `line` the line of its `downgrade` function (1 where it
    has none).  `upgrades` is False where `upgrade` does nothing, as in a merge.  `looks`
    says that it looks at the database before it changes it.  `leans` is what it leans on
    beside the database: the application, the clock, chance or the environment.
    `cluster_wide` says that it has SQL for what belongs to the whole server: roles,
    tablespaces, databases.  `labels` are the names of the branches that it is on.
    `refusals` are the lines of the `raise` statements in its `downgrade`.  `stands_alone` says
    that it leans on nothing and reads no other file: it always does the same.
    """

    id: str
    down: tuple[str, ...]
    depends_on: tuple[str, ...]
    doc: str
    path: Path
    line: int
    downgrade: Downgrade
    has_upgrade: bool
    inspects_database: bool = False
    outside_uses: tuple[OutsideUse, ...] = ()
    cluster_wide: bool = False
    labels: tuple[str, ...] = ()
    raise_lines: tuple[int, ...] = ()
    is_self_contained: bool = True

    def is_one_way_at(self, path: Path | None, line: int) -> bool:
        """Whether a downgrade that fails there says by its own `raise` that it is one-way."""
        return path == self.path and line in self.raise_lines

    @property
    def can_downgrade(self) -> bool:
        """Whether it has a downgrade that can be tried."""
        return self.downgrade not in (Downgrade.MISSING, Downgrade.ONE_WAY)


# Why a history that does not load stops everything: check H2 and every command say the same.
UNLOADABLE_WHY = (
    "Alembic refuses every command, `upgrade` included, while one file cannot be loaded."
)


@dataclass(frozen=True, slots=True)
class LoadProblem:
    """Why a history could not be read: Alembic's or Python's own words, and where.

    `line` is 0 and `path` the versions folder where no single file is to blame.
    """

    message: str
    path: Path
    line: int
    revision: str = ""

    @property
    def place(self) -> str:
        """`versions/b2.py:7`, or the path alone where no line is known."""
        return f"{self.path}:{self.line}" if self.line else str(self.path)

    def remedy(self, alembic: str) -> str:
        """What to do; `alembic` is what the command is typed as to mean this project."""
        return f"mend that file, then: {alembic} history"


@dataclass(frozen=True, slots=True)
class History:
    """The revisions below a project's target in upgrade order, base first.

    `target` is what the settings call so, "" where they do not; `heads` are the revisions
    that it names, by default every head.  With `problem` set nothing else is known: Alembic
    could not load the folder.
    """

    revisions: tuple[Revision, ...]
    heads: tuple[str, ...]
    location: Path
    problem: LoadProblem | None = None
    target: str = ""

    @property
    def competing_heads(self) -> tuple[str, ...]:
        """Heads between which `alembic upgrade head` cannot choose, where deploys run that.

        Branches with a label of their own each end apart by design: deploys then run
        `alembic upgrade heads`, or what `target` says.
        """
        labels = [set(found.labels) for id in self.heads if (found := self.find(id))]
        own = [
            each - set().union(*(other for other in labels if other is not each)) for each in labels
        ]
        return () if self.target or len(self.heads) < 2 or all(own) else self.heads

    @property
    def empty_upgrades(self) -> frozenset[str]:
        """The revisions whose upgrade does nothing, as that of a merge."""
        return frozenset(each.id for each in self.revisions if not each.has_upgrade)

    def find(self, id: str) -> Revision | None:
        return next((each for each in self.revisions if each.id == id), None)

    def resolve(self, text: str) -> tuple[str, ...]:
        """The ids that this text means: the one that it is, or those that begin with it."""
        if self.find(text):
            return (text,)
        return tuple(each.id for each in self.revisions if text and each.id.startswith(text))

    def unknown(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `ids` that no revision of this history has."""
        return tuple(id for id in ids if self.find(id) is None)

    def is_at_head(self, stamp: tuple[str, ...]) -> bool:
        """Whether a version table with these rows has everything that the history has.

        Alembic leaves out a head that another one depends on: what counts is what the
        rows stand on.
        """
        return self.up_to(stamp) >= self.up_to(self.heads)

    def up_to(self, ids: tuple[str, ...]) -> frozenset[str]:
        """`ids` and all that they stand on, through parents and dependencies."""
        return with_ancestors(self.revisions, ids)
