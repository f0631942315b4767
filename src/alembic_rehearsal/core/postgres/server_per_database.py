"""One throwaway server per database, because roles belong to the whole cluster.

A role that one walk creates would make every other walk on the same server fail.  This module
does not decide which histories need it.
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
    """Creates the databases of one rehearsal, each on a throwaway server of its own.

    `server` is the rehearsal's own server, and the first database is made on it; `open_server`
    starts another one like it.  A template cannot be cloned to another server: `refill` fills
    an empty database with the same contents as a template that was made before.
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
        """A new database with a marker and a unique name, empty or filled as the template is."""
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
        """Stop the server of a database that is no longer needed."""
        self.databases.remove(database)
        self._stacks.pop(database).close()

    def keep(self, database: Database) -> None:
        """Does nothing: a throwaway server cannot be kept."""

    def close(self) -> None:
        """Stop every remaining server, except the rehearsal's own."""
        for database in list(self._stacks):
            self._stacks.pop(database).close()

    def _take_server(self, stack: ExitStack) -> Server:
        try:
            return self._unused.pop()
        except IndexError:
            return stack.enter_context(self.open_server())


@contextmanager
def server_per_database(
    server: Server, open_server: OpenServer, refill: Refill
) -> Iterator[ServerPerDatabase]:
    """A `ServerPerDatabase` whose servers are stopped when the block ends."""
    maker = ServerPerDatabase(server, open_server, refill, _unused=[server])
    try:
        yield maker
    finally:
        maker.close()
