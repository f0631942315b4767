"""Databases on a server: create, clone, seal as a template, and drop.

Each database made here carries a marker in its comment; a database without the marker is
never dropped.  Starts no server.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import psycopg2.errors
from psycopg2 import sql

from alembic_rehearsal.core.postgres.connections import (
    Connection,
    connect,
    fetch_rows,
    fetch_value,
)
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.core.values.errors import Refused, WrongServer

MARKER = "alembic-rehearsal"
MAINTENANCE_DATABASE = "postgres"  # the database to connect to for CREATE and DROP DATABASE
PATIENCE = 5.0  # seconds for terminated sessions to end


def create_database(
    server: Server, name: str, *, template: Database | None = None, purpose: str = "rehearsal"
) -> Database:
    """Create a database, empty or a copy of `template`, and give it our marker.

    Without a template it is copied from template0, which has no sessions, so that any number
    can be created at once.  A template must have no sessions: call `seal_template` first.

    Raises `Refused` when the name is taken, and `WrongServer` when the role may not create
    databases.
    """
    source = template.name if template else "template0"
    with _connect_maintenance(server) as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} {} {}").format(
            sql.Identifier(name),
            sql.Identifier(source),
            sql.SQL("" if template else "ENCODING 'UTF8'"),
            sql.SQL(_copy_strategy(connection)),
        )
        try:
            connection.cursor().execute(statement)
        except psycopg2.errors.DuplicateDatabase as error:
            raise Refused(f"database {name} exists already, and is left as it is.") from error
        except psycopg2.errors.InsufficientPrivilege as error:
            raise WrongServer(
                f"{server.user} may not create databases on {server.host}:{server.port}.",
                remedies=(f"ALTER ROLE {server.user} CREATEDB;",),
            ) from error
        connection.cursor().execute(_marker_statement(name, purpose))
    return Database(server, name)


def set_marker(database: Database, purpose: str) -> None:
    """Replace the marker of a database of ours: it states another purpose now."""
    with _connect_maintenance(database.server) as connection:
        connection.cursor().execute(_marker_statement(database.name, purpose))


def rename_database(database: Database, name: str) -> Database:
    """Give a database of ours, which has its marker already, its final name.

    Raises `Refused` when the name is taken.
    """
    statement = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
        sql.Identifier(database.name), sql.Identifier(name)
    )
    with _connect_maintenance(database.server) as connection:
        try:
            connection.cursor().execute(statement)
        except psycopg2.errors.DuplicateDatabase as error:
            raise Refused(f"database {name} exists already, and is left as it is.") from error
    return Database(database.server, name)


def seal_template(database: Database) -> None:
    """Turn a database into a template: end its sessions, and allow no new ones."""
    with _connect_maintenance(database.server) as connection:
        _disconnect_all(connection, database.name)


def drop_database(database: Database) -> None:
    """Drop a database of ours and end its sessions; does nothing when it does not exist.

    Raises `Refused` for a database without our marker.
    """
    if not database_exists(database.server, database.name):
        return
    if read_marker(database) is None:
        raise Refused(
            f"{database.masked} was not made by this tool, so it is not dropped.",
            why=f"its comment does not begin with {MARKER!r}.",
        )
    _drop_unchecked(database)


def read_marker(database: Database) -> str | None:
    """The marker in a database's comment, None when it has none."""
    found = fetch_rows(
        Database(database.server, MAINTENANCE_DATABASE),
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
        database.name,
    )
    comment = found[0][0] if found else None
    return comment if comment is not None and comment.split(" ")[0] == MARKER else None


def connectable_databases(databases: Sequence[Database]) -> tuple[Database, ...]:
    """The databases that accept connections; a sealed template does not."""
    query = "SELECT datname FROM pg_database WHERE datallowconn"
    found: dict[Server, frozenset[str]] = {}
    for each in databases:
        if each.server not in found:
            names = fetch_rows(Database(each.server, MAINTENANCE_DATABASE), query)
            found[each.server] = frozenset(name for (name,) in names)
    return tuple(each for each in databases if each.name in found[each.server])


