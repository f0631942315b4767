"""Databases on a server: made, cloned, sealed and dropped.

Everything made here carries a marker in its comment, and nothing without it is ever
dropped.  Starts no server.
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

from alembic_rehearsal.core.postgres.connections import Connection, connect, fetch_rows
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.core.values.errors import Refused, WrongServer

MARKER = "alembic-rehearsal"
MAINTENANCE_DATABASE = "postgres"  # the database to be connected to while others are made
PATIENCE = 5.0  # seconds for sessions to end


def create_database(
    server: Server, name: str, *, template: Database | None = None, purpose: str = "rehearsal"
) -> Database:
    """Make a database, empty or a copy of `template`, and mark it as ours.

    Without a template it comes from template0, which nobody is ever connected to, so that
    any number can be made at once.  Nobody may be connected to a template: `seal_template` it.

    Raises `Refused` where the name is taken and `WrongServer` where the account may not
    create databases.
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
    """Say of a database of ours what it is for now."""
    with _connect_maintenance(database.server) as connection:
        connection.cursor().execute(_marker_statement(database.name, purpose))


def rename_database(database: Database, name: str) -> Database:
    """Give a database of ours its final name, once it carries its mark.

    Raises `Refused` where the name is taken.
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
    """Make a finished template: nobody is connected to it any more, and nobody can be."""
    with _connect_maintenance(database.server) as connection:
        _disconnect_all(connection, database.name)


def drop_database(database: Database) -> None:
    """Drop a database of ours, with whoever is connected to it; one that is gone is no error.

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
    """Our comment on a database, None where it carries none."""
    found = fetch_rows(
        Database(database.server, MAINTENANCE_DATABASE),
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
        database.name,
    )
    comment = found[0][0] if found else None
    return comment if comment is not None and comment.split(" ")[0] == MARKER else None


def connectable_databases(databases: Sequence[Database]) -> tuple[Database, ...]:
    """Those that can be connected to, as a template cannot that was sealed."""
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
    """Makes the databases of one rehearsal: `made` are all, `kept` those that outlive it."""

    server: Server
    databases: list[Database] = field(default_factory=list)
    kept: list[Database] = field(default_factory=list)
    can_clone = True

    def __call__(self, purpose: str, template: Database | None = None) -> Database:
        """A marked database with a name of its own, empty or a copy of `template`."""
        name = unique_name(purpose)
        self.databases.append(
            create_database(self.server, name, template=template, purpose=purpose)
        )
        return self.databases[-1]

    def discard(self, database: Database) -> None:
        """Drop one that nobody will look at again: a server's disk may be memory."""
        self.databases.remove(database)
        _drop_unchecked(database)

    def keep(self, database: Database) -> None:
        """Leave a database for a look, on a server that stays."""
        self.kept.append(database)


@contextmanager
def database_maker(server: Server) -> Iterator[DatabaseMaker]:
    """What makes databases; they go at the end, whichever way it comes, unless they are kept.

    On a throwaway server they go with it, which costs nothing.
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
    """A database name that says what it is for: "rehearsal_from_empty_3f9a1c02"."""
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
    """How CREATE DATABASE should copy: by files where nothing is synced, 1.6 to 3 times faster.

    With fsync on it would force two checkpoints (PostgreSQL manual, CREATE DATABASE).
    """
    with connection.cursor() as cursor:
        cursor.execute("SHOW fsync")
        ((setting,),) = cursor.fetchall()
    return "" if setting == "on" or connection.server_version < 150000 else "STRATEGY FILE_COPY"


def _disconnect_all(connection: Connection, name: str) -> None:
    """Let nobody in, end the sessions that are, and wait until they have gone.

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
    """Makes a marked database for one purpose, such as "from_empty".

    `clones` says that any database of it can be a template; otherwise only production's
    can, which is restored again.
    """

    @property
    def can_clone(self) -> bool: ...

    def __call__(self, purpose: str, template: Database | None = None) -> Database: ...

    def discard(self, database: Database) -> None:
        """Nobody will look at it again: what it takes up is given back at once."""
