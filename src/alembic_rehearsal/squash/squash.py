"""The story of a squash: what production has passed becomes one revision, which is proven first.

The new history is tried beside the project; only when every proof holds do files change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from alembic_rehearsal.building.builder import Builder, open_builder
from alembic_rehearsal.building.start import not_replayable
from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.project.history import read_sound_history
from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import Refused
from alembic_rehearsal.core.values.phrases import quantity
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.lockfile.files import read_lock, write_lock
from alembic_rehearsal.lockfile.record import record_history
from alembic_rehearsal.lockfile.values import HistoryLock
from alembic_rehearsal.lockfile.write import edits_since, expect_unedited
from alembic_rehearsal.snapshot.files import expect_known_snapshot, read_snapshot, server_needs
from alembic_rehearsal.snapshot.values import Snapshot
from alembic_rehearsal.squash.baseline_sql import baseline_statements
from alembic_rehearsal.squash.baseline_text import baseline_source
from alembic_rehearsal.squash.bounds import find_bounds
from alembic_rehearsal.squash.files import (
    baseline_path,
    expect_committed,
    replace_revisions,
    trial_folders,
)
from alembic_rehearsal.squash.proof import ProofRun
from alembic_rehearsal.squash.values import Bounds, SquashResult

Tell = Callable[[str], None]


def squash_history(
    project: Project, settings: Settings, to: str, *, dry_run: bool, tell: Tell
) -> SquashResult:
    """Replace the revisions up to `to` by a baseline, once it is proven; say what was done.

    With `dry_run`, or where a proof fails, no file is written.  Databases at `to` and later
    go on as they are: the baseline keeps the id.

    Raises `Usage` where `to` names no revision or several; `Refused` where there is no
    snapshot, production has not passed `to`, something newer stands on what is below it, the
    history does not begin with an empty database, production has applied what was edited since
    the lock file was written, or git lacks what would be removed.
    """
    snapshot = _read_production(settings)
    _expect_from_empty(settings)
    whole = replace(project, target="heads")  # the other branches' revisions are in those folders
    with open_builder(whole, settings, server_needs(settings.postgres, snapshot), tell=tell) as old:
        history = old.history
        expect_known_snapshot(snapshot, history)
        bounds = find_bounds(history, to, snapshot)
        if bounds.is_trivial:
            return SquashResult(bounds)
        is_locked = _has_unedited_lock(settings, history, snapshot)
        if not dry_run:
            expect_committed(bounds)  # before anybody waits for proofs
        tell(f"building {to} from {quantity(len(bounds.squashed), 'revision')}")
        source = old.build_at(bounds.to.id)
        statements = baseline_statements(source)
        text = baseline_source(bounds, statements)
        with trial_folders(bounds, text) as folders:
            proving = _prove(old, replace(whole, versions=folders), bounds, source, snapshot, tell)
            found = _squash_result(bounds, proving, len(statements))
            if dry_run or not found.holds:
                return found
            new = replace(project, versions=folders)
            lock = _record_new_lock(old, new, snapshot, tell) if is_locked else None
    return _write_files(found, text, lock, settings)


def _squash_result(bounds: Bounds, proving: ProofRun, statements: int) -> SquashResult:
    return SquashResult(
        bounds,
        baseline_path(bounds),
        statements,
        proving.rows,
        tuple(proving.proofs),
        tuple(sorted({name for _, name in proving.varying})),
        proving.column_orders,
    )


def _write_files(
    found: SquashResult, text: str, lock: HistoryLock | None, settings: Settings
) -> SquashResult:
    """The files, in their places."""
    bounds = found.bounds
    aside = replace_revisions(bounds, text, is_committed=expect_committed(bounds))
    if lock is not None:
        write_lock(lock, settings.lock_path)
    return replace(
        found,
        removed=tuple(each.path for each in bounds.squashed),
        moved_to=aside,
        lock=settings.lock_path if lock else None,
        waived=_waived_ids(settings, bounds),
        is_written=True,
    )


def _has_unedited_lock(settings: Settings, history: History, snapshot: Snapshot) -> bool:
    """Whether there is a lock file, which will be written anew.

    Raises `Refused` where production has applied what was edited since it was written: the
    baseline would hide that.
    """
    lock = read_lock(settings.lock_path)
    if lock is not None:
        expect_unedited(edits_since(lock, history, snapshot), settings)
    return lock is not None


def _record_new_lock(old: Builder, project: Project, snapshot: Snapshot, tell: Tell) -> HistoryLock:
    """What the new history means and makes, up to the project's own target."""
    tell("one pass over the new history, for its lock file")
    with open_project(project) as child:
        new = replace(old, project=project, child=child, history=read_sound_history(child))
        return record_history(new, snapshot)


def _waived_ids(settings: Settings, bounds: Bounds) -> tuple[str, ...]:
    gone = {each.id for each in bounds.squashed} - {bounds.to.id}
    return tuple(dict.fromkeys(each.revision for each in settings.waive if each.revision in gone))


def _read_production(settings: Settings) -> Snapshot:
    if settings.snapshot is None:
        raise Refused(
            "there is no snapshot, so nobody knows which revisions production has passed.",
            why="a database that has not passed all of them could not be upgraded any more.",
            remedies=("rehearsal snapshot take --from URL",),
        )
    return read_snapshot(settings.snapshot)


def _expect_from_empty(settings: Settings) -> None:
    if not settings.replayable:
        raise Refused(
            f"{not_replayable(settings)}: nothing can be proven of it from an empty database.",
            why="a baseline is what the old history builds; this one cannot build it.",
        )
    if settings.bootstrap:
        raise Refused(
            f"{settings.source} has a bootstrap, which an empty database gets before its first "
            "migration.",
            why="what it makes would be in the baseline as well, and be made twice.",
        )


def _prove(
    old: Builder,
    project: Project,
    bounds: Bounds,
    source: Database,
    snapshot: Snapshot,
    tell: Tell,
) -> ProofRun:
    """The proofs, held with the new history, which is `project`'s."""
    with open_project(project) as child:
        history = read_sound_history(child)
        expect_known_snapshot(snapshot, history)
        proving = ProofRun(old, replace(old, project=project, child=child, history=history), tell)
        proving.prove(bounds, source, snapshot)
        return proving
