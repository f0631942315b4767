"""Each revision up, down and up again, with the schema before and after each step.

A stair that ends somewhere else than it should costs only itself: the next revision is
taken on a clone that is where it should be, so that one run finds all of them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from alembic_rehearsal.acts.stage import Experiment, Stage
from alembic_rehearsal.acts.watching import Watcher, watching
from alembic_rehearsal.facts import Restored, Scene, Stair, Stairway
from alembic_rehearsal.ladder import Ladder
from alembic_rehearsal.picture import Picture
from alembic_rehearsal.project.host import StepFailed, Walk
from alembic_rehearsal.revisions import Downgrade, Revision
from alembic_rehearsal.words import Database, Mode


@dataclass(frozen=True, slots=True)
class _Flight:
    """The stairs of some revisions in a row, and those that no upgrade got to."""

    stairs: tuple[Stair, ...] = ()
    unreached: tuple[str, ...] = ()


def stairway(stage: Stage, scene: Scene) -> Stairway:
    """Take every revision from each start, in as many parts as there are cores."""
    parts = [
        (ladder, part)
        for ladder in stage.ladders(scene)
        for part in _pieces(stage.scope.part(len(ladder.plan)), stage.cores)
    ]
    with ThreadPoolExecutor(max(len(parts), 1)) as pool:
        flights = list(pool.map(lambda part: _taken(stage, *part), parts))
    unreached = dict.fromkeys(id for flight in flights for id in flight.unreached)
    return Stairway(tuple(each for flight in flights for each in flight.stairs), tuple(unreached))


def _pieces(part: range, count: int) -> list[range]:
    pieces = (part[len(part) * i // count : len(part) * (i + 1) // count] for i in range(count))
    return [each for each in pieces if each]


def _taken(stage: Stage, ladder: Ladder, part: range) -> _Flight:
    """The stairs of one part; each walk gets to its end, or to a stair that is not sound."""
    stairs: list[Stair] = []
    at = part.start
    while at < part.stop and not stage.ended.is_set():
        try:
            database = ladder.at(at)
        except StepFailed:  # an upgrade that fails by itself is a finding of family U
            return _Flight(tuple(stairs), ladder.plan[at : part.stop])
        flight, at = _flight(stage, ladder, database, range(at, part.stop))
        stairs += flight.stairs
        if flight.unreached:
            return _Flight(tuple(stairs), flight.unreached)
    return _Flight(tuple(stairs))


def _flight(stage: Stage, ladder: Ladder, database: Database, part: range) -> tuple[_Flight, int]:
    """Stairs on one database, and where the next one has to begin."""
    stairs: list[Stair] = []
    with (
        stage.walking(database, mode=Mode.COMMANDS) as walk,
        watching(walk, database) as watcher,
    ):
        before: Picture | None = None
        for at in part:
            id = ladder.plan[at]
            try:
                if id in stage.scope.left_out:
                    walk.up(id)
                    continue
                revision = stage.history.find(id)
                assert revision is not None, "Alembic walks only revisions that it has read"
                taking = _Taking(walk, watcher, ladder, revision)
                stair, before = taking.stair(before or watcher.picture())
            except StepFailed:
                return _Flight(tuple(stairs), ladder.plan[at : part.stop]), part.stop
            stairs.append(stair)
            if before is None or stage.ended.is_set():
                return _Flight(tuple(stairs)), at + 1
    return _Flight(tuple(stairs)), part.stop


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
    "each revision up, down and up again", Stairway, (), stairway, after=(Restored,)
)
