"""Experiment: walk from head all the way down and up again, and compare each step.

It finds what single steps do not: what one downgrade breaks for an older one.  After a step
that went wrong the walk goes on below it, on a clone that has the right schema.
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
from alembic_rehearsal.rehearsal.facts.downgrade import Divergence, DowngradeWalk, FullDowngrade
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.upgrade import RestoredSnapshot
from alembic_rehearsal.rehearsal.runner.checkpoints import Checkpoints
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment
from alembic_rehearsal.rehearsal.runner.watch import SchemaObserver, open_observer

# The objects that a revision changed: before and after, None for not there.
ObjectChanges = Mapping[Key, tuple[SchemaObject | None, SchemaObject | None]]


def walk_full_downgrade(context: Context, evidence: Evidence) -> FullDowngrade:
    """Walk down from head and up again, from each start."""
    walks = [
        _DowngradeWalker(context, checkpoints) for checkpoints in context.checkpoints(evidence)
    ]
    with ThreadPoolExecutor(max(len(walks), 1)) as pool:
        list(pool.map(_DowngradeWalker.walk, walks))
    return FullDowngrade(tuple(each.result for each in walks))


@dataclass(frozen=True, slots=True)
class _RecordedUpgrade:
    """The upgrade that every step is compared with: its final schema, and each step's changes."""

    end: Picture
    changes: tuple[ObjectChanges, ...]

    def picture_at(self, count: int) -> Picture:
        """The schema after the first `count` revisions."""
        objects = dict(self.end.objects)
        for change in reversed(self.changes[count:]):
            for key, (before, _) in change.items():
                if before is None:
                    del objects[key]
                else:
                    objects[key] = before
        return replace(self.end, objects=objects)


def _object_changes(before: Picture, after: Picture) -> ObjectChanges:
    first, second = before.objects, after.objects
    return {
        key: (first.get(key), second.get(key))
        for key in first.keys() | second.keys()
        if first.get(key) is not second.get(key)
    }