def database_exists(server: Server, name: str) -> bool:
    query = "SELECT 1 FROM pg_database WHERE datname = %s"
    return bool(fetch_rows(Database(server, MAINTENANCE_DATABASE), query, name))


@dataclass(frozen=True, slots=True)
class DatabaseMaker:
    """Creates the databases of one rehearsal.

    `databases` are all that exist, `kept` those that stay after the rehearsal.
    """

    server: Server
    databases: list[Database] = field(default_factory=list)
    kept: list[Database] = field(default_factory=list)
    can_clone = True

    def __call__(self, purpose: str, template: Database | None = None) -> Database:
        """A new database with a marker and a unique name, empty or a copy of `template`."""
        name = unique_name(purpose)
        self.databases.append(
            create_database(self.server, name, template=template, purpose=purpose)
        )
        return self.databases[-1]

    def discard(self, database: Database) -> None:
        """Drop a database that is no longer needed: the server's disk may be memory."""
        self.databases.remove(database)
        _drop_unchecked(database)

    def keep(self, database: Database) -> None:
        """Do not drop this database at the end; it stays as long as its server does."""
        self.kept.append(database)


@contextmanager
def database_maker(server: Server) -> Iterator[DatabaseMaker]:
    """A `DatabaseMaker` whose databases are dropped when the block ends, except the kept ones.

    They are dropped after an exception, too.  On a throwaway server nothing is dropped: the
    databases go with the server.
    """
    maker = DatabaseMaker(server)
    try:
        yield maker
    finally:
        if not server.throwaway:
            for database in maker.databases:
                if database not in maker.kept:
                    drop_database(database)


def unique_name(purpose: str) -> str:
    """A unique database name that contains its purpose: "rehearsal_from_empty_3f9a1c02"."""
    words = re.sub(r"[^a-z0-9]+", "_", purpose.lower()).strip("_")[:40]
    return f"rehearsal_{words}_{secrets.token_hex(4)}"


def _connect_maintenance(server: Server) -> AbstractContextManager[Connection]:
    return connect(Database(server, MAINTENANCE_DATABASE))


def _marker_statement(name: str, purpose: str) -> sql.Composed:
    return sql.SQL("COMMENT ON DATABASE {} IS {}").format(
        sql.Identifier(name), sql.Literal(f"{MARKER} {purpose}")
    )


def _drop_unchecked(database: Database) -> None:
    with _connect_maintenance(database.server) as connection:
        _disconnect_all(connection, database.name)
        connection.cursor().execute(
            sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(database.name))
        )


def _copy_strategy(connection: Connection) -> str:
    """The STRATEGY clause of CREATE DATABASE: FILE_COPY with fsync off, 1.6 to 3 times faster.

    With fsync on, FILE_COPY forces two checkpoints (PostgreSQL manual, CREATE DATABASE).
    """
    if connection.server_version < 150000 or fetch_value(connection, "SHOW fsync") == "on":
        return ""
    return "STRATEGY FILE_COPY"


def _disconnect_all(connection: Connection, name: str) -> None:
    """Refuse new sessions, terminate the present ones, and wait up to `PATIENCE` for their end.

    CREATE and DROP DATABASE would wait for them in steps of 100 ms.
    """
    refuse = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name))
    ends = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        cursor.execute(refuse)
        while time.monotonic() < ends:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
            )
            if cursor.rowcount == 0:
                return
            time.sleep(0.001)


class DatabaseFactory(Protocol):
    """Creates a database with our marker for one purpose, such as "from_empty".

    `can_clone` says whether any of its databases can be a template.  If not, only production's
    database can, and a "clone" of it is made by restoring the snapshot again.
    """

    @property
    def can_clone(self) -> bool: ...

    def __call__(self, purpose: str, template: Database | None = None) -> Database: ...

    def discard(self, database: Database) -> None:
        """Drop a database that is no longer needed, or stop its server: frees its space at once."""
