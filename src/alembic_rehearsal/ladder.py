"""A database at any point of one way up, made from clones of points that were reached before.

Runs upgrades and looks at nothing: what is right or wrong there is for the acts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from threading import Lock
from typing import Protocol

from alembic_rehearsal.crew import Crew
from alembic_rehearsal.databases import seal
from alembic_rehearsal.drive import walking
from alembic_rehearsal.words import Database, Mode, Start

SPACING = 50  # revisions between two points that are kept: climbing them costs about a clone


class MakeDatabase(Protocol):
    """Makes a marked database for one purpose, such as "from_empty"."""

    def __call__(self, purpose: str, template: Database | None = None) -> Database: ...


class Ladder:
    """One way up: its revisions in order, and sealed databases at some points of it.

    `template` is where it begins, None for an empty database.  Each revision is run as a
    command of its own.
    """

    def __init__(
        self,
        start: Start,
        plan: Sequence[str],
        template: Database | None,
        crew: Crew,
        make: MakeDatabase,
    ) -> None:
        self.start = start
        self.plan = tuple(plan)
        self._crew = crew
        self._make = make
        self._kept: dict[int, Database | None] = {0: template}
        self._lock = Lock()

    def at(self, count: int) -> Database:
        """A database of one's own on which the first `count` revisions have been run.

        Must not be called by who holds a child of the crew.  Raises `StepFailed` where one
        of them fails.
        """
        with self._lock:
            known = sorted(self._kept)
            point = known[bisect_right(known, count) - 1]
            while point + SPACING <= count:
                database = self._climbed(point, point + SPACING)
                seal(database)
                point += SPACING
                self._kept[point] = database
        return self._climbed(point, count)

    def _climbed(self, point: int, count: int) -> Database:
        database = self._make(f"{self.start} {count}", self._kept[point])
        if count > point:
            with (
                self._crew.child() as child,
                walking(child, database, mode=Mode.COMMANDS) as walk,
            ):
                for revision in self.plan[point:count]:
                    walk.up(revision)
        return database
