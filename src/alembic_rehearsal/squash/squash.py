"""`rehearsal squash`: replace the revisions that production has applied by one baseline.

The new history is tried in a copy; the project's files change only if every proof holds.
"""

from __future__ import annotations

from dataclasses import replace

from alembic_rehearsal.building.builder import Builder, open_builder
from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.project.history import read_sound_history
from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import Refused
from alembic_rehearsal.core.values.phrases import quantity
from alembic_rehearsal.core.values.progress import Tell
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


def squash_history(
    project: Project, settings: Settings, to: str, *, dry_run: bool, tell: Tell
) -> SquashResult:
    """Replace the revisions up to `to` by a baseline if it is proven; return what was done.

    With `dry_run`, or if a proof fails, no file is written.  Databases at `to` or later need no
    change: the baseline keeps the id.

    Raises `UsageError` if `to` names no revision or several.  Raises `Refused` if there is no
    snapshot; if production has not applied `to`; if a newer revision descends from an older one
    but not from `to`; if the history does not start with an empty database; if a revision was
    edited after production applied it; or if git does not have a file that would be removed.
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
            expect_committed(bounds)  # before the proofs, which take long
        tell(f"building {to} from {quantity(len(bounds.squashed), 'revision')}")
        source = old.build_at(bounds.to.id)
        statements = baseline_statements(source)
        text = baseline_source(bounds, statements)
        with trial_folders(bounds, text) as folders:
            proofs = _prove(old, replace(whole, versions=folders), bounds, source, snapshot, tell)
            found = _squash_result(bounds, proofs, len(statements))
            if dry_run or not found.holds:
                return found
            new = replace(project, versions=folders)
            lock = _record_new_lock(old, new, snapshot, tell) if is_locked else None
    return _write_files(found, text, lock, settings)


def _squash_result(bounds: Bounds, run: ProofRun, statements: int) -> SquashResult:
    return SquashResult(
        bounds,
        baseline_path(bounds),
        statements,
        run.rows,
        tuple(run.proofs),
        tuple(sorted({name for _, name in run.varying})),
        run.column_orders,
    )


def _write_files(
    found: SquashResult, text: str, lock: HistoryLock | None, settings: Settings
) -> SquashResult:
    """Replace the files of the squashed revisions, and the lock file if there is one."""
    bounds = found.bounds
    moved_to = replace_revisions(bounds, text, is_committed=expect_committed(bounds))
    if lock is not None:
        write_lock(lock, settings.lock_path)
    return replace(
        found,
        removed=tuple(each.path for each in bounds.squashed),
        moved_to=moved_to,
        lock=settings.lock_path if lock else None,
        waived=_waived_ids(settings, bounds),
        is_written=True,
    )


def _has_unedited_lock(settings: Settings, history: History, snapshot: Snapshot) -> bool:
    """Whether there is a lock file, which then has to be written again.

    Raises `Refused` if a revision was edited after production applied it: the baseline would
    hide that.
    """
    lock = read_lock(settings.lock_path)
    if lock is not None:
        expect_unedited(edits_since(lock, history, snapshot), settings)
    return lock is not None


def _record_new_lock(old: Builder, project: Project, snapshot: Snapshot, tell: Tell) -> HistoryLock:
    """The lock of the new history, up to the project's own target."""
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
            "there is no snapshot, so it is unknown which revisions production has applied.",
            why="a database that has not applied all of them could not be upgraded any more.",
            remedies=("rehearsal snapshot take --from URL",),
        )
    return read_snapshot(settings.snapshot)


def _expect_from_empty(settings: Settings) -> None:
    if not settings.replayable:
        raise Refused(
            f"{settings.source} declares the history not replayable: it cannot be run from an "
            "empty database.",
            why="a baseline is the schema that the old history builds there.",
        )
    if settings.bootstrap:
        raise Refused(
            f"{settings.source} has a bootstrap, which runs on an empty database before the first "
            "migration.",
            why="its objects would be in the baseline as well, and be created twice.",
        )


def _prove(
    old: Builder,
    project: Project,
    bounds: Bounds,
    source: Database,
    snapshot: Snapshot,
    tell: Tell,
) -> ProofRun:
    """Run the proofs; `project` is the one with the new history."""
    with open_project(project) as child:
        history = read_sound_history(child)
        expect_known_snapshot(snapshot, history)
        run = ProofRun(old, replace(old, project=project, child=child, history=history), tell)
        run.prove(bounds, source, snapshot)
        return run
