"""The story of a rehearsal: read, restore, run, judge."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from alembic_rehearsal import __version__
from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.history.source_hash import meaning_of
from alembic_rehearsal.core.postgres.databases import connectable_databases
from alembic_rehearsal.core.project.history import history_fingerprint, read_history
from alembic_rehearsal.core.project.pool import ChildPool, open_pool
from alembic_rehearsal.core.settings.environment import cores
from alembic_rehearsal.core.settings.values import Settings, alembic_command, config_option
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.lockfile.edits import edits
from alembic_rehearsal.lockfile.files import read_lock
from alembic_rehearsal.rehearsal.experiments.catalogue import EXPERIMENTS
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, Loaded, SnapshotRead
from alembic_rehearsal.rehearsal.facts.lockfile import LockCompared
from alembic_rehearsal.rehearsal.facts.report import Held, Report
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.judging.judge import report_on
from alembic_rehearsal.rehearsal.judging.selection import facts_for, leave_out
from alembic_rehearsal.rehearsal.judging.waivers import expect_known, expect_revisions
from alembic_rehearsal.rehearsal.runner.context import Tell
from alembic_rehearsal.rehearsal.runner.scheduler import Performed
from alembic_rehearsal.rehearsal.runner.setup import Maker, Setup, perform_on_stage
from alembic_rehearsal.rehearsal.runner.sharding import share
from alembic_rehearsal.snapshot.files import read_snapshot
from alembic_rehearsal.snapshot.values import Snapshot


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal that was held: its report, and the databases that somebody may look at."""

    report: Report
    databases: tuple[Database, ...]


@contextmanager
def rehearse(
    project: Project,
    settings: Settings,
    *,
    tell: Tell,
    all_fail: bool = False,
    scope: Scope | None = None,
) -> Iterator[Rehearsal]:
    """Hold one rehearsal; in the block the report is there and the databases still live.

    `tell` is given one line for each thing that takes time.  `all_fail` makes findings
    on revisions that production has applied count for `Report.failed` as well.  `scope` is
    what of it all is asked for, by default everything.

    Afterwards all is gone, but for this: on a server that is lent, a database on which an
    upgrade failed is kept, and its masked URL told.

    Ctrl-C ends what is under way, and the report says what is known by then.  Raises
    `RehearsalError` where the rehearsal could not be held at all; what is wrong with the
    history or the schema is in the report.
    """
    begun = time.perf_counter()
    expect_known(settings.waive)
    snapshot = read_snapshot(settings.snapshot) if settings.snapshot else None
    with open_pool(project, cores()) as pool, ExitStack() as life:
        with pool.borrow_child() as child:
            history = read_history(child)
        scope = leave_out(scope or Scope(), history, alembic_command(project))
        scene = _unperformed(project, history, snapshot, scope)
        scene = _beside_the_lock(scene, settings)
        expect_revisions(settings.waive, scene)
        performed, maker = _performed(project, settings, pool, scene, tell, life)
        held = Held(
            performed.scene,
            performed.acts,
            maker.server if maker else None,
            seconds=time.perf_counter() - begun,
            cores=cores(),
            waive=settings.waive,
            fails_on_applied=all_fail,
            interrupted=performed.interrupted,
            fingerprint=history_fingerprint(history),
            version=__version__,
        )
        if maker:
            _keep_failed(held, maker, tell)
        yield Rehearsal(report_on(held), connectable_databases(maker.databases) if maker else ())


def _beside_the_lock(scene: Evidence, settings: Settings) -> Evidence:
    """The scene with what the lock file has otherwise, where there is one."""
    history = scene.history
    if history.problem is not None:
        return replace(scene, skipped={**scene.skipped, LockCompared: "the history does not load"})
    lock = read_lock(settings.lock_path)
    if lock is None:
        why = f"there is no {settings.lock_path.name}: `rehearsal lock` writes one"
        return replace(scene, skipped={**scene.skipped, LockCompared: why})
    stamp = scene.snapshot.provenance.revisions if scene.snapshot else ()
    meanings = {each.id: meaning_of(each.path) for each in history.revisions}
    compared = LockCompared(settings.lock_path, edits(lock, history, meanings, stamp), lock.major)
    return replace(scene, facts={**scene.facts, LockCompared: compared})


def _performed(
    project: Project,
    settings: Settings,
    pool: ChildPool,
    scene: Evidence,
    tell: Tell,
    life: ExitStack,
) -> tuple[Performed, Maker | None]:
    """Everything that was asked for, done, on a server that lives as long as `life`."""
    if scene.history.problem is not None or not scene.history.revisions:
        return Performed(scene, ()), None
    own = share(EXPERIMENTS, facts_for(scene.scope), scene.scope.shard)
    scene = replace(scene, elsewhere=own.elsewhere)
    if not own.experiments:
        return Performed(scene, ()), None
    return perform_on_stage(own.experiments, Setup(project, settings, pool, scene, tell), life)


def _keep_failed(held: Held, maker: Maker, tell: Tell) -> None:
    """Where the server stays, so does a database on which an upgrade failed."""
    for walked in held.ways_up:
        if walked.failure is not None and not maker.server.throwaway:
            maker.keep(walked.database)
            tell(f"kept: {walked.database.masked}")


def _unperformed(
    project: Project, history: History, snapshot: Snapshot | None, scope: Scope
) -> Evidence:
    """The scene before any act: what was read is known, what is to be run is not."""
    facts: dict[type, object] = {}
    skipped: dict[type, str] = {}
    if history.problem is None:
        facts[Loaded] = Loaded(history)
    if snapshot is not None:
        facts[SnapshotRead] = SnapshotRead(snapshot)
    else:
        skipped[SnapshotRead] = "no snapshot: production is unknown"
    if history.problem is not None or not history.revisions:
        why = "the history does not load" if history.problem else "the history has no revision"
        skipped |= {Loaded: why, **{each.makes: why for each in EXPERIMENTS}}
    return Evidence(
        history,
        snapshot,
        applied=history.up_to(snapshot.provenance.revisions) if snapshot else frozenset(),
        facts=facts,
        skipped=skipped,
        config_option=config_option(project.config),
        alembic=alembic_command(project),
        scope=scope,
        is_whole=not scope.is_shard,
    )
