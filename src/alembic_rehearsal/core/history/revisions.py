"""A project's revisions as values, and questions about their ancestry.

Reads no file: `source.py` parses one revision, `core/project/history.py` loads all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class RevisionLike(Protocol):
    """What is needed to follow a revision's ancestry: its id, parents and dependencies."""

    @property
    def id(self) -> str: ...
    @property
    def down(self) -> tuple[str, ...]: ...
    @property
    def depends_on(self) -> tuple[str, ...]: ...


def with_ancestors(revisions: Iterable[RevisionLike], ids: Iterable[str]) -> frozenset[str]:
    """These ids and those of their ancestors, through parents and dependencies.

    Ids that none of the revisions has are left out.
    """
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
    """What kind of `downgrade` a revision has, read from its source."""

    REAL = "real"
    EMPTY = "empty"
    ONE_WAY = "one-way"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class OutsideUse:
    """One use of something outside the database by a revision's source.

    `line` is its line in the file, from 1.  `text` completes a sentence that begins with "the
    revision": "imports app.models", "calls datetime.now()".
    """

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision file.

    - `down`: the ids of its parents; `depends_on`: the ids of its other dependencies.
    - `doc`: its message, the first line of its docstring.
    - `line`: the line of its `downgrade` function, from 1; 1 if it has none.
    - `has_upgrade`: False if `upgrade` does nothing, as in a merge.
    - `inspects_database`: whether it inspects the database before it changes it.
    - `outside_uses`: what it uses outside the database: the application, the clock, random
      values or the environment.
    - `cluster_wide`: whether it has SQL for objects of the whole server (roles, tablespaces,
      databases).
    - `labels`: the labels of the branches that it is on.
    - `raise_lines`: the lines of the `raise` statements in its `downgrade`.
    - `is_self_contained`: whether it uses nothing outside the database and reads no other
      file, so that it always does the same.
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
        """Whether a downgrade that fails at this line failed at a `raise` of its own.

        Such a `raise` declares that the revision is one-way.
        """
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
    """Why a history could not be loaded: the message of Alembic or Python, and the place.

    If no single file is the cause, `line` is 0 and `path` is the versions folder.
    `revision` is the id of the revision that is the cause, "" if unknown.
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
    """The target of a project's upgrade and its ancestors, in upgrade order, base first.

    `target` is the `target` of the settings, "" if not set; `heads` are the revisions that it
    names, by default every head.  `location` is the versions folder.  If `problem` is set,
    Alembic could not load the folder, and nothing else is known.
    """

    revisions: tuple[Revision, ...]
    heads: tuple[str, ...]
    location: Path
    problem: LoadProblem | None = None
    target: str = ""

    @property
    def competing_heads(self) -> tuple[str, ...]:
        """The heads if there are several and `alembic upgrade head` would fail, else none.

        Branches that each have a label of their own end apart by design: deploys then run
        `alembic upgrade heads`, or upgrade to `target`.
        """
        labels = [set(found.labels) for id in self.heads if (found := self.find(id))]
        own = [
            each - set().union(*(other for other in labels if other is not each)) for each in labels
        ]
        return () if self.target or len(self.heads) < 2 or all(own) else self.heads

    @property
    def empty_upgrades(self) -> frozenset[str]:
        """The ids of the revisions whose `upgrade` does nothing, such as merges."""
        return frozenset(each.id for each in self.revisions if not each.has_upgrade)

    def find(self, id: str) -> Revision | None:
        return next((each for each in self.revisions if each.id == id), None)

    def resolve(self, text: str) -> tuple[str, ...]:
        """The ids that match a text: the id equal to it, else all ids that begin with it."""
        if self.find(text):
            return (text,)
        return tuple(each.id for each in self.revisions if text and each.id.startswith(text))

    def unknown(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `ids` that no revision of this history has."""
        return tuple(id for id in ids if self.find(id) is None)

    def is_at_head(self, stamp: tuple[str, ...]) -> bool:
        """Whether a version table with these rows has every revision of the history applied.

        The ancestors of the rows are compared, because Alembic keeps no row for a head that
        another head depends on.
        """
        return self.up_to(stamp) >= self.up_to(self.heads)

    def up_to(self, ids: tuple[str, ...]) -> frozenset[str]:
        """`ids` and their ancestors, through parents and dependencies."""
        return with_ancestors(self.revisions, ids)
