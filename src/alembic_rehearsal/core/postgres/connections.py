"""Connections to PostgreSQL servers: short, in autocommit, and only to the server that was named.

Makes no decisions about the contents of a database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, TypeAlias

import psycopg2
import psycopg2.extensions

from alembic_rehearsal.core.settings.environment import environment
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import NoServer
from alembic_rehearsal.core.values.urls import mask

Connection: TypeAlias = psycopg2.extensions.connection
APPLICATION_NAME = "alembic-rehearsal"  # our sessions have this name in pg_stat_activity
TIMEOUT = 10.0  # seconds, to connect; statements have no limit
# Explicit, because libpq reads a missing parameter from PGHOSTADDR, PGOPTIONS and the like.
_DEFAULT_PARAMETERS = {"hostaddr": "", "options": "", "sslmode": "prefer", "gssencmode": "disable"}
# libpq prefers a service's host to PGHOST, and PGHOSTADDR to any host name.
_REDIRECTING_VARIABLES = frozenset({"PGHOSTADDR", "PGOPTIONS", "PGSERVICE"})


@contextmanager
def connect(
    database: Database, *, timeout: float = TIMEOUT, read_only: bool = False
) -> Iterator[Connection]:
    """A connection in autocommit, which is closed afterwards.

    `timeout` is in seconds and limits connecting only; libpq takes whole seconds, at least
    two.  PG* variables and service files have no effect.

    Raises `NoServer` with libpq's message when the database cannot be reached, or when the
    connection is lost in the block; errors of statements are raised as psycopg2 raises them.
    """
    with closing(_connect_to_database(database, timeout)) as connection:
        try:
            connection.set_session(readonly=read_only, autocommit=True)
            yield connection
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            if not connection.closed:
                raise
            raise NoServer(f"{database.masked} went away.", why=mask(str(error).strip())) from error


@contextmanager
def connect_plain(database: Database, *, timeout: float = TIMEOUT) -> Iterator[Connection]:
    """`connect` without session settings, which a pooler could pass on to other clients."""
    with closing(_connect_to_database(database, timeout)) as connection:
        connection.autocommit = True
        yield connection


@contextmanager
def read_transaction(database: Database, *, timeout: float = TIMEOUT) -> Iterator[Connection]:
    """A connection in one read-only transaction, which sees one snapshot of the database.

    `timeout` and the errors raised are those of `connect`.
    """
    with connect_plain(database, timeout=timeout) as connection:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield connection


@contextmanager
def connect_with_parameters(
    parameters: Mapping[str, Any], *, timeout: float = TIMEOUT
) -> Iterator[Connection]:
    """A connection by libpq's parameters, for a server that has no `Server` value yet.

    For a parameter that is missing or None, libpq uses its own default.  The connection is in
    autocommit, and is closed afterwards.  Raises `psycopg2.Error`.
    """
    with closing(_open_connection(timeout, parameters)) as connection:
        connection.autocommit = True
        yield connection


def fetch_rows(database: Database, query: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows of one query, run read-only on a connection of its own.

    Raises what `connect` raises.
    """
    with connect(database, read_only=True) as connection, connection.cursor() as cursor:
        cursor.execute(query, values or None)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def fetch_value(connection: Connection, query: str) -> Any:
    """The one value of a query that returns one row with one column."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        ((value,),) = cursor.fetchall()
        return value


def libpq_environment(database: Database) -> dict[str, str]:
    """A copy of our environment in which a libpq program connects to this database by default.

    The password is in it, because process lists show command-line arguments.
    """
    server = database.server
    inherited = {
        name: value for name, value in environment().items() if name not in _REDIRECTING_VARIABLES
    }
    return {
        **inherited,
        **{f"PG{name.upper()}": value for name, value in server.options},
        "PGHOST": server.host,
        "PGPORT": str(server.port),
        "PGUSER": server.user,
        "PGPASSWORD": server.password,
        "PGDATABASE": database.name,
    }


def version_text(connection: Connection) -> str:
    """The server's version as text: "18.6"."""
    number = connection.server_version
    return f"{number // 10000}.{number % 10000}"


def _connect_to_database(database: Database, timeout: float) -> Connection:
    server = database.server
    known: dict[str, Any] = {
        "host": server.socket or server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "dbname": database.name,
        **dict(server.options),
    }
    try:
        return _open_connection(timeout, known)
    except psycopg2.Error as error:
        raise NoServer(
            f"database {database.name} on {server.host}:{server.port} cannot be reached.",
            why=mask(str(error).strip()),
        ) from error


def _open_connection(timeout: float, parameters: Mapping[str, Any]) -> Connection:
    ours = {"connect_timeout": max(2, round(timeout)), "application_name": APPLICATION_NAME}
    connection: Connection = psycopg2.connect(**{**_DEFAULT_PARAMETERS, **ours, **parameters})
    return connection
