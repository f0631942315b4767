"""One pass over a history: what each revision does to the objects of the schema.

Runs the migrations on a database of its own, and judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

from alembic_rehearsal.building.builder import Builder
from alembic_rehearsal.core.history.source_hash import meaning_of
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.steps import Mode
from alembic_rehearsal.core.project.upgrade import arrived_at, version_table, walking
from alembic_rehearsal.core.schema.incremental import Camera
from alembic_rehearsal.core.schema.object_hashes import Objects, changes, objects_of
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.core.schema.query import asking
from alembic_rehearsal.core.settings.values import config_option
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import MigrationFailed
from alembic_rehearsal.lockfile.values import HistoryLock, LockedRevision, LockedState
from alembic_rehearsal.snapshot.values import Snapshot

Fill = Callable[[], Database]  # a database where a way up begins


@dataclass(slots=True)
class _WayUp:
    """Where a way up began, the revisions that ran, and the schema before and after each."""

    stamp: tuple[str, ...] = ()
    version_table: str = ""
    revisions: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    def objects(self, place: int) -> Objects:
        return objects_of(self.pictures[place], self.version_table)

    def changes(self, place: int) -> Objects:
        """What the revision at this place, from 0 on, has done to the objects."""
        before, after = self.pictures[place : place + 2]
        return changes(before, after, self.version_table)


def record(builder: Builder, snapshot: Snapshot | None) -> HistoryLock:
    """The lock of a builder's history, and of a snapshot on its way to head.

    Raises `MigrationFailed` where a revision does not run from where the history begins,
    and what `Builder.start` raises.  From the snapshot on it ends where one fails.
    """
    way = _WayUp()
    try:
        _go_up(builder, lambda: builder.start(*builder.history.heads), way)
    except StepFailed as stopped:
        raise MigrationFailed(
            stopped.what,
            why="what the revisions make of the schema cannot be recorded.",
            ways_out=(
                f"rehearsal run{config_option(builder.project.config)}   (says what to do)",
                "replayable = false   (in the settings: the history begins with the snapshot)",
            ),
        ) from stopped
    lock = _lock(builder, way)
    if snapshot is None or not builder.settings.replayable or not _is_known(snapshot, builder):
        return lock
    return _with_production(lock, builder, snapshot)


def _go_up(builder: Builder, fill: Fill, way: _WayUp) -> None:
    """Run all that is pending, and look at the schema after each step.

    As commands of their own, whose work everybody sees; where one fails so, by the one
    command that env.py runs, looking through its own connection.  Raises `StepFailed`.
    """
    try:
        _walk(builder, fill(), way, Mode.COMMANDS)
    except StepFailed:
        way.revisions.clear()
        way.pictures.clear()
        _walk(builder, fill(), way, Mode.OWN)


def _walk(builder: Builder, database: Database, way: _WayUp, mode: Mode) -> None:
    with walking(builder.child, database, mode=mode) as walk, ExitStack() as own:
        opened = walk.opened
        seen = mode is Mode.COMMANDS
        camera = Camera(own.enter_context(asking(database)) if seen else walk.sql)
        way.stamp, way.version_table = arrived_at(database, opened), version_table(opened)
        way.pictures.append(camera.picture())
        for revision in walk.plan():
            walk.up(revision)
            way.revisions.append(revision)
            way.pictures.append(camera.picture())


def _lock(builder: Builder, way: _WayUp) -> HistoryLock:
    """Revisions that were there at the start come first, and touch nothing."""
    history = builder.history
    run = {id: way.changes(place) for place, id in enumerate(way.revisions)}
    older = [each.id for each in history.revisions if each.id not in run]
    known = {each.id: each for each in history.revisions}
    revisions = (
        LockedRevision(
            id, known[id].down, known[id].depends_on, meaning_of(known[id].path), run.get(id, {})
        )
        for id in (*older, *run)
    )
    return HistoryLock(
        builder.server.major,
        history.heads,
        tuple(revisions),
        start=LockedState(way.stamp, way.objects(0)),
    )


def _is_known(snapshot: Snapshot, builder: Builder) -> bool:
    at = snapshot.provenance.revisions
    return bool(at) and not builder.history.unknown(at)


def _with_production(lock: HistoryLock, builder: Builder, snapshot: Snapshot) -> HistoryLock:
    """The lock with what production has otherwise, at its revision and on the way to head."""
    way = _WayUp()
    with suppress(StepFailed):  # known as far as it came; why it failed is for `rehearsal run`
        _go_up(builder, lambda: builder.restored(snapshot), way)
    states = []
    applied = lock.up_to(snapshot.provenance.revisions)
    for place in range(len(way.pictures)):
        applied |= set(way.revisions[:place])
        stamp = lock.heads_of(applied)
        expected = lock.expected(stamp)
        assert expected is not None, f"{stamp} is not in the lock"
        own = way.objects(place)
        unlike = {
            key: own.get(key, "")
            for key in expected.objects.keys() | own.keys()
            if expected.objects.get(key) != own.get(key)
        }
        states.append(LockedState(stamp, unlike))
    return HistoryLock(lock.major, lock.heads, lock.revisions, lock.start, tuple(states))
