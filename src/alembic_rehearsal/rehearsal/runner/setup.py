"""The server and the databases of a rehearsal, and its experiments performed on them.

Where migrations change what a whole server shares, roles above all, each database gets a
server of its own.  What comes of the experiments is not looked at here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace

from alembic_rehearsal.building.bootstrap import bootstrap
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
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, SnapshotRead
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment, Origin, Tell
from alembic_rehearsal.rehearsal.runner.scheduler import Performed, nothing_performed, perform
from alembic_rehearsal.snapshot.files import wanted
from alembic_rehearsal.snapshot.restore import restore

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
    scene: Evidence
    tell: Tell


def perform_on_stage(
    experiments: Sequence[Experiment], staging: Setup, life: ExitStack
) -> tuple[Performed, Maker | None]:
    """Perform the experiments on databases that live as long as `life`.

    Once more where migrations turn out to change what a server shares although their source
    does not show it: they have disturbed each other.
    """
    wide = _cluster_wide(staging)
    try:
        return _performed(experiments, staging, wide, life)
    except _Disturbed:
        staging.tell("migrations change roles, which databases of a server share: once more")
    life.close()
    if staging.pool.is_closed:  # an act that broke has ended it
        pool = life.enter_context(open_pool(staging.project, cores()))
        staging = replace(staging, pool=pool)
    every = frozenset(each.id for each in staging.scene.history.revisions)
    return _performed(experiments, staging, every, life)


class _Disturbed(Exception):
    """Experiments have changed what databases of a server share: what they saw says nothing."""


def _performed(
    experiments: Sequence[Experiment], staging: Setup, wide: frozenset[str], life: ExitStack
) -> tuple[Performed, Maker | None]:
    """The experiments.  Raises `_Disturbed` where they have turned out to disturb each other.

    Ctrl-C before the first of them: then there is nothing but that.
    """
    try:
        stage, maker = life.enter_context(_stage(staging, wide))
        watch = None if wide else _Watch(maker.server)
    except KeyboardInterrupt:
        return nothing_performed(experiments, staging.scene), None
    try:
        performed = perform(experiments, stage, staging.scene)
    except Exception as error:
        if watch and watch.has_changed(staging):
            raise _Disturbed from error
        raise
    if watch is None or performed.interrupted:
        return performed, maker
    if watch.has_changed(staging) or _met_a_role(performed.scene):
        raise _Disturbed
    return performed, maker


def _met_a_role(scene: Evidence) -> bool:
    """Whether an upgrade could not make a role: the restored snapshot may have needed it, too."""
    return any(
        each.failure is not None
        and each.failure.sqlstate == DUPLICATE_OBJECT
        and each.failure.message.startswith('role "')
        for each in scene.ways_up.values()
    )


class _Watch:
    """What a server's databases shared at one moment, and whether that has changed since."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._changes = count_shared_changes(server)
        self._roles = role_names(server)

    def has_changed(self, staging: Setup) -> bool:
        """Whether it was changed; which roles that has left on a lent server is told."""
        made = role_names(self._server) - self._roles
        if made and not self._server.throwaway:
            staging.tell(f"left on {self._server.host}: the roles {', '.join(sorted(made))}")
        snapshot = staging.scene.snapshot
        placeholders = [each for each in made if snapshot and each in snapshot.sql]
        return count_shared_changes(self._server) - self._changes > len(placeholders)


def _cluster_wide(staging: Setup) -> frozenset[str]:
    """The revisions to run whose source changes what a whole server shares."""
    scene, replayable = staging.scene, staging.settings.replayable
    return frozenset(
        each.id
        for each in scene.history.revisions
        if each.cluster_wide and (replayable or scene.is_pending(each.id))
    )


@contextmanager
def _stage(staging: Setup, wide: frozenset[str]) -> Iterator[tuple[Context, Maker]]:
    """A throwaway server with the project on it; with `wide` revisions, one for each database.

    On a lent server those revisions are barred: it cannot be had twice.
    """
    scene = staging.scene
    with _server(staging, staging.tell) as server, ExitStack() as life:
        staging.tell(f"PostgreSQL {server.version} ({server.origin})")
        apart = bool(wide) and server.throwaway
        maker: Maker
        if apart:
            staging.tell("each database has a server of its own: migrations change roles")
            maker = life.enter_context(_lineages(staging, server))
        else:
            maker = life.enter_context(database_maker(server))
        origin = _origin(staging, maker)
        stage = Context(
            staging.settings,
            scene.history,
            staging.pool,
            maker,
            staging.tell,
            cores=min(cores(), SERVERS_AT_ONCE) if apart else cores(),
            scope=scene.scope,
            barred=frozenset() if apart else wide,
            origin=origin,
        )
        yield stage, maker


def _origin(staging: Setup, maker: Maker) -> Origin:
    """What the settings' bootstrap makes of an empty database; Alembic says where that stands."""
    settings, history = staging.settings, staging.scene.history
    if not settings.bootstrap or not settings.replayable:
        return Origin()
    staging.tell(f"bootstrap: {settings.bootstrap}")
    database = maker(BOOTSTRAP)
    bootstrap(settings.bootstrap, staging.project, database)
    try:
        with staging.pool.open_walk(database) as walk:
            stamp, pending = walk.configuration.heads, walk.plan()
    except StepFailed as stopped:
        raise BootstrapFailed(f"after the bootstrap, {stopped.failure.full_message}") from stopped
    seal_template(database)
    done = frozenset(each.id for each in history.revisions) - frozenset(pending)
    return Origin(database, stamp, done)


def _lineages(staging: Setup, server: Server) -> AbstractContextManager[ServerPerDatabase]:
    def refill(template: Database, database: Database) -> None:
        if read_marker(template) == f"{MARKER} {BOOTSTRAP}":
            bootstrap(staging.settings.bootstrap, staging.project, database)
        else:
            restore(staging.scene.fact(SnapshotRead).snapshot, database, make_roles=True)

    return server_per_database(server, lambda: _server(staging, lambda _: None), refill)


@contextmanager
def _server(staging: Setup, tell: Tell) -> Iterator[Server]:
    settings, scene = staging.settings, staging.scene
    asked = scene.scope.postgres
    needs = wanted(asked or settings.postgres, scene.snapshot)
    with throwaway_server(
        settings.server, needs, disposable=settings.disposable, tell=tell
    ) as server:
        yield replace(server, note=_note(server, asked, scene)) if asked else server


def _note(server: Server, asked: int, scene: Evidence) -> str:
    """What is to be said of a server of a major that somebody asked for, else ""."""
    if server.major != asked:
        return f"PostgreSQL {asked} was asked for; this ran on {server.major} ({server.origin})."
    return parity_note(
        server.major, server.origin, scene.snapshot.needs if scene.snapshot else ServerNeeds()
    )
