"""Databases at any point of one upgrade, cloned from points that were reached before.

Runs upgrades and compares nothing; that is the experiments' part.
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

SPACING = 50  # revisions between two saved points: to run them takes about as long as a clone


class Checkpoints:
    """One upgrade: its revisions in order, and sealed databases at some points of it.

    `plan` has the ids of the revisions in the order of the upgrade.  `template` is the database
    that the upgrade starts from, None for an empty one.
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
        self._failed: tuple[int, StepFailed] | None = None  # the lowest count that fails, and why
        self._lock = Lock()

    def make_database_at(self, count: int) -> Database:
        """Make a new database on which the first `count` revisions have been run.

        The caller must not hold a child of the pool.  Raises `StepFailed` where a revision
        fails.
        """
        with self._lock:
            point = self._nearest_below(count)
            while self._make_database.can_clone and point + SPACING <= count:
                point = self._save(point, point + SPACING)
        return self._run_to(point, count)

    def save(self, count: int) -> None:
        """Keep this point, so that `make_database_at(count)` clones it from now on.

        Does nothing where databases cannot be cloned.  Raises `StepFailed` where a revision
        fails; the caller must not hold a child of the pool.
        """
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
        """Run each revision as a command of its own; where one fails, all in the project's mode.

        That a revision works in the project's mode alone is a finding of U10, and no reason to
        leave the revisions above it unreached.
        """
        if self._failed is not None and count >= self._failed[0]:
            raise self._failed[1]
        try:
            return self._run_in_mode(point, count, WalkMode.COMMAND_PER_MIGRATION)
        except StepFailed as error:
            try:
                return self._run_in_mode(0, count, WalkMode.PROJECT)
            except StepFailed:
                if self._failed is None or count < self._failed[0]:
                    self._failed = (count, error)
                raise error from None

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
