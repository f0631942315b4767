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
        make_database: DatabaseFactory,
    ) -> None:
        self.start = start
        self.plan = tuple(plan)
        self._pool = pool
        self._make_database = make_database
        self._saved: dict[int, Database | None] = {0: template}
        self._failed: tuple[int, StepFailed] | None = None  # from which count on, and why
        self._lock = Lock()

    def make_database_at(self, count: int) -> Database:
        """A database of one's own on which the first `count` revisions have been run.

        Must not be called by who holds a child of the crew.  Raises `StepFailed` where one
        of them fails.
        """
        with self._lock:
            point = self._nearest_below(count)
            while self._make_database.can_clone and point + SPACING <= count:
                point = self._save(point, point + SPACING)
        return self._run_to(point, count)

    def save(self, count: int) -> None:
        """From now on `at(count)` is a clone, where there are any; called and raises as `at`."""
        if not self._make_database.can_clone:
            return
        with self._lock:
            point = self._nearest_below(count)
            if point != count:
                self._save(point, count)

    def _nearest_below(self, count: int) -> int:
        known = sorted(self._saved)
        return known[bisect_right(known, count) - 1]

    def _save(self, point: int, count: int) -> int:
        database = self._run_to(point, count)
        seal_template(database)
        self._saved[count] = database
        return count

    def _run_to(self, point: int, count: int) -> Database:
        """As commands of their own; where one fails so, all by the one command that env.py runs.

        What works in that way alone is told by family U, and stands for what is above it.
        """
        if self._failed is not None and count >= self._failed[0]:
            raise self._failed[1]
        try:
            return self._run_in_mode(point, count, WalkMode.COMMAND_PER_MIGRATION)
        except StepFailed as alone:
            try:
                return self._run_in_mode(0, count, WalkMode.PROJECT)
            except StepFailed:
                if self._failed is None or count < self._failed[0]:
                    self._failed = (count, alone)
                raise alone from None

    def _run_in_mode(self, point: int, count: int, mode: WalkMode) -> Database:
        database = self._make_database(f"{self.start} {count}", self._saved[point])
        try:
            if count > point:
                with self._pool.open_walk(database, mode=mode) as walk:
                    for revision in self.plan[point:count]:
                        walk.up(revision)
                if self.plan[count - 1] not in read_committed_stamp(database, walk.configuration):
                    raise StepFailed(Failure("env.py kept nothing of it", "NotKept"))
        except StepFailed:
            self._make_database.discard(database)
            raise
        return database
