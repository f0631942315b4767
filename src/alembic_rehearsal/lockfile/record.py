"""One pass over a history: what each revision does to the objects of the schema.

Runs the migrations on a database of its own, and judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

from alembic_rehearsal.building.builder import Builder
from alembic_rehearsal.core.history.source_hash import hash_source
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.steps import WalkMode
from alembic_rehearsal.core.project.upgrade import (
    open_walk,
    read_committed_stamp,
    version_table_name,
)
from alembic_rehearsal.core.schema.incremental import IncrementalReader
from alembic_rehearsal.core.schema.object_hashes import ObjectHashes, changed_hashes, hash_objects
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.core.schema.query import read_only_session
from alembic_rehearsal.core.settings.values import config_option
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import MigrationFailed
from alembic_rehearsal.lockfile.values import HistoryLock, LockedRevision, LockedState
from alembic_rehearsal.snapshot.values import Snapshot

BuildStart = Callable[[], Database]  # a database where a way up begins


@dataclass(slots=True)
class _UpgradePath:
    """Where a way up began, the revisions that ran, and the schema before and after each."""

    stamp: tuple[str, ...] = ()
    version_table: str = ""
    revisions: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    def objects(self, place: int) -> ObjectHashes:
        return hash_objects(self.pictures[place], self.version_table)

    def changes(self, place: int) -> ObjectHashes:
        """What the revision at this place, from 0 on, has done to the objects."""
        before, after = self.pictures[place : place + 2]
        return changed_hashes(before, after, self.version_table)


def record_history(builder: Builder, snapshot: Snapshot | None) -> HistoryLock:
    """The lock of a builder's history, and of a snapshot on its way to head.

    Raises `MigrationFailed` where a revision does not run from where the history begins,
    and what `Builder.start` raises.  From the snapshot on it ends where one fails.
    """
    way = _UpgradePath()
    try:
        _upgrade(builder, lambda: builder.build_start(*builder.history.heads), way)
    except StepFailed as stopped:
        raise MigrationFailed(
            stopped.what,
            why="what the revisions make of the schema cannot be recorded.",
            remedies=(
                f"rehearsal run{config_option(builder.project.config)}   (says what to do)",
                "replayable = false   (in the settings: the history begins with the snapshot)",
            ),
        ) from stopped
    lock = _build_lock(builder, way)
    if snapshot is None or not builder.settings.replayable or not _knows_stamp(snapshot, builder):
        return lock
    return _add_production(lock, builder, snapshot)


def _upgrade(builder: Builder, build_start: BuildStart, way: _UpgradePath) -> None:
    """Run all that is pending, and look at the schema after each step.

    As commands of their own, whose work everybody sees; where one fails so, by the one
    command that env.py runs, looking through its own connection.  Raises `StepFailed`.
    """
    try:
        _walk_up(builder, build_start(), way, WalkMode.COMMAND_PER_MIGRATION)
    except StepFailed:
        way.revisions.clear()
        way.pictures.clear()
        _walk_up(builder, build_start(), way, WalkMode.PROJECT)


def _walk_up(builder: Builder, database: Database, way: _UpgradePath, mode: WalkMode) -> None:
    with open_walk(builder.child, database, mode=mode) as walk, ExitStack() as own:
        opened = walk.configuration
        seen = mode is WalkMode.COMMAND_PER_MIGRATION
        reader = IncrementalReader(
            own.enter_context(read_only_session(database)) if seen else walk.run_sql
        )
        way.stamp, way.version_table = (
            read_committed_stamp(database, opened),
            version_table_name(opened),
        )
        way.pictures.append(reader.read_picture())
        for revision in walk.plan():
            walk.up(revision)
            way.revisions.append(revision)
            way.pictures.append(reader.read_picture())


def _build_lock(builder: Builder, way: _UpgradePath) -> HistoryLock:
    """Revisions that were there at the start come first, and touch nothing."""
    history = builder.history
    run = {id: way.changes(place) for place, id in enumerate(way.revisions)}
    older = [each.id for each in history.revisions if each.id not in run]
    known = {each.id: each for each in history.revisions}
    revisions = (
        LockedRevision(
            id, known[id].down, known[id].depends_on, hash_source(known[id].path), run.get(id, {})
        )
        for id in (*older, *run)
    )
    return HistoryLock(
        builder.server.major,
        history.heads,
        tuple(revisions),
        start=LockedState(way.stamp, way.objects(0)),
    )


def _knows_stamp(snapshot: Snapshot, builder: Builder) -> bool:
    at = snapshot.provenance.revisions
    return bool(at) and not builder.history.unknown(at)


def _add_production(lock: HistoryLock, builder: Builder, snapshot: Snapshot) -> HistoryLock:
    """The lock with what production has otherwise, at its revision and on the way to head."""
    way = _UpgradePath()
    with suppress(StepFailed):  # known as far as it came; why it failed is for `rehearsal run`
        _upgrade(builder, lambda: builder.restore(snapshot), way)
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
            for key in expected.hashes.keys() | own.keys()
            if expected.hashes.get(key) != own.get(key)
        }
        states.append(LockedState(stamp, unlike))
    return HistoryLock(lock.major, lock.heads, lock.revisions, lock.start, tuple(states))
