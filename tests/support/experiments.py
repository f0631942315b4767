"""A runner context for tests of single experiments: real interpreters, a real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from alembic_rehearsal.core.postgres.databases import DatabaseFactory, DatabaseMaker, database_maker
from alembic_rehearsal.core.project.history import read_history
from alembic_rehearsal.core.project.pool import open_pool
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.rehearsal.experiments.upgrade import (
    RESTORED_SNAPSHOT,
    UPGRADE_FROM_EMPTY,
    UPGRADE_FROM_SNAPSHOT,
)
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, LoadedHistory, LoadedSnapshot
from alembic_rehearsal.rehearsal.facts.findings import Finding
from alembic_rehearsal.rehearsal.facts.lockfile import LockComparison
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.judging.grouping import group_findings
from alembic_rehearsal.rehearsal.judging.judge import judge
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment
from alembic_rehearsal.rehearsal.runner.scheduler import RunnerResult, run_experiments
from alembic_rehearsal.snapshot.values import Snapshot

WAYS_UP = (UPGRADE_FROM_EMPTY, RESTORED_SNAPSHOT, UPGRADE_FROM_SNAPSHOT)


def databases_on(server: Server) -> AbstractContextManager[DatabaseMaker]:
    """A maker of databases that are dropped when the block ends; other tests share the server."""
    return database_maker(replace(server, throwaway=False))


@contextmanager
def open_context(
    project: Project,
    maker: AbstractContextManager[DatabaseFactory],
    snapshot: Snapshot | None = None,
    *,
    cores: int = 2,
    scope: Scope | None = None,
    **settings: object,
) -> Iterator[tuple[Context, Evidence]]:
    """The context and the evidence before any experiment; `settings` are fields of `Settings`."""
    scope = scope or Scope()
    with open_pool(project, cores) as pool, maker as make:
        with pool.borrow_child() as child:
            history = read_history(child)
        known = Settings(project.config, **settings)  # type: ignore[arg-type]
        context = Context(known, history, pool, make, lambda _: None, cores=cores, scope=scope)
        applied = history.up_to(snapshot.provenance.revisions) if snapshot else frozenset[str]()
        read: dict[type, object] = {LoadedHistory: LoadedHistory(history)}
        if snapshot is not None:
            read[LoadedSnapshot] = LoadedSnapshot(snapshot)
        skipped: dict[type, str] = {LoadedSnapshot: "none", LockComparison: "none"}
        yield (
            context,
            Evidence(history, snapshot, applied, facts=read, skipped=skipped, scope=scope),
        )


def run_on_project(
    project: Project,
    server: Server,
    *experiments: Experiment,
    snapshot: Snapshot | None = None,
    cores: int = 2,
    scope: Scope | None = None,
    **settings: object,
) -> RunnerResult:
    """Run these experiments on a project, as a rehearsal does."""
    made = databases_on(server)
    with open_context(project, made, snapshot, cores=cores, scope=scope, **settings) as (
        context,
        evidence,
    ):
        return run_experiments(experiments, context, evidence)


def reported(found: RunnerResult) -> list[tuple[str, str]]:
    """Code and revision of every finding on these results, in the order of the report."""
    return [(each.code, each.revision) for each in findings(found)]


def findings(found: RunnerResult) -> tuple[Finding, ...]:
    return judge(found.evidence)[0]


def found(code: str, evidence: Evidence) -> list[Finding]:
    """The findings of one check, grouped as in a report."""
    return [each for each in group_findings(judge(evidence)[0]) if each.code == code]
