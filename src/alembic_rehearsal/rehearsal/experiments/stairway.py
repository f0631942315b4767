"""Experiment: take each revision up, down and up again, and compare the schemas in between.

After a round trip that ends in a wrong schema the next revision is taken on a clone with the
right one, so that one run finds every fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise

from alembic_rehearsal.core.history.revisions import Downgrade, Revision
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.steps import WalkMode
from alembic_rehearsal.core.project.walk import Walk
from alembic_rehearsal.core.rows.checksums import row_differences
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.schema.picture import Key, Picture
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.rehearsal.facts.downgrade import RoundTrip, Stairway
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.upgrade import RestoredSnapshot
from alembic_rehearsal.rehearsal.runner.checkpoints import Checkpoints
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment
from alembic_rehearsal.rehearsal.runner.watch import SchemaObserver, changed_keys, open_observer


def walk_stairway(context: Context, evidence: Evidence) -> Stairway:
    """Take every revision from each start, in as many batches as there are cores."""
    batches = [
        _Batch(context, checkpoints, piece)
        for checkpoints in context.checkpoints(evidence)
        for piece in _shard_pieces(context.judged_places(checkpoints.plan), context)
    ]
    with ThreadPoolExecutor(max(len(batches), 1)) as pool:
        list(pool.map(_Batch.run, batches))
    return Stairway.join([each.result for each in batches])


def _shard_pieces(places: Sequence[int], context: Context) -> list[Sequence[int]]:
    """This shard's part of the places in a plan, in as many pieces as there are cores."""
    part, count = context.scope.shard_range(len(places)), context.cores
    cuts = [part.start + len(part) * i // count for i in range(count + 1)]
    pieces = [places[start:stop] for start, stop in pairwise(cuts)]
    return [each for each in pieces if each]


@dataclass(frozen=True, slots=True)
class _Batch:
    """The round trips of some revisions of one upgrade, and the revisions that were not reached.

    `places` are their places in the plan; revisions in between are run, and not judged.
    """

    context: Context
    checkpoints: Checkpoints
    places: Sequence[int]
    round_trips: list[RoundTrip] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)

    @property
    def result(self) -> Stairway:
        ids = [self.checkpoints.plan[place] for place in self.places]
        done = {each.revision for each in self.round_trips} | {*self.unreached}
        missed = tuple(id for id in ids if id not in done)
        return Stairway(tuple(self.round_trips), tuple(self.unreached), missed)

    def run(self) -> None:
        """Take all revisions, with a new database after each round trip that is not sound."""
        at, end = self.places[0], self.places[-1] + 1
        try:
            while at < end and not self.context.interrupted.is_set():
                at = self._run_on_database(at, end)
        except Exception:
            if not self.context.pool.is_closed:
                raise

    def _run_on_database(self, begin: int, end: int) -> int:
        """Take round trips on one database; return the place where the next database begins.

        Rows that earlier round trips left there may make a later one fail: a failure counts only
        on a database where it is the first round trip.
        """
        on_database = _DatabaseRun(self, begin)
        try:
            with self.context.temporary_database_at(self.checkpoints, begin) as database:
                on_database.run(database, end)
        except StepFailed:
            if self.context.pool.is_closed:
                return end
            if on_database.place == begin:  # an upgrade that fails by itself: family U reports it
                if begin in self.places:
                    self.unreached.append(self.checkpoints.plan[begin])
                return begin + 1
        return on_database.place


