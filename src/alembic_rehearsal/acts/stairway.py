"""Each revision up, down and up again, with the schema before and after each step.

A stair that ends somewhere else than it should costs only itself: the next revision is
taken on a clone that is where it should be, so that one run finds all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise

from alembic_rehearsal.acts.stage import Experiment, Stage
from alembic_rehearsal.acts.watching import Watcher, watching
from alembic_rehearsal.facts import Restored, Scene, Stair, Stairway
from alembic_rehearsal.ladder import Ladder
from alembic_rehearsal.picture import Picture
from alembic_rehearsal.project.host import StepFailed, Walk
from alembic_rehearsal.revisions import Downgrade, Revision
from alembic_rehearsal.words import Mode, Step


def stairway(stage: Stage, scene: Scene) -> Stairway:
    """Take every revision from each start, in as many pieces as there are cores."""
    flights = [
        _Flight(stage, ladder, piece)
        for ladder in stage.ladders(scene)
        for piece in _pieces(stage.judged(ladder.plan), stage)
    ]
    with ThreadPoolExecutor(max(len(flights), 1)) as pool:
        list(pool.map(_Flight.take, flights))
    unreached = dict.fromkeys(id for flight in flights for id in flight.unreached)
    return Stairway(tuple(each for flight in flights for each in flight.stairs), tuple(unreached))


def _pieces(places: Sequence[int], stage: Stage) -> list[Sequence[int]]:
    """This shard's part of the places in a plan, in as many pieces as there are cores."""
    part, count = stage.scope.part(len(places)), stage.cores
    cuts = [part.start + len(part) * i // count for i in range(count + 1)]
    pieces = [places[start:stop] for start, stop in pairwise(cuts)]
    return [each for each in pieces if each]


@dataclass(frozen=True, slots=True)
class _Flight:
    """The stairs of some revisions of one way up, and those that no upgrade got to.

    `places` are theirs in the plan; what lies between is run, and not judged.
    """

    stage: Stage
    ladder: Ladder
    places: Sequence[int]
    stairs: list[Stair] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)

    def take(self) -> None:
        """Each walk gets to its end, or to a stair that is not sound."""
        at, end = self.places[0], self.places[-1] + 1
        try:
            while at < end and not self.stage.ended.is_set():
                at = self._walk(at, end)
        except Exception:
            if not self.stage.crew.is_gone:
                raise

    def _walk(self, begin: int, end: int) -> int:
        """Stairs on one database, and where the next one has to begin."""
        at = begin
        try:
            with (
                self.stage.scratch(self.ladder, begin) as database,
                self.stage.walking(database, mode=Mode.COMMANDS) as walk,
                watching(walk, database) as watcher,
            ):
                before: Picture | None = None
                step: Step | None = None
                for at in range(begin, end):
                    if self.ladder.plan[at] in self.stage.scope.left_out:
                        before, step = None, walk.up(self.ladder.plan[at])
                        continue
                    before = self._stair(walk, watcher, at, before or watcher.picture(step))
                    if before is None or self.stage.ended.is_set():
                        return at + 1
        except StepFailed:  # an upgrade that fails by itself is a finding of family U
            if not self.stage.crew.is_gone:
                self.unreached.extend(self.ladder.plan[each] for each in self.places if each >= at)
        return end

    def _stair(self, walk: Walk, watcher: Watcher, at: int, before: Picture) -> Picture | None:
        """Take one; what the end of the crew cut short is no stair."""
        revision = self.stage.history.find(self.ladder.plan[at])
        assert revision is not None, "Alembic walks only revisions that it has read"
        stair, above = _Taking(walk, watcher, self.ladder, revision).stair(before)
        if not self.stage.crew.is_gone:
            self.stairs.append(stair)
        return above


@dataclass(frozen=True, slots=True)
class _Taking:
    """One revision about to be taken on a walk that stands below it."""

    walk: Walk
    watcher: Watcher
    ladder: Ladder
    revision: Revision

    def stair(self, before: Picture) -> tuple[Stair, Picture | None]:
        """The stair, and the schema above it; None where the walk cannot go on from there.

        Raises `StepFailed` where the first upgrade fails.
        """
        id = self.revision.id
        up = self.walk.up(id)
        above = self.watcher.picture(up)
        changed = bool(self.watcher.differences(before, above))
        stair = Stair(id, self.ladder.start, changed, up.wrote, tried=_can_be_tried(self.revision))
        goes_on = True
        if stair.tried:
            stair, goes_on = self._down_and_up(stair, before, above)
        if goes_on and self.revision.looks:
            stair, goes_on = self._once_more(stair, above)
        return stair, above if goes_on else None

    def _down_and_up(self, stair: Stair, before: Picture, above: Picture) -> tuple[Stair, bool]:
        """The stair with what the way down and up showed, and whether it ended above."""
        try:
            below = self.watcher.picture(self.walk.down(stair.revision))
        except StepFailed as stopped:
            return replace(stair, down=stopped.failure), False
        stair = replace(stair, left=self.watcher.differences(before, below))
        if self.revision.downgrade is Downgrade.EMPTY and stair.left:
            return stair, False  # what was made is still there
        try:
            again = self.watcher.picture(self.walk.up(stair.revision))
        except StepFailed as stopped:
            return replace(stair, up_again=stopped.failure), False
        stair = replace(stair, unlike=self.watcher.differences(above, again))
        return stair, not stair.unlike

    def _once_more(self, stair: Stair, above: Picture) -> tuple[Stair, bool]:
        """The stair with what a second run of its upgrade showed, and whether nothing did."""
        stair = replace(stair, repeated=True)
        try:
            after = self.watcher.picture(self.walk.again(stair.revision))
        except StepFailed as stopped:
            return replace(stair, repeat=stopped.failure), False
        stair = replace(stair, more=self.watcher.differences(above, after))
        return stair, not stair.more


def _can_be_tried(revision: Revision) -> bool:
    return revision.downgrade not in (Downgrade.MISSING, Downgrade.ONE_WAY)


STAIRWAY = Experiment(
    "each revision up, down and up again",
    Stairway,
    (),
    stairway,
    after=(Restored,),
    in_pieces=True,
)
