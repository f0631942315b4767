"""One rehearsal from start to finish: read the project, run the experiments, judge the facts.

This module has only the order of the steps; each step is in a module of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from alembic_rehearsal import __version__
from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.history.source_hash import hash_source
from alembic_rehearsal.core.postgres.databases import connectable_databases
from alembic_rehearsal.core.project.history import history_fingerprint, read_history
from alembic_rehearsal.core.project.pool import open_pool
from alembic_rehearsal.core.settings.environment import cores
from alembic_rehearsal.core.settings.values import Settings, alembic_command, config_option
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.lockfile.edits import find_edits
from alembic_rehearsal.lockfile.files import read_lock
from alembic_rehearsal.rehearsal.experiments.all_experiments import EXPERIMENTS
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, LoadedHistory, LoadedSnapshot
from alembic_rehearsal.rehearsal.facts.lockfile import LockComparison
from alembic_rehearsal.rehearsal.facts.report import RehearsalRun, Report
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.judging.judge import build_report
from alembic_rehearsal.rehearsal.judging.selection import facts_for, resolve_since
from alembic_rehearsal.rehearsal.judging.waivers import expect_known_checks, expect_known_revisions
from alembic_rehearsal.rehearsal.runner.scheduler import RunnerResult
from alembic_rehearsal.rehearsal.runner.setup import Maker, Setup, set_up_and_run
from alembic_rehearsal.rehearsal.runner.sharding import plan_shard
from alembic_rehearsal.snapshot.files import read_snapshot
from alembic_rehearsal.snapshot.values import Snapshot


@dataclass(frozen=True, slots=True)
class RehearsalResult:
    """The report of a rehearsal, and the databases that can be connected to until it is closed."""

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
) -> Iterator[RehearsalResult]:
    """Run one rehearsal; in the block the report is ready and the databases still exist.

    `tell` gets a line for each step that takes time.  `all_fail` makes findings on
    revisions that production has applied fail the run as well.  `scope` is the part of the
    rehearsal that is asked for, by default everything.

    Afterwards server and databases are gone, with one exception: on a server that was given by
    URL, a database on which an upgrade failed is kept, and `tell` gets its masked URL.

    Ctrl-C stops the experiments, and the report has what is known by then.  Raises
    `RehearsalError` where the rehearsal cannot run at all; faults of the history or the schema
    are in the report.
    """
    begun = time.perf_counter()
    expect_known_checks(settings.waive)
    snapshot = read_snapshot(settings.snapshot) if settings.snapshot else None
    with open_pool(project, cores()) as pool:
        with pool.borrow_child() as child:
            history = read_history(child)
        scope = resolve_since(scope or Scope(), history, alembic_command(project))
        evidence = _initial_evidence(project, history, snapshot, scope)
        evidence = _with_lock_comparison(evidence, settings)
        expect_known_revisions(settings.waive, evidence)
        setup = Setup(project, settings, pool, evidence, tell)
        with _run_experiments(setup) as (outcome, maker):
            run = RehearsalRun(
                outcome.evidence,
                outcome.results,
                maker.server if maker else None,
                seconds=time.perf_counter() - begun,
                cores=cores(),
                waivers=settings.waive,
                fails_on_applied=all_fail,
                interrupted=outcome.interrupted,
                fingerprint=history_fingerprint(history),
                version=__version__,
            )
            if maker:
                _keep_failed_databases(run, maker, tell)
            yield RehearsalResult(
                build_report(run), connectable_databases(maker.databases) if maker else ()
            )


def _with_lock_comparison(evidence: Evidence, settings: Settings) -> Evidence:
    """The evidence with the comparison with the lock file, or with the reason why it is missing."""
    history = evidence.history
    if history.problem is not None:
        return replace(
            evidence, skipped={**evidence.skipped, LockComparison: "the history does not load"}
        )
    lock = read_lock(settings.lock_path)
    if lock is None:
        why = f"there is no {settings.lock_path.name}: `rehearsal lock` writes one"
        return replace(evidence, skipped={**evidence.skipped, LockComparison: why})
    stamp = evidence.snapshot.provenance.revisions if evidence.snapshot else ()
    hashes = {each.id: hash_source(each.path) for each in history.revisions}
    compared = LockComparison(
        settings.lock_path, find_edits(lock, history, hashes, stamp), lock.major
    )
    return replace(evidence, facts={**evidence.facts, LockComparison: compared})


@contextmanager
def _run_experiments(setup: Setup) -> Iterator[tuple[RunnerResult, Maker | None]]:
    """Run all that was asked for; the databases live until the end of the block."""
    evidence = setup.evidence
    if evidence.history.problem is not None or not evidence.history.revisions:
        yield RunnerResult(evidence, ()), None
        return
    own = plan_shard(EXPERIMENTS, facts_for(evidence.scope), evidence.scope.shard)
    evidence = replace(evidence, other_shard_facts=own.other_shard_facts)
    if not own.experiments:
        yield RunnerResult(evidence, ()), None
        return
    with set_up_and_run(own.experiments, replace(setup, evidence=evidence)) as result:
        yield result


def _keep_failed_databases(run: RehearsalRun, maker: Maker, tell: Tell) -> None:
    """Keep the databases on which an upgrade failed, where the server is not throwaway."""
    for upgrade in run.upgrades:
        if upgrade.failure is not None and not maker.server.throwaway:
            maker.keep(upgrade.database)
            tell(f"kept: {upgrade.database.masked}")


def _initial_evidence(
    project: Project, history: History, snapshot: Snapshot | None, scope: Scope
) -> Evidence:
    """The evidence before any experiment: the history and the snapshot."""
    facts: dict[type, object] = {}
    skipped: dict[type, str] = {}
    if history.problem is None:
        facts[LoadedHistory] = LoadedHistory(history)
    if snapshot is not None:
        facts[LoadedSnapshot] = LoadedSnapshot(snapshot)
    else:
        skipped[LoadedSnapshot] = "no snapshot: production is unknown"
    if history.problem is not None or not history.revisions:
        why = "the history does not load" if history.problem else "the history has no revision"
        skipped |= {LoadedHistory: why, **{each.makes: why for each in EXPERIMENTS}}
    return Evidence(
        history,
        snapshot,
        applied=history.up_to(snapshot.provenance.revisions) if snapshot else frozenset(),
        facts=facts,
        skipped=skipped,
        config_option=config_option(project.config),
        alembic=alembic_command(project),
        scope=scope,
        is_complete=not scope.is_shard,
    )