@dataclass(slots=True)
class _DowngradeWalker:
    """The walk from one start, on one database after another, and what it found."""

    context: Context
    checkpoints: Checkpoints
    divergences: list[Divergence] = field(default_factory=list)
    downgraded: list[str] = field(default_factory=list)
    broken_by: Failure | None = None
    is_interrupted: bool = False

    @property
    def result(self) -> DowngradeWalk:
        return DowngradeWalk(
            self.checkpoints.start,
            divergences=tuple(self.divergences),
            downgraded=tuple(dict.fromkeys(self.downgraded)),
            planned=len(self.checkpoints.plan)
            - self.context.first_judged_place(self.checkpoints.plan),
            broken_by=self.broken_by,
            is_interrupted=self.is_interrupted,
        )

    def walk(self) -> None:
        """Walk stretch by stretch; each begins where the one before could not go on.

        The walk ends at the first revision that is judged.  Where a step fails that worked
        before, env.py or chance is the cause, and the walk stops (`broken_by`).
        """
        lowest = self.context.first_judged_place(self.checkpoints.plan)
        try:
            recorded = self._record_upgrade(lowest)
            top = len(recorded.changes)
            while top > lowest and not self.context.interrupted.is_set():
                top = self._walk_stretch(recorded, top, lowest)
        except StepFailed as stopped:
            self.broken_by = stopped.failure
        self.is_interrupted = self.context.interrupted.is_set()

    def _walk_stretch(self, recorded: _RecordedUpgrade, top: int, lowest: int) -> int:
        """Walk down from `top` and up to it again; return where the next stretch begins."""
        with self.context.temporary_database_at(self.checkpoints, top) as database:
            bottom, is_clean = self._walk_down(recorded, database, top, lowest)
            begin = self._walk_up(recorded, database, bottom, top) if is_clean else bottom
        while begin < top and not self.context.interrupted.is_set():
            with self.context.temporary_database_at(self.checkpoints, top) as database:
                self._downgrade_to(database, begin, top)
                begin = self._walk_up(recorded, database, begin, top)
        return bottom - 1  # the revision below could not be taken down

    def _record_upgrade(self, lowest: int) -> _RecordedUpgrade:
        """Upgrade as far as possible, and record the changes of each step from `lowest` on."""
        changes: list[ObjectChanges] = [{}] * lowest
        with (
            self.context.temporary_database_at(self.checkpoints, lowest) as database,
            self.context.open_walk(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
            open_observer(walk, database) as observer,
        ):
            last = observer.picture()
            for id in self.checkpoints.plan[lowest:]:
                try:
                    walk.up(id)
                except StepFailed:  # an upgrade that fails by itself is a finding of family U
                    break
                now = observer.picture()
                changes.append(_object_changes(last, now))
                last = now
                if self.context.interrupted.is_set():
                    break
        return _RecordedUpgrade(last, tuple(changes))

    def _walk_down(
        self, recorded: _RecordedUpgrade, database: Database, top: int, lowest: int
    ) -> tuple[int, bool]:
        """Walk down; return how many revisions are left there, and whether the schema is right."""
        with (
            self.context.open_walk(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
            open_observer(walk, database) as observer,
        ):
            comparison = _RecordComparison(observer, recorded, top)
            for count in range(top, lowest, -1):
                id = self.checkpoints.plan[count - 1]
                if self.context.interrupted.is_set() or not self._can_go_down(
                    id, recorded.changes[count - 1]
                ):
                    return count, True
                try:
                    walk.down(id)
                except StepFailed as stopped:
                    if not self._is_declared_refusal(id, stopped.failure):
                        self._add_divergence(id, failure=stopped.failure)
                    # What ran outside of its transaction was not rolled back.
                    return count, not comparison.differences_at(count)
                self.downgraded.append(id)
                if differences := comparison.differences_at(count - 1):
                    self._add_divergence(id, differences=differences)
                    return count, False
        return lowest, True

    def _can_go_down(self, id: str, change: ObjectChanges) -> bool:
        revision = self.context.history.find(id)
        kind = revision.downgrade if revision else Downgrade.MISSING
        return kind is Downgrade.REAL or (kind is Downgrade.EMPTY and not change)

    def _is_declared_refusal(self, id: str, failure: Failure) -> bool:
        revision = self.context.history.find(id)
        return revision is not None and revision.is_one_way_at(failure.path, failure.line)

    def _walk_up(
        self, recorded: _RecordedUpgrade, database: Database, bottom: int, top: int
    ) -> int:
        """Walk up; return the count to go on from: `top`, or that above a step that went wrong."""
        if bottom == top or self.context.interrupted.is_set():
            return top
        with (
            self.context.open_walk(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
            open_observer(walk, database) as observer,
        ):
            comparison = _RecordComparison(observer, recorded, bottom)
            for count in range(bottom, top):
                id = self.checkpoints.plan[count]
                if self.context.interrupted.is_set():
                    return top
                try:
                    walk.up(id)
                except StepFailed as stopped:
                    self._add_divergence(id, failure=stopped.failure, on_the_way_up=True)
                    return count + 1
                if differences := comparison.differences_at(count + 1):
                    self._add_divergence(id, differences=differences, on_the_way_up=True)
                    return count + 1
        return top

    def _downgrade_to(self, database: Database, bottom: int, top: int) -> None:
        """Take a database down from `top` to `bottom`, which has worked before."""
        with self.context.open_walk(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk:
            for id in reversed(self.checkpoints.plan[bottom:top]):
                walk.down(id)

    def _add_divergence(self, id: str, **fields: object) -> None:
        self.divergences.append(Divergence(id, self.checkpoints.start, **fields))  # type: ignore[arg-type]


class _RecordComparison:
    """Compares a walk's schema with the one that the recorded upgrade had at the same count.

    The walk is at `count` when this is made.  Differences that exist then are ignored: env.py
    has made them at the end of another run, and no revision has.
    """

    def __init__(self, observer: SchemaObserver, recorded: _RecordedUpgrade, count: int) -> None:
        self._observer = observer
        self._recorded = recorded
        self._known: frozenset[Difference] = frozenset()
        self._known = frozenset(self.differences_at(count))

    def differences_at(self, count: int) -> tuple[Difference, ...]:
        found = self._observer.differences(
            self._recorded.picture_at(count), self._observer.picture()
        )
        return tuple(each for each in found if each not in self._known)


FULL_DOWNGRADE = Experiment(
    "from head down and up again", FullDowngrade, (), walk_full_downgrade, after=(RestoredSnapshot,)
)
