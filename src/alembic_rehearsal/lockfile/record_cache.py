"""A cache of recorded locks, so that an unchanged history is not run again.

Not used for `history.lock` itself: `rehearsal lock` always runs the history.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from alembic_rehearsal import __version__
from alembic_rehearsal.building.builder import Builder
from alembic_rehearsal.core.postgres.connections import fetch_rows
from alembic_rehearsal.core.postgres.databases import MAINTENANCE_DATABASE
from alembic_rehearsal.core.postgres.programs.folders import cache_folder
from alembic_rehearsal.core.project.history import history_fingerprint
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import LockFileUnreadable, NoServer
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.lockfile.files import read_lock, write_lock
from alembic_rehearsal.lockfile.record import record_history
from alembic_rehearsal.lockfile.values import HistoryLock
from alembic_rehearsal.snapshot.values import Snapshot

_MAX_CACHED = 50  # histories


def read_cached_lock(builder: Builder, snapshot: Snapshot | None) -> HistoryLock | None:
    """The cached lock of a builder's history, None if there is none.

    The cache key is everything that the lock could depend on: the history's files, env.py and
    alembic.ini, the settings that decide how the history starts, the snapshot, the server's
    major and extensions, and this library's version.  Nothing is cached for a history with a
    revision that is not self-contained.
    """
    path = _cache_path(builder, snapshot)
    with suppress(LockFileUnreadable):
        return read_lock(path) if path is not None else None
    return None


def record_and_cache(builder: Builder, snapshot: Snapshot | None, *, tell: Tell) -> HistoryLock:
    """Record the lock again whatever is cached, and replace the cached one.

    Raises what `record_history` raises.
    """
    path = _cache_path(builder, snapshot)
    tell("one pass over the history")
    lock = record_history(builder, snapshot)
    if path is not None:
        with suppress(OSError):
            write_lock(lock, path)
            _delete_old(path.parent)
    return lock


def _cache_path(builder: Builder, snapshot: Snapshot | None) -> Path | None:
    """The path of the cached lock, None if this history cannot be cached."""
    if not all(each.is_self_contained for each in builder.history.revisions):
        return None
    try:
        folder = cache_folder() / "histories"
    except NoServer:
        return None
    settings = builder.settings
    bootstrap = builder.project.folder / settings.bootstrap
    extensions = fetch_rows(
        Database(builder.server, MAINTENANCE_DATABASE),
        "SELECT name, default_version FROM pg_available_extensions ORDER BY 1",
    )
    parts = (
        __version__,
        history_fingerprint(builder.history),
        builder.project.section,
        _read_if_file(builder.project.config),
        _read_if_file(builder.project.config.with_name("pyproject.toml")),
        str(builder.server.major),
        repr(extensions),
        _read_if_file(bootstrap) or settings.bootstrap,
        repr((settings.replayable, settings.target, settings.x)),
        snapshot.provenance.sha256 if snapshot else "",
        repr(snapshot.provenance.revisions) if snapshot else "",
    )
    return folder / f"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}.lock"


def _read_if_file(path: Path) -> str:
    return path.read_text("utf-8", "replace") if path.is_file() else ""


def _delete_old(folder: Path) -> None:
    """Delete all but the newest `_MAX_CACHED` locks."""
    newest = sorted(folder.glob("*.lock"), key=lambda each: each.stat().st_mtime, reverse=True)
    for each in newest[_MAX_CACHED:]:
        each.unlink(missing_ok=True)
