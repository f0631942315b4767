"""Where a history begins on a database of ours: empty, with a bootstrap, or with the snapshot.

This is decided only here; `fill.py` then fills the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.errors import Refused, UsageError
from alembic_rehearsal.snapshot.files import expect_known_snapshot
from alembic_rehearsal.snapshot.values import Snapshot


@dataclass(frozen=True, slots=True)
class Empty:
    """The database is empty before the first migration."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """The bootstrap of the settings runs first: `source` is a SQL file or a command."""

    source: str


@dataclass(frozen=True, slots=True)
class FromSnapshot:
    """The database gets production's schema and stamp from the snapshot."""

    snapshot: Snapshot


HistoryStart = Empty | Bootstrap | FromSnapshot


def start_without_snapshot(settings: Settings) -> Empty | Bootstrap | None:
    """Where a history begins without a snapshot; None if the settings say that it needs one."""
    if not settings.replayable:
        return None
    return Bootstrap(settings.bootstrap) if settings.bootstrap else Empty()


def choose_start(
    settings: Settings,
    snapshot: Snapshot | None,
    history: History,
    destinations: Sequence[str] | None = None,
    *,
    prefer_snapshot: bool = False,
) -> HistoryStart:
    """Where the history begins for an upgrade to `destinations`, which are revisions.

    None stands for head, and () for no revision at all.  With `prefer_snapshot` it begins with
    the snapshot if there is one.

    Raises `UsageError` if the history needs a snapshot and there is none; `Refused` if the history
    lacks the snapshot's revision, and for revisions that are older than the snapshot.
    """
    start = start_without_snapshot(settings)
    if start is not None and (snapshot is None or not prefer_snapshot):
        return start
    if snapshot is None:
        raise UsageError(
            f"{not_replayable(settings)}, and there is no snapshot to start from.",
            remedies=("rehearsal snapshot take --from URL", "replayable = true"),
        )
    expect_known_snapshot(snapshot, history)
    if destinations is not None:
        _expect_newer(destinations, snapshot, history)
    return FromSnapshot(snapshot)


def not_replayable(settings: Settings) -> str:
    """The beginning of every sentence about a history that needs the snapshot."""
    return f"{settings.source or 'the settings'} declares the history not replayable"


def _expect_newer(destinations: Sequence[str], snapshot: Snapshot, history: History) -> None:
    """Raise `Refused` for revisions below the snapshot; words such as `head` are not judged."""
    resolved = [history.resolve(each) for each in destinations]
    if any(len(each) != 1 for each in resolved):
        return
    wanted, there = tuple(id for (id,) in resolved), snapshot.provenance.revisions
    if not history.up_to(wanted) >= frozenset(there):
        raise Refused(
            f"{', '.join(wanted) or 'no revision'} is older than {snapshot.path} "
            f"(at {', '.join(there)}), and the history cannot be run from an empty database.",
            why="replayable = false in the settings: only what is newer can be built.",
        )
