"""From head all the way down and up again, each step held to the way up.

It finds what single steps do not: what a downgrade breaks for an older one.  After a step
that went wrong the walk goes on below it, on a clone that is where it should be.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from alembic_rehearsal.core.history.revisions import Downgrade
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.steps import Failure, WalkMode
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.schema.picture import Key, Picture, SchemaObject
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.rehearsal.facts.downgrade import Divergence, FullDowngrade, WayDown
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.upgrade import Restored
from alembic_rehearsal.rehearsal.runner.checkpoints import Checkpoints
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment
from alembic_rehearsal.rehearsal.runner.watch import Watcher, watching

# What became of the things that a revision touched: before and after, None for not there.
Change = Mapping[Key, tuple[SchemaObject | None, SchemaObject | None]]


def descent(stage: Context, scene: Evidence) -> FullDowngrade:
    """Walk down from head and up again, from each start."""
    walks = [_Descending(stage, ladder) for ladder in stage.ladders(scene)]
    with ThreadPoolExecutor(max(len(walks), 1)) as pool:
        list(pool.map(_Descending.walk, walks))
    return FullDowngrade(tuple(each.seen for each in walks))


@dataclass(frozen=True, slots=True)
class _Way:
    """The way up that everything is held to: the schema at its end, and each change."""

    end: Picture
    changes: tuple[Change, ...]

    def at(self, count: int) -> Picture:
        """The schema after the first `count` revisions."""
        things = dict(self.end.objects)
        for change in reversed(self.changes[count:]):
            for key, (before, _) in change.items():
                if before is None:
                    del things[key]
                else:
                    things[key] = before
        return replace(self.end, objects=things)


def _change(before: Picture, after: Picture) -> Change:
    first, second = before.objects, after.objects
    return {
        key: (first.get(key), second.get(key))
        for key in first.keys() | second.keys()
        if first.get(key) is not second.get(key)
    }


@dataclass(slots=True)
class _Descending:
    """The walks from one start, and what they found."""

    stage: Context
    ladder: Checkpoints
    landings: list[Divergence] = field(default_factory=list)
    walked: list[str] = field(default_factory=list)
    broken_by: Failure | None = None
    is_cut_short: bool = False

    @property
    def seen(self) -> WayDown:
        return WayDown(
            self.ladder.start,
            landings=tuple(self.landings),
            walked=tuple(dict.fromkeys(self.walked)),
            planned=len(self.ladder.plan) - self.stage.lowest(self.ladder.plan),
            broken_by=self.broken_by,
            is_cut_short=self.is_cut_short,
        )

    def walk(self) -> None:
        """Stretch by stretch, each from where the one before could not go on.

        Not below the first revision that is judged.  Where what has worked before does not
        work once more, env.py or chance is to blame, and that is the end of it.
        """
        lowest = self.stage.lowest(self.ladder.plan)
        try:
            way = self._way_up(lowest)
            top = len(way.changes)
            while top > lowest and not self.stage.ended.is_set():
                top = self._stretch(way, top, lowest)
        except StepFailed as stopped:
            self.broken_by = stopped.failure
        self.is_cut_short = self.stage.ended.is_set()

    def _stretch(self, way: _Way, top: int, lowest: int) -> int:
        """Down from `top` and up to it again; where the next stretch begins."""
        with self.stage.scratch(self.ladder, top) as database:
            bottom, is_clean = self._down(way, database, top, lowest)
            begin = self._climb(way, database, bottom, top) if is_clean else bottom
        while begin < top and not self.stage.ended.is_set():
            with self.stage.scratch(self.ladder, top) as database:
                self._lower(database, begin, top)
                begin = self._climb(way, database, begin, top)
        return bottom - 1  # the revision below could not be taken down

    def _way_up(self, lowest: int) -> _Way:
        """Climb with a picture after each step from `lowest` on, as far as it goes."""
        changes: list[Change] = [{}] * lowest
        with (
            self.stage.scratch(self.ladder, lowest) as database,
            self.stage.walking(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
            watching(walk, database) as watcher,
        ):
            seen = watcher.picture()
            for id in self.ladder.plan[lowest:]:
                try:
                    walk.up(id)
                except StepFailed:  # an upgrade that fails by itself is a finding of family U
                    break
                now = watcher.picture()
                changes.append(_change(seen, now))
                seen = now
                if self.stage.ended.is_set():
                    break
        return _Way(seen, tuple(changes))

    def _down(self, way: _Way, database: Database, top: int, lowest: int) -> tuple[int, bool]:
        """How many revisions are left where the walk down ends, and whether all is right there."""
        with (
            self.stage.walking(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
            watching(walk, database) as watcher,
        ):
            apart = _Apart(watcher, way, top)
            for count in range(top, lowest, -1):
                id = self.ladder.plan[count - 1]
                if self.stage.ended.is_set() or not self._goes_down(id, way.changes[count - 1]):
                    return count, True
                try:
                    walk.down(id)
                except StepFailed as stopped:
                    if not self._refuses(id, stopped.failure):
                        self._landed(id, failure=stopped.failure)
                    # What ran outside of its transaction was not rolled back.
                    return count, not apart.at(count)
                self.walked.append(id)
                if differences := apart.at(count - 1):
                    self._landed(id, differences=differences)
                    return count, False
        return lowest, True

    def _goes_down(self, id: str, change: Change) -> bool:
        revision = self.stage.history.find(id)
        kind = revision.downgrade if revision else Downgrade.MISSING
        return kind is Downgrade.REAL or (kind is Downgrade.EMPTY and not change)

    def _refuses(self, id: str, failure: Failure) -> bool:
        revision = self.stage.history.find(id)
        return revision is not None and revision.refuses_at(failure.path, failure.line)

    def _climb(self, way: _Way, database: Database, bottom: int, top: int) -> int:
        """The count from which to go on: `top`, or that above a step that went wrong."""
        if bottom == top or self.stage.ended.is_set():
            return top
        with (
            self.stage.walking(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
            watching(walk, database) as watcher,
        ):
            apart = _Apart(watcher, way, bottom)
            for count in range(bottom, top):
                id = self.ladder.plan[count]
                if self.stage.ended.is_set():
                    return top
                try:
                    walk.up(id)
                except StepFailed as stopped:
                    self._landed(id, failure=stopped.failure, on_the_way_up=True)
                    return count + 1
                if differences := apart.at(count + 1):
                    self._landed(id, differences=differences, on_the_way_up=True)
                    return count + 1
        return top

    def _lower(self, database: Database, bottom: int, top: int) -> None:
        """Take a database down from `top` to `bottom`, which is known to work."""
        with self.stage.walking(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk:
            for id in reversed(self.ladder.plan[bottom:top]):
                walk.down(id)

    def _landed(self, id: str, **seen: object) -> None:
        self.landings.append(Divergence(id, self.ladder.start, **seen))  # type: ignore[arg-type]


class _Apart:
    """What a walk's schema has otherwise than the way up had at the same place.

    Begins where the walk stands at `count`: what is otherwise there already was made by env.py
    when another run of it ended, and by no revision.
    """

    def __init__(self, watcher: Watcher, way: _Way, count: int) -> None:
        self._watcher = watcher
        self._way = way
        self._known: frozenset[Difference] = frozenset()
        self._known = frozenset(self.at(count))

    def at(self, count: int) -> tuple[Difference, ...]:
        found = self._watcher.differences(self._way.at(count), self._watcher.picture())
        return tuple(each for each in found if each not in self._known)


DESCENT = Experiment("from head down and up again", FullDowngrade, (), descent, after=(Restored,))
