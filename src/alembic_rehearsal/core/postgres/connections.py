"""Connections to PostgreSQL servers: short, in autocommit, and only to where they were asked to go.

Decides nothing about what is found there.
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
APPLICATION_NAME = "alembic-rehearsal"  # how the server's list of sessions shows us
TIMEOUT = 10.0  # seconds, for the connection alone
# Explicit, as libpq would take what is not said from PGHOSTADDR, PGOPTIONS and the like.
_DEFAULT_PARAMETERS = {"hostaddr": "", "options": "", "sslmode": "prefer", "gssencmode": "disable"}
# A service's host comes before PGHOST, and an address is dialled whatever the host is called.
_REDIRECTING_VARIABLES = frozenset({"PGHOSTADDR", "PGOPTIONS", "PGSERVICE"})


@contextmanager
def connect(
    database: Database, *, timeout: float = TIMEOUT, read_only: bool = False
) -> Iterator[Connection]:
    """A connection in autocommit, which is closed afterwards.

    `timeout` is in seconds, for the connection alone; libpq takes whole ones and at least
    two.  Nothing of it comes from PG* variables or a service file.

    Raises `NoServer` with libpq's own words where the database cannot be reached, or goes away
    in the block; errors of statements pass as psycopg2 raises them.
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
    """`connect`, with nothing set for the session: a pooler could pass it on to others."""
    with closing(_connect_to_database(database, timeout)) as connection:
        connection.autocommit = True
        yield connection


@contextmanager
def read_transaction(database: Database, *, timeout: float = TIMEOUT) -> Iterator[Connection]:
    """A connection in one transaction, which sees one moment and can write nothing.

    `timeout` and what it raises are those of `connect`.
    """
    with connect_plain(database, timeout=timeout) as connection:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield connection


@contextmanager
def connect_with_parameters(
    parameters: Mapping[str, Any], *, timeout: float = TIMEOUT
) -> Iterator[Connection]:
    """A connection by libpq's own parameters, for a server that is not described yet.

    What they leave out, or give as None, comes from where libpq takes it.  It is in
    autocommit, and closed afterwards.  Raises `psycopg2.Error`.
    """
    with closing(_open_connection(timeout, parameters)) as connection:
        connection.autocommit = True
        yield connection


def fetch_rows(database: Database, query: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows of one query, which can write nothing."""
    with connect(database, read_only=True) as connection, connection.cursor() as cursor:
        cursor.execute(query, values or None)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def libpq_environment(database: Database) -> dict[str, str]:
    """This environment, for a program that connects by libpq: to this database by itself.

    The password is in it, as process lists show arguments.
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
    """The server's version as people write it: "18.6"."""
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
