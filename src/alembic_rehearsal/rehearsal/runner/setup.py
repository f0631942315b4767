"""The server and the databases of a rehearsal, and its experiments performed on them.

Where migrations change what a whole server shares, roles above all, each database gets a
server of its own.  What comes of the experiments is not looked at here.
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
from alembic_rehearsal.core.postgres.shared_catalogs import count_shared_changes, role_names
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.pool import ChildPool, open_pool
from alembic_rehearsal.core.settings.environment import cores
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database, Server, ServerNeeds
from alembic_rehearsal.core.values.errors import BootstrapFailed
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, LoadedSnapshot
from alembic_rehearsal.rehearsal.runner.context import BootstrapResult, Context, Experiment, Tell
from alembic_rehearsal.rehearsal.runner.scheduler import (
    RunnerResult,
    interrupted_result,
    run_experiments,
)
from alembic_rehearsal.snapshot.files import server_needs

DUPLICATE_OBJECT = "42710"  # PostgreSQL manual, Error Codes
BOOTSTRAP = "bootstrap"  # the purpose of the database that has it
SERVERS_AT_ONCE = 4  # walks of one act, where each of them has a server of its own

Maker = DatabaseMaker | ServerPerDatabase


@dataclass(frozen=True, slots=True)
class Setup:
    """What every stage of one rehearsal is made of."""

    project: Project
    settings: Settings
    pool: ChildPool
    evidence: Evidence
    tell: Tell


def set_up_and_run(
    experiments: Sequence[Experiment], setup: Setup, stack: ExitStack
) -> tuple[RunnerResult, Maker | None]:
    """Perform the experiments on databases that live as long as `life`.

    Once more where migrations turn out to change what a server shares although their source
    does not show it: they have disturbed each other.
    """
    wide = _cluster_wide_revisions(setup)
    try:
        return _run_once(experiments, setup, wide, stack)
    except _SharedStateChanged:
        setup.tell("migrations change roles, which databases of a server share: once more")
    stack.close()
    if setup.pool.is_closed:  # an act that broke has ended it
        pool = stack.enter_context(open_pool(setup.project, cores()))
        setup = replace(setup, pool=pool)
    every = frozenset(each.id for each in setup.evidence.history.revisions)
    return _run_once(experiments, setup, every, stack)


class _SharedStateChanged(Exception):
    """Experiments have changed what databases of a server share: what they saw says nothing."""


def _run_once(
    experiments: Sequence[Experiment], setup: Setup, wide: frozenset[str], stack: ExitStack
) -> tuple[RunnerResult, Maker | None]:
    """The experiments.  Raises `_SharedStateChanged` where they have turned out to disturb each other.

    Ctrl-C before the first of them: then there is nothing but that.
    """
    try:
        context, maker = stack.enter_context(_open_context(setup, wide))
        shared = None if wide else _SharedState(maker.server)
    except KeyboardInterrupt:
        return interrupted_result(experiments, setup.evidence), None
    try:
        performed = run_experiments(experiments, context, setup.evidence)
    except Exception as error:
        if shared and shared.has_changed(setup):
            raise _SharedStateChanged from error
        raise
    if shared is None or performed.interrupted:
        return performed, maker
    if shared.has_changed(setup) or _has_role_conflict(performed.evidence):
        raise _SharedStateChanged
    return performed, maker


def _has_role_conflict(evidence: Evidence) -> bool:
    """Whether an upgrade could not make a role: the restored snapshot may have needed it, too."""
    return any(
        each.failure is not None
        and each.failure.sqlstate == DUPLICATE_OBJECT
        and each.failure.message.startswith('role "')
        for each in evidence.upgrades.values()
    )


class _SharedState:
    """What a server's databases shared at one moment, and whether that has changed since."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._changes = count_shared_changes(server)
        self._roles = role_names(server)

    def has_changed(self, setup: Setup) -> bool:
        """Whether it was changed; which roles that has left on a lent server is told."""
        new_roles = role_names(self._server) - self._roles
        if new_roles and not self._server.throwaway:
            setup.tell(f"left on {self._server.host}: the roles {', '.join(sorted(new_roles))}")
        snapshot = setup.evidence.snapshot
        placeholders = [each for each in new_roles if snapshot and each in snapshot.sql]
        return count_shared_changes(self._server) - self._changes > len(placeholders)


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
    """A throwaway server with the project on it; with `wide` revisions, one for each database.

    On a lent server those revisions are barred: it cannot be had twice.
    """
    evidence = setup.evidence
    with _open_server(setup, setup.tell) as server, ExitStack() as life:
        setup.tell(f"PostgreSQL {server.version} ({server.origin})")
        is_split = bool(cluster_wide) and server.throwaway
        maker: Maker
        if is_split:
            setup.tell("each database has a server of its own: migrations change roles")
            maker = life.enter_context(_open_server_per_database(setup, server))
        else:
            maker = life.enter_context(database_maker(server))
        origin = _run_bootstrap(setup, maker)
        context = Context(
            setup.settings,
            evidence.history,
            setup.pool,
            maker,
            setup.tell,
            cores=min(cores(), SERVERS_AT_ONCE) if is_split else cores(),
            scope=evidence.scope,
            forbidden=frozenset() if is_split else cluster_wide,
            bootstrap=origin,
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
    done = frozenset(each.id for each in history.revisions) - frozenset(pending)
    return BootstrapResult(database, stamp, done)


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
    """What is to be said of a server of a major that somebody asked for, else ""."""
    if server.major != major:
        return f"PostgreSQL {major} was asked for; this ran on {server.major} ({server.origin})."
    return parity_note(
        server.major, server.origin, evidence.snapshot.needs if evidence.snapshot else ServerNeeds()
    )
