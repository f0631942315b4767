"""Opens the server and the databases of a rehearsal, and runs its experiments on them.

Where migrations change what all databases of a server share, roles above all, each database
gets a server of its own.  Nothing here judges what the experiments return.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace

from alembic_rehearsal.building.fill import fill_database
from alembic_rehearsal.building.start import (
    Bootstrap,
    FromSnapshot,
    HistoryStart,
    start_without_snapshot,
)
from alembic_rehearsal.core.postgres.databases import (
    MARKER,
    DatabaseMaker,
    database_maker,
    read_marker,
    seal_template,
)
from alembic_rehearsal.core.postgres.server_per_database import (
    ServerPerDatabase,
    server_per_database,
)
from alembic_rehearsal.core.postgres.servers.parity import parity_note
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.pool import ChildPool, open_pool
from alembic_rehearsal.core.settings.environment import cores
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database, Server, ServerNeeds
from alembic_rehearsal.core.values.errors import BootstrapFailed
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, LoadedSnapshot
from alembic_rehearsal.rehearsal.runner.context import BootstrapResult, Context, Experiment
from alembic_rehearsal.rehearsal.runner.scheduler import (
    RunnerResult,
    interrupted_result,
    run_experiments,
)
from alembic_rehearsal.rehearsal.runner.shared_state import SharedState, find_placeholders
from alembic_rehearsal.snapshot.files import server_needs

DUPLICATE_OBJECT = "42710"  # PostgreSQL manual, Error Codes
BOOTSTRAP = "bootstrap"  # the purpose of the bootstrapped database
SERVERS_AT_ONCE = 4  # walks of one experiment at once, where each has a server of its own

Maker = DatabaseMaker | ServerPerDatabase


@dataclass(frozen=True, slots=True)
class Setup:
    """What the context of a rehearsal is made of."""

    project: Project
    settings: Settings
    pool: ChildPool
    evidence: Evidence
    tell: Tell


@contextmanager
def set_up_and_run(
    experiments: Sequence[Experiment], setup: Setup
) -> Iterator[tuple[RunnerResult, Maker | None]]:
    """Run the experiments; their databases exist until the end of the block.

    Runs them a second time, with a server for each database, where migrations turn out to change
    what databases of a server share although their source does not show it: the experiments of
    the first run have disturbed each other.
    """
    with ExitStack() as stack:
        cluster_wide = _cluster_wide_revisions(setup)
        try:
            result = stack.enter_context(_run_once(experiments, setup, cluster_wide))
        except _SharedStateChanged:
            setup.tell("migrations change roles, which databases of a server share: once more")
            if setup.pool.is_closed:  # an experiment that broke has closed it
                pool = stack.enter_context(open_pool(setup.project, cores()))
                setup = replace(setup, pool=pool)
            every = frozenset(each.id for each in setup.evidence.history.revisions)
            result = stack.enter_context(_run_once(experiments, setup, every))
        yield result


class _SharedStateChanged(Exception):
    """Experiments have changed what databases of a server share: their facts are worthless."""


@contextmanager
def _run_once(
    experiments: Sequence[Experiment], setup: Setup, cluster_wide: frozenset[str]
) -> Iterator[tuple[RunnerResult, Maker | None]]:
    """Run the experiments; Ctrl-C before the first of them gives a result without any fact.

    Raises `_SharedStateChanged` where the experiments have disturbed each other.
    """
    with ExitStack() as stack:
        try:
            context, maker = stack.enter_context(_open_context(setup, cluster_wide))
            shared = None if cluster_wide else SharedState(maker.server)
        except KeyboardInterrupt:
            yield interrupted_result(experiments, setup.evidence), None
            return
        yield _run_undisturbed(experiments, setup, context, shared), maker


def _run_undisturbed(
    experiments: Sequence[Experiment],
    setup: Setup,
    context: Context,
    shared: SharedState | None,
) -> RunnerResult:
    """Run the experiments; raises `_SharedStateChanged` where they changed the `shared` state."""
    try:
        result = run_experiments(experiments, context, setup.evidence)
    except Exception as error:
        if shared and _has_changed(shared, setup):
            raise _SharedStateChanged from error
        raise
    if shared is None or result.interrupted:
        return result
    if _has_changed(shared, setup) or _has_role_conflict(result.evidence):
        raise _SharedStateChanged
    return result


def _has_changed(shared: SharedState, setup: Setup) -> bool:
    """Whether migrations changed the shared state; reports roles that stay on the server."""
    new_roles = shared.new_roles()
    _tell_left_roles(new_roles, shared.server, setup)
    return shared.has_changed(find_placeholders(new_roles, setup.evidence.snapshot))


def _has_role_conflict(evidence: Evidence) -> bool:
    """Whether an upgrade could not make a role because the role was there already.

    The restored snapshot may have needed the same role.
    """
    return any(
        each.failure is not None
        and each.failure.sqlstate == DUPLICATE_OBJECT
        and each.failure.message.startswith('role "')
        for each in evidence.upgrades.values()
    )


def _tell_left_roles(new_roles: frozenset[str], server: Server, setup: Setup) -> None:
    """Say which new roles stay on a server that was given by URL."""
    if new_roles and not server.throwaway:
        setup.tell(f"left on {server.host}: the roles {', '.join(sorted(new_roles))}")


def _cluster_wide_revisions(setup: Setup) -> frozenset[str]:
    """The revisions to run whose source changes what a whole server shares."""
    evidence, start = setup.evidence, start_without_snapshot(setup.settings)
    return frozenset(
        each.id
        for each in evidence.history.revisions
        if each.cluster_wide and (start is not None or evidence.is_pending(each.id))
    )


@contextmanager
def _open_context(setup: Setup, cluster_wide: frozenset[str]) -> Iterator[tuple[Context, Maker]]:
    """A server, a maker of databases on it, and the context for experiments.

    With `cluster_wide` revisions each database gets a throwaway server of its own.  On a server
    that was given by URL those revisions are forbidden: there is only one such server.
    """
    evidence = setup.evidence
    with _open_server(setup, setup.tell) as server, ExitStack() as stack:
        setup.tell(f"PostgreSQL {server.version} ({server.origin})")
        is_split = bool(cluster_wide) and server.throwaway
        maker: Maker
        if is_split:
            setup.tell("each database has a server of its own: migrations change roles")
            maker = stack.enter_context(_open_server_per_database(setup, server))
        else:
            maker = stack.enter_context(database_maker(server))
        bootstrap = _run_bootstrap(setup, maker)
        context = Context(
            setup.settings,
            evidence.history,
            setup.pool,
            maker,
            setup.tell,
            cores=min(cores(), SERVERS_AT_ONCE) if is_split else cores(),
            scope=evidence.scope,
            forbidden=frozenset() if is_split else cluster_wide,
            bootstrap=bootstrap,
        )
        yield context, maker


def _run_bootstrap(setup: Setup, maker: Maker) -> BootstrapResult:
    """What the settings' bootstrap makes of an empty database; Alembic says where that stands."""
    start, history = start_without_snapshot(setup.settings), setup.evidence.history
    if not isinstance(start, Bootstrap):
        return BootstrapResult()
    setup.tell(f"bootstrap: {start.source}")
    database = maker(BOOTSTRAP)
    fill_database(database, start, setup.project)
    try:
        with setup.pool.open_walk(database) as walk:
            stamp, pending = walk.configuration.heads, walk.plan()
    except StepFailed as stopped:
        raise BootstrapFailed(f"after the bootstrap, {stopped.failure.full_message}") from stopped
    seal_template(database)
    applied = frozenset(each.id for each in history.revisions) - frozenset(pending)
    return BootstrapResult(database, stamp, applied)


