"""Recording a lock: run a history once, and read what each revision changes in the schema.

The migrations run on a throwaway database; nothing is judged.
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

BuildStart = Callable[[], Database]  # makes a database in which an upgrade starts


@dataclass(slots=True)
class _UpgradePath:
    """A recorded upgrade: its first stamp, the revisions that ran, and the pictures.

    `pictures` has one more element than `revisions`: the schema before the first revision,
    then the schema after each one.
    """

    stamp: tuple[str, ...] = ()
    version_table: str = ""
    revisions: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    def objects(self, position: int) -> ObjectHashes:
        """The objects of the picture at this position, from 0."""
        return hash_objects(self.pictures[position], self.version_table)

    def changes(self, position: int) -> ObjectHashes:
        """The objects that the revision at this position, from 0, has changed."""
        before, after = self.pictures[position : position + 2]
        return changed_hashes(before, after, self.version_table)


def record_history(builder: Builder, snapshot: Snapshot | None) -> HistoryLock:
    """The lock of a builder's history, with what a snapshot has differently up to head.

    Raises `MigrationFailed` if a revision fails, starting where the history starts, and what
    `Builder.build_start` raises.  If a revision fails on the snapshot, the states recorded
    until then are kept.
    """
    path = _UpgradePath()
    try:
        _upgrade(builder, lambda: builder.build_start(*builder.history.heads), path)
    except StepFailed as stopped:
        raise MigrationFailed(
            stopped.what,
            why="what the revisions change in the schema cannot be recorded.",
            remedies=(
                f"rehearsal run{config_option(builder.project.config)}   (says what to do)",
                "replayable = false   (in the settings: the history begins with the snapshot)",
            ),
        ) from stopped
    lock = _build_lock(builder, path)
    if snapshot is None or not builder.settings.replayable or not _knows_stamp(snapshot, builder):
        return lock
    return _add_production(lock, builder, snapshot)


def _upgrade(builder: Builder, build_start: BuildStart, path: _UpgradePath) -> None:
    """Run all pending revisions, and read the schema after each one.

    First each revision as a command of its own, which commits, so that another session can read
    the result.  If that fails, all in the project's own transaction mode, read through the
    migration's connection.  Raises `StepFailed`.
    """
    try:
        _walk_up(builder, build_start(), path, WalkMode.COMMAND_PER_MIGRATION)
    except StepFailed:
        path.revisions.clear()
        path.pictures.clear()
        _walk_up(builder, build_start(), path, WalkMode.PROJECT)


def _walk_up(builder: Builder, database: Database, path: _UpgradePath, mode: WalkMode) -> None:
    with open_walk(builder.child, database, mode=mode) as walk, ExitStack() as own:
        opened = walk.configuration
        is_committed = mode is WalkMode.COMMAND_PER_MIGRATION
        reader = IncrementalReader(
            own.enter_context(read_only_session(database)) if is_committed else walk.run_sql
        )
        path.stamp = read_committed_stamp(database, opened)
        path.version_table = version_table_name(opened)
        path.pictures.append(reader.read_picture())
        for revision in walk.plan():
            walk.up(revision)
            path.revisions.append(revision)
            path.pictures.append(reader.read_picture())


def _build_lock(builder: Builder, path: _UpgradePath) -> HistoryLock:
    """Revisions that were applied at the start come first, and change nothing."""
    history = builder.history
    run = {id: path.changes(position) for position, id in enumerate(path.revisions)}
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
        start=LockedState(path.stamp, path.objects(0)),
    )


def _knows_stamp(snapshot: Snapshot, builder: Builder) -> bool:
    at = snapshot.provenance.revisions
    return bool(at) and not builder.history.unknown(at)


def _add_production(lock: HistoryLock, builder: Builder, snapshot: Snapshot) -> HistoryLock:
    """The lock with what production has differently, at its revision and at each one up to head."""
    path = _UpgradePath()
    with suppress(StepFailed):  # what ran is recorded; `rehearsal run` reports why it failed
        _upgrade(builder, lambda: builder.restore(snapshot), path)
    states = []
    applied = lock.up_to(snapshot.provenance.revisions)
    for position in range(len(path.pictures)):
        applied |= set(path.revisions[:position])
        stamp = lock.heads_of(applied)
        expected = lock.expected(stamp)
        assert expected is not None, f"{stamp} is not in the lock"
        own = path.objects(position)
        differing = {
            key: own.get(key, "")
            for key in expected.hashes.keys() | own.keys()
            if expected.hashes.get(key) != own.get(key)
        }
        states.append(LockedState(stamp, differing))
    return HistoryLock(lock.major, lock.heads, lock.revisions, lock.start, tuple(states))