@dataclass(slots=True)
class _DatabaseRun:
    """The round trips on one database.

    `place` is the place of the next revision in the plan; `is_used` says that the database has
    had a round trip.
    """

    batch: _Batch
    place: int
    is_used: bool = False

    def run(self, database: Database, end: int) -> None:
        """Take round trips up to `end`, or to one after which the database cannot be used."""
        context, checkpoints = self.batch.context, self.batch.checkpoints
        with (
            context.open_walk(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
            open_observer(walk, database) as observer,
        ):
            before: Picture | None = None
            while self.place < end and not context.interrupted.is_set():
                id = checkpoints.plan[self.place]
                if id in context.scope.left_out:
                    walk.up(id)
                    before = None
                    self.place += 1
                    continue
                revision = context.history.find(id)
                assert revision is not None, "Alembic walks only revisions that it has read"
                trip = _RoundTripWalk(walk, observer, checkpoints, revision)
                round_trip, before = trip.run(before or observer.picture())
                if context.pool.is_closed or (before is None and self.is_used):
                    return
                self.batch.round_trips.append(round_trip)
                self.place += 1
                self.is_used = True
                if before is None:
                    return


@dataclass(frozen=True, slots=True)
class _RoundTripWalk:
    """One revision to take, on a walk that is at the revision before it."""

    walk: Walk
    observer: SchemaObserver
    checkpoints: Checkpoints
    revision: Revision

    def run(self, before: Picture) -> tuple[RoundTrip, Picture | None]:
        """The round trip, and the schema after it, None where the walk cannot go on from there.

        `before` is the schema before the revision.  Raises `StepFailed` where the first upgrade
        fails.
        """
        id = self.revision.id
        up = self.walk.up(id)
        above = self.observer.picture()
        changed = bool(self.observer.differences(before, above))
        round_trip = RoundTrip(
            id,
            self.checkpoints.start,
            changed,
            up.wrote,
            tried_downgrade=self.revision.can_downgrade,
        )
        goes_on = True
        if round_trip.tried_downgrade:
            round_trip, goes_on = self._run_down_and_up(round_trip, before, above)
        if goes_on and self.revision.inspects_database:
            round_trip, goes_on = self._repeat_upgrade(round_trip, above)
        return round_trip, above if goes_on else None

    def _run_down_and_up(
        self, round_trip: RoundTrip, before: Picture, above: Picture
    ) -> tuple[RoundTrip, bool]:
        """Take it down and up; return the completed round trip, and whether it ended right."""
        try:
            self.walk.down(round_trip.revision)
        except StepFailed as stopped:
            failure = stopped.failure
            if self.revision.is_one_way_at(failure.path, failure.line):
                return replace(round_trip, tried_downgrade=False), False
            return replace(round_trip, downgrade_failure=failure), False
        left = self.observer.differences(before, self.observer.picture())
        round_trip = replace(
            round_trip,
            downgrade_differences=left,
            foreign_differences=_foreign_differences(left, before, above),
        )
        if self.revision.downgrade is Downgrade.EMPTY and round_trip.downgrade_differences:
            return round_trip, False  # the objects of the upgrade are still there
        try:
            self.walk.up(round_trip.revision)
        except StepFailed as stopped:
            return replace(round_trip, reupgrade_failure=stopped.failure), False
        round_trip = replace(
            round_trip,
            reupgrade_differences=self.observer.differences(above, self.observer.picture()),
        )
        return round_trip, not round_trip.reupgrade_differences

    def _repeat_upgrade(self, round_trip: RoundTrip, above: Picture) -> tuple[RoundTrip, bool]:
        """Run the upgrade once more; return the completed round trip, and whether it was idle."""
        rows = self.observer.row_checksums()
        try:
            self.walk.rerun_upgrade(round_trip.revision)
        except StepFailed as stopped:
            return replace(round_trip, repeat_failure=stopped.failure), False
        found = self.observer.differences(above, self.observer.picture())
        found += tuple(
            sorted(row_differences(rows, self.observer.row_checksums()), key=lambda each: each.name)
        )
        return replace(round_trip, repeat_differences=found), not found


def _foreign_differences(
    left: Iterable[Difference], before: Picture, above: Picture
) -> tuple[Difference, ...]:
    """The differences in objects that the upgrade left as they were."""
    own = changed_keys(before, above)
    return tuple(each for each in left if Key(each.kind, each.name) not in own)


STAIRWAY = Experiment(
    "each revision up, down and up again",
    Stairway,
    (),
    walk_stairway,
    after=(RestoredSnapshot,),
    is_divisible=True,
)
