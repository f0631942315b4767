"""`rehearsal lock`: run the history once, and write the lock file.

An edit of a revision that production has applied is refused unless it is accepted explicitly.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic_rehearsal.building.builder import open_builder
from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.history.source_hash import hash_source
from alembic_rehearsal.core.project.history import read_sound_history
from alembic_rehearsal.core.settings.values import Settings, config_option
from alembic_rehearsal.core.values.errors import LockFileUnreadable, Refused
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.lockfile.edits import Edit, EditKind, find_edits
from alembic_rehearsal.lockfile.files import lock_text, read_lock, write_lock
from alembic_rehearsal.lockfile.record import record_history
from alembic_rehearsal.lockfile.values import HistoryLock
from alembic_rehearsal.snapshot.files import read_snapshot, server_needs
from alembic_rehearsal.snapshot.values import Snapshot


@dataclass(frozen=True, slots=True)
class LockResult:
    """The lock file after `rehearsal lock`.

    `written` is False if it was up to date already.  `edits` are the differences of the history
    from the lock file before.  `production` is production's major of PostgreSQL, None if unknown.
    """

    path: Path
    lock: HistoryLock
    written: bool
    edits: tuple[Edit, ...]
    production: int | None


def lock_history(
    project: Project, settings: Settings, *, accept_edits: bool = False, tell: Tell
) -> LockResult:
    """Run the history on a throwaway server like production's, and write the lock file.

    Raises `Refused` if a revision that production has applied was edited, unless
    `accept_edits`; `MigrationFailed` if a revision fails; and what reading the history and
    starting a server raise.  The file is unchanged then.
    """
    snapshot = read_snapshot(settings.snapshot) if settings.snapshot else None
    needs = server_needs(settings.postgres, snapshot)
    with open_builder(project, settings, needs, tell=tell, read=read_sound_history) as builder:
        history = builder.history
        before = _read_existing_lock(settings.lock_path, tell)
        found = edits_since(before, history, snapshot) if before else ()
        if not accept_edits:
            expect_unedited(found, settings)
        tell("one pass over the history")
        lock = record_history(builder, snapshot)
    written = before is None or lock_text(before) != lock_text(lock)
    if written:
        write_lock(lock, settings.lock_path)
    production = snapshot.needs.major if snapshot else None
    return LockResult(settings.lock_path, lock, written, found, production)


def _read_existing_lock(path: Path, tell: Tell) -> HistoryLock | None:
    """The existing lock, None if there is none, or if it cannot be read and is written again."""
    try:
        return read_lock(path)
    except LockFileUnreadable as error:
        tell(f"{error.what} It is written again.")
        return None


def edits_since(lock: HistoryLock, history: History, snapshot: Snapshot | None) -> tuple[Edit, ...]:
    """How the revisions differ from the lock, older ones first."""
    stamp = snapshot.provenance.revisions if snapshot else ()
    hashes = {each.id: hash_source(each.path) for each in history.revisions}
    return find_edits(lock, history, hashes, stamp)


def expect_unedited(found: tuple[Edit, ...], settings: Settings) -> None:
    """Raise `Refused` if production has applied one of the edited revisions."""
    edited = [
        f"{each.revision}: {each.text}"
        for each in found
        if each.applied and each.kind in (EditKind.PLACE, EditKind.UPGRADE)
    ]
    if edited:
        raise Refused(
            f"revisions were edited after production applied them: {'; '.join(edited)}.",
            why=f"{settings.lock_path} is unchanged: it records what production has run.",
            remedies=(
                "git log -p -- the revision   (who edited it, and why)",
                f"rehearsal lock --accept-edits{config_option(settings.config)}   "
                "(if the edits are intended)",
            ),
        )
