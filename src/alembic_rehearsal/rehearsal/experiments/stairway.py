"""Each revision up, down and up again, with the schema before and after each step.

A stair that ends somewhere else than it should costs only itself: the next revision is
taken on a clone that is where it should be, so that one run finds all of them.
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
from alembic_rehearsal.rehearsal.facts.upgrade import Restored
from alembic_rehearsal.rehearsal.runner.checkpoints import Checkpoints
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment
from alembic_rehearsal.rehearsal.runner.watch import Watcher, touched, watching


def stairway(stage: Context, scene: Evidence) -> Stairway:
    """Take every revision from each start, in as many pieces as there are cores."""
    flights = [
        _Batch(stage, ladder, piece)
        for ladder in stage.ladders(scene)
        for piece in _pieces(stage.judged(ladder.plan), stage)
    ]
    with ThreadPoolExecutor(max(len(flights), 1)) as pool:
        list(pool.map(_Batch.take, flights))
    return Stairway.joined([each.seen for each in flights])


def _pieces(places: Sequence[int], stage: Context) -> list[Sequence[int]]:
    """This shard's part of the places in a plan, in as many pieces as there are cores."""
    part, count = stage.scope.part(len(places)), stage.cores
    cuts = [part.start + len(part) * i // count for i in range(count + 1)]
    pieces = [places[start:stop] for start, stop in pairwise(cuts)]
    return [each for each in pieces if each]


@dataclass(frozen=True, slots=True)
class _Batch:
    """The stairs of some revisions of one way up, and those that no upgrade got to.

    `places` are theirs in the plan; what lies between is run, and not judged.
    """

    stage: Context
    ladder: Checkpoints
    places: Sequence[int]
    stairs: list[RoundTrip] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)

    @property
    def seen(self) -> Stairway:
        ids = [self.ladder.plan[place] for place in self.places]
        seen = {stair.revision for stair in self.stairs} | {*self.unreached}
        missed = tuple(id for id in ids if id not in seen)
        return Stairway(tuple(self.stairs), tuple(self.unreached), missed)

    def take(self) -> None:
        """Each walk gets to its end, or to a stair that is not sound."""
        at, end = self.places[0], self.places[-1] + 1
        try:
            while at < end and not self.stage.ended.is_set():
                at = self._walked(at, end)
        except Exception:
            if not self.stage.pool.is_closed:
                raise

    def _walked(self, begin: int, end: int) -> int:
        """Stairs on one database, and where the next one has to begin.

        What the stairs on it left in its tables may be what makes a later one fail: such a
        one is not taken for true before it was taken on a database without them.
        """
        on_database = _OnDatabase(self, begin)
        try:
            with self.stage.scratch(self.ladder, begin) as database:
                on_database.take(database, end)
        except StepFailed:
            if self.stage.pool.is_closed:
                return end
            if on_database.at == begin:  # an upgrade that fails by itself: family U tells of it
                if begin in self.places:
                    self.unreached.append(self.ladder.plan[begin])
                return begin + 1
        return on_database.at


@dataclass(slots=True)
class _OnDatabase:
    """The stairs that are taken on one database; `at` is the place of the next."""

    flight: _Batch
    at: int
    is_used: bool = False

    def take(self, database: Database, end: int) -> None:
        """Take stairs up to `end`, or to one after which the database cannot be used."""
        stage, ladder = self.flight.stage, self.flight.ladder
        with (
            stage.walking(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
            watching(walk, database) as watcher,
        ):
            before: Picture | None = None
            while self.at < end and not stage.ended.is_set():
                id = ladder.plan[self.at]
                if id in stage.scope.left_out:
                    walk.up(id)
                    before = None
                    self.at += 1
                    continue
                revision = stage.history.find(id)
                assert revision is not None, "Alembic walks only revisions that it has read"
                taking = _Taking(walk, watcher, ladder, revision)
                stair, before = taking.stair(before or watcher.picture())
                if stage.pool.is_closed or (before is None and self.is_used):
                    return
                self.flight.stairs.append(stair)
                self.at += 1
                self.is_used = True
                if before is None:
                    return


@dataclass(frozen=True, slots=True)
class _Taking:
    """One revision about to be taken on a walk that stands below it."""

    walk: Walk
    watcher: Watcher
    ladder: Checkpoints
    revision: Revision

    def stair(self, before: Picture) -> tuple[RoundTrip, Picture | None]:
        """The stair, and the schema above it; None where the walk cannot go on from there.

        Raises `StepFailed` where the first upgrade fails.
        """
        id = self.revision.id
        up = self.walk.up(id)
        above = self.watcher.picture()
        changed = bool(self.watcher.differences(before, above))
        stair = RoundTrip(id, self.ladder.start, changed, up.wrote, tried=self.revision.comes_back)
        goes_on = True
        if stair.tried:
            stair, goes_on = self._down_and_up(stair, before, above)
        if goes_on and self.revision.looks:
            stair, goes_on = self._once_more(stair, above)
        return stair, above if goes_on else None

    def _down_and_up(
        self, stair: RoundTrip, before: Picture, above: Picture
    ) -> tuple[RoundTrip, bool]:
        """The stair with what the way down and up showed, and whether it ended above."""
        try:
            self.walk.down(stair.revision)
        except StepFailed as stopped:
            failure = stopped.failure
            if self.revision.refuses_at(failure.path, failure.line):
                return replace(stair, tried=False), False
            return replace(stair, down=failure), False
        left = self.watcher.differences(before, self.watcher.picture())
        stair = replace(stair, left=left, others=_untouched(left, before, above))
        if self.revision.downgrade is Downgrade.EMPTY and stair.left:
            return stair, False  # what was made is still there
        try:
            self.walk.up(stair.revision)
        except StepFailed as stopped:
            return replace(stair, up_again=stopped.failure), False
        stair = replace(stair, unlike=self.watcher.differences(above, self.watcher.picture()))
        return stair, not stair.unlike

    def _once_more(self, stair: RoundTrip, above: Picture) -> tuple[RoundTrip, bool]:
        """The stair with what a second run of its upgrade showed, and whether nothing did."""
        rows = self.watcher.marks()
        try:
            self.walk.rerun_upgrade(stair.revision)
        except StepFailed as stopped:
            return replace(stair, repeat=stopped.failure), False
        more = self.watcher.differences(above, self.watcher.picture())
        more += tuple(
            sorted(row_differences(rows, self.watcher.marks()), key=lambda each: each.name)
        )
        return replace(stair, more=more), not more


def _untouched(
    left: Iterable[Difference], before: Picture, above: Picture
) -> tuple[Difference, ...]:
    """What of it is about objects that were the same before the upgrade and after it."""
    own = touched(before, above)
    return tuple(each for each in left if Key(each.kind, each.name) not in own)


STAIRWAY = Experiment(
    "each revision up, down and up again",
    Stairway,
    (),
    stairway,
    after=(Restored,),
    in_pieces=True,
)
