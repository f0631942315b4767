"""Databases built on a throwaway server from a snapshot, a revision or the models.

Each is a database of its own, which is dropped with the server.  Reading and comparing them is
left to the callers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from alembic_rehearsal.building.fill import fill_database
from alembic_rehearsal.building.start import (
    FromSnapshot,
    HistoryStart,
    choose_start,
    start_without_snapshot,
)
from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.postgres.databases import DatabaseFactory, database_maker
from alembic_rehearsal.core.postgres.server_per_database import server_per_database
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.history import read_loaded_history
from alembic_rehearsal.core.project.host import Child, open_project
from alembic_rehearsal.core.project.upgrade import (
    open_walk,
    read_committed_stamp,
    run_pending,
    version_table_name,
)
from alembic_rehearsal.core.project.walk import Walk
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.core.schema.read import read_without_version_table
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database, Server, ServerNeeds
from alembic_rehearsal.core.values.did_you_mean import did_you_mean
from alembic_rehearsal.core.values.errors import ToolFailed, UsageError
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.snapshot.files import read_snapshot
from alembic_rehearsal.snapshot.restore import restore
from alembic_rehearsal.snapshot.values import Snapshot

MODELS = "models"
HEAD = "head"
HistoryReader = Callable[[Child], History]


@dataclass(frozen=True, slots=True)
class Builder:
    """A project and a throwaway server on which databases are built from it.

    `child` is the project's interpreter, `history` what it has read.  `make` makes an empty
    database for a named purpose; if migrations change roles, each is on a server of its own.
    """

    project: Project
    settings: Settings
    server: Server
    child: Child
    history: History
    make: DatabaseFactory
    _configured: list[str] = field(default_factory=list)

    @property
    def version_table(self) -> str:
        """The name from env.py if it has run, else the one in the settings; "" for neither."""
        return self._configured[-1] if self._configured else self.settings.version_table

    def read_schema(self, database: Database) -> Picture:
        """The picture of a database without this project's version table."""
        return read_without_version_table(database, version_table=self.version_table)

    def restore(self, snapshot: Snapshot) -> Database:
        """A database with a snapshot's schema and stamp.  Raises what `snapshot.restore` raises."""
        database = self.make("snapshot")
        restore(snapshot, database, make_roles=database.server.ours)
        return database

    def build_at(self, *destinations: str) -> Database:
        """A database that is upgraded to these revisions; without any, it is not upgraded.

        It starts as rehearsals do: empty, bootstrapped, or, if the history is not replayable,
        from the snapshot.  Raises `UsageError` for a destination that Alembic cannot reach,
        `ToolFailed` if a revision fails, and `Refused` for a revision older than the snapshot.
        """
        database = self.build_start(*destinations)
        self.upgrade(database, *destinations)
        return database

    def upgrade(self, database: Database, *destinations: str) -> tuple[str, ...]:
        """Upgrade a throwaway database to these revisions, and return its stamp afterwards.

        Raises `UsageError` and `ToolFailed` as `build_at` does.
        """
        try:
            with open_walk(self.child, database) as walk:
                for each in destinations:
                    self._expect_reachable(walk, each)
                    run_pending(walk, [], lambda step: None, destination=each)
                opened = walk.configuration
                self._configured[:] = [version_table_name(opened)]
        except StepFailed as stopped:
            where = ", ".join(destinations)
            raise ToolFailed(
                f"{where} cannot be built: {stopped.what}", why=stopped.why
            ) from stopped
        return read_committed_stamp(database, opened)

    def build_from_models(self) -> Database:
        """A database with what `target_metadata` describes, without Alembic's version table.

        Raises `UsageError` if env.py gives no `target_metadata`, `ToolFailed` if building fails.
        """
        database = self.make(MODELS)
        try:
            with open_walk(self.child, database) as walk:
                if not walk.configuration.has_target_metadata:
                    raise UsageError(
                        "env.py gives Alembic no target_metadata: there are no models."
                    )
                walk.create_all()
        except StepFailed as stopped:
            raise ToolFailed(
                f"{MODELS} cannot be built: {stopped.what}", why=stopped.why
            ) from stopped
        return database

    def build_start(self, *destinations: str) -> Database:
        """A database where the history begins, on the way to these revisions; see `build_at`."""
        start = expect_start(self.settings, self.history, destinations)
        purpose = " ".join(destinations) or "empty"
        database = self.make("snapshot" if isinstance(start, FromSnapshot) else purpose)
        fill_database(database, start, self.project)
        return database

    def _expect_reachable(self, walk: Walk, text: str) -> None:
        """Raise `UsageError` for a destination that Alembic cannot reach, such as a typo."""
        try:
            walk.plan(text)
        except StepFailed as stopped:
            known = (MODELS, HEAD, *(each.id for each in self.history.revisions))
            if text in known:
                raise
            raise UsageError(
                f"{text!r} is no URL, no snapshot, not models, and no revision of this history"
                f"{did_you_mean(text, known)}.",
                why=stopped.what,
            ) from stopped


def expect_start(
    settings: Settings, history: History, destinations: tuple[str, ...]
) -> HistoryStart:
    """Where a builder begins on the way to these revisions; raises what `choose_start` raises."""
    needs_snapshot = start_without_snapshot(settings) is None
    snapshot = read_snapshot(settings.snapshot) if needs_snapshot and settings.snapshot else None
    return choose_start(settings, snapshot, history, destinations)


@contextmanager
def open_builder(
    project: Project,
    settings: Settings,
    needs: ServerNeeds,
    *,
    tell: Tell,
    separate_servers: bool = True,
    read: HistoryReader = read_loaded_history,
) -> Iterator[Builder]:
    """A builder on a server that meets `needs`; its databases are dropped after the block.

    Databases that migrations build get separate servers if the migrations change roles, because
    roles belong to the whole server.  `separate_servers=False` keeps all on one server: for
    callers that build only one database by migrations.

    `read` reads the history, and raises for one that the caller cannot use, before a server is
    started.  Raises what that, starting a server and opening the project raise.
    """
    with open_project(project) as child:
        history = read(child)
        with throwaway_server(
            settings.server, needs, disposable=settings.disposable, tell=tell
        ) as server:
            tell(f"PostgreSQL {server.version} ({server.origin})")
            with _open_database_maker(server, settings, needs, history, separate_servers) as make:
                yield Builder(project, settings, server, child, history, make)


def _open_database_maker(
    server: Server, settings: Settings, needs: ServerNeeds, history: History, separate_servers: bool
) -> AbstractContextManager[DatabaseFactory]:
    """A maker of databases, each on its own server if migrations change cluster-wide objects."""
    if (
        not separate_servers
        or not server.throwaway
        or not any(each.cluster_wide for each in history.revisions)
    ):
        return database_maker(server)
    return server_per_database(
        server, lambda: throwaway_server(settings.server, needs), _nothing_to_refill
    )


def _nothing_to_refill(template: Database, _: Database) -> None:
    raise AssertionError(f"{template.name}: these databases are never cloned")
