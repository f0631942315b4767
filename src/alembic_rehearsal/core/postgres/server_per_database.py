"""Each database on a server of its own, for histories that change what a whole server shares.

A role that one walk has made would be in the way of every other one on the same server.  It
does not know which histories need this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field

from alembic_rehearsal.core.postgres.databases import create_database, unique_name
from alembic_rehearsal.core.values.databases import Database, Server

OpenServer = Callable[[], AbstractContextManager[Server]]
Refill = Callable[[Database, Database], object]  # a template, and an empty database


@dataclass(frozen=True, slots=True)
class ServerPerDatabase:
    """Makes the databases of one rehearsal, each with a throwaway server that goes with it.

    `server` is the rehearsal's own one, which the first database gets; `open_server` opens
    another one like it.  A template cannot be cloned over to another server: `refill` fills an
    empty database as one that was made before was filled.
    """

    server: Server
    open_server: OpenServer
    refill: Refill
    databases: list[Database] = field(default_factory=list)
    kept: list[Database] = field(default_factory=list)
    can_clone = False
    _unused: list[Server] = field(default_factory=list)
    _stacks: dict[Database, ExitStack] = field(default_factory=dict)

    def __call__(self, purpose: str, template: Database | None = None) -> Database:
        """A marked database with a name of its own, empty or as the template was filled."""
        with ExitStack() as stack:
            database = create_database(
                self._take_server(stack), unique_name(purpose), purpose=purpose
            )
            if template is not None:
                self.refill(template, database)
            self._stacks[database] = stack.pop_all()
        self.databases.append(database)
        return database

    def discard(self, database: Database) -> None:
        """End the server of one that nobody will look at again."""
        self.databases.remove(database)
        self._stacks.pop(database).close()

    def keep(self, database: Database) -> None:
        """Nothing: a throwaway server stays for nobody."""

    def close(self) -> None:
        """End every server that is left, but the rehearsal's own."""
        for database in list(self._stacks):
            self._stacks.pop(database).close()

    def _take_server(self, life: ExitStack) -> Server:
        try:
            return self._unused.pop()
        except IndexError:
            return life.enter_context(self.open_server())


@contextmanager
def server_per_database(
    server: Server, open_server: OpenServer, refill: Refill
) -> Iterator[ServerPerDatabase]:
    """What makes databases with servers of their own; all are gone at the end."""
    maker = ServerPerDatabase(server, open_server, refill, _unused=[server])
    try:
        yield maker
    finally:
        maker.close()
