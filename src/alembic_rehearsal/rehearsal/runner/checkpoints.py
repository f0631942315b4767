"""A database at any point of one way up, made from clones of points that were reached before.

Runs upgrades and looks at nothing: what is right or wrong there is for the acts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from threading import Lock

from alembic_rehearsal.core.postgres.databases import DatabaseFactory, seal_template
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.pool import ChildPool
from alembic_rehearsal.core.project.steps import Failure, WalkMode
from alembic_rehearsal.core.project.upgrade import read_committed_stamp
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.rehearsal.facts.start import Start

SPACING = 50  # revisions between two points that are kept: climbing them costs about a clone


class Checkpoints:
    """One way up: its revisions in order, and sealed databases at some points of it.

    `template` is where it begins, None for an empty database.
    """

    def __init__(
        self,
        start: Start,
        plan: Sequence[str],
        template: Database | None,
        pool: ChildPool,
        make: DatabaseFactory,
    ) -> None:
        self.start = start
        self.plan = tuple(plan)
        self._crew = pool
        self._make = make
        self._kept: dict[int, Database | None] = {0: template}
        self._refused: tuple[int, StepFailed] | None = None  # from which count on, and why
        self._lock = Lock()

    def at(self, count: int) -> Database:
        """A database of one's own on which the first `count` revisions have been run.

        Must not be called by who holds a child of the crew.  Raises `StepFailed` where one
        of them fails.
        """
        with self._lock:
            point = self._below(count)
            while self._make.can_clone and point + SPACING <= count:
                point = self._keep(point, point + SPACING)
        return self._climbed(point, count)

    def keep(self, count: int) -> None:
        """From now on `at(count)` is a clone, where there are any; called and raises as `at`."""
        if not self._make.can_clone:
            return
        with self._lock:
            point = self._below(count)
            if point != count:
                self._keep(point, count)

    def _below(self, count: int) -> int:
        known = sorted(self._kept)
        return known[bisect_right(known, count) - 1]

    def _keep(self, point: int, count: int) -> int:
        database = self._climbed(point, count)
        seal_template(database)
        self._kept[count] = database
        return count

    def _climbed(self, point: int, count: int) -> Database:
        """As commands of their own; where one fails so, all by the one command that env.py runs.

        What works in that way alone is told by family U, and stands for what is above it.
        """
        if self._refused is not None and count >= self._refused[0]:
            raise self._refused[1]
        try:
            return self._run(point, count, WalkMode.COMMAND_PER_MIGRATION)
        except StepFailed as alone:
            try:
                return self._run(0, count, WalkMode.PROJECT)
            except StepFailed:
                if self._refused is None or count < self._refused[0]:
                    self._refused = (count, alone)
                raise alone from None

    def _run(self, point: int, count: int, mode: WalkMode) -> Database:
        database = self._make(f"{self.start} {count}", self._kept[point])
        try:
            if count > point:
                with self._crew.open_walk(database, mode=mode) as walk:
                    for revision in self.plan[point:count]:
                        walk.up(revision)
                if self.plan[count - 1] not in read_committed_stamp(database, walk.configuration):
                    raise StepFailed(Failure("env.py kept nothing of it", "NotKept"))
        except StepFailed:
            self._make.discard(database)
            raise
        return database