def _open_server_per_database(
    setup: Setup, server: Server
) -> AbstractContextManager[ServerPerDatabase]:
    def refill(template: Database, database: Database) -> None:
        start: HistoryStart = FromSnapshot(setup.evidence.fact(LoadedSnapshot).snapshot)
        if read_marker(template) == f"{MARKER} {BOOTSTRAP}":
            start = Bootstrap(setup.settings.bootstrap)
        fill_database(database, start, setup.project)

    return server_per_database(server, lambda: _open_server(setup, lambda _: None), refill)


@contextmanager
def _open_server(setup: Setup, tell: Tell) -> Iterator[Server]:
    settings, evidence = setup.settings, setup.evidence
    major = evidence.scope.postgres
    needs = server_needs(major or settings.postgres, evidence.snapshot)
    with throwaway_server(
        settings.server, needs, disposable=settings.disposable, tell=tell
    ) as server:
        yield replace(server, note=_server_note(server, major, evidence)) if major else server


def _server_note(server: Server, major: int, evidence: Evidence) -> str:
    """The report's note on a server where `major` was asked for, "" for none."""
    if server.major != major:
        return f"PostgreSQL {major} was asked for; this ran on {server.major} ({server.origin})."
    return parity_note(
        server.major, server.origin, evidence.snapshot.needs if evidence.snapshot else ServerNeeds()
    )
