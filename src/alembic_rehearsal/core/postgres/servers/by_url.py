"""A server given by URL: connect once and describe it.  Nothing on it is changed."""

from __future__ import annotations

from dataclasses import replace

import psycopg2

from alembic_rehearsal.core.postgres.connections import (
    Connection,
    connect_with_parameters,
    version_text,
)
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.core.values.errors import NoServer, UsageError
from alembic_rehearsal.core.values.urls import Url, mask, parse_url

_SERVER_PARAMETERS = ("host", "port", "user", "password", "dbname")


def server_from_url(text: str, *, disposable: bool) -> Server:
    """The server of the URL that `server` in the settings gives for rehearsals.

    Raises `UsageError` when the settings do not declare it `disposable`, and what
    `database_from_url` raises.
    """
    url = parse_url(text)
    if url.is_postgres and not disposable:
        raise UsageError(
            f"{url.masked} is not declared disposable, so nothing is created on it.",
            why="databases are created on it, and dropped again.",
            remedies=("[tool.rehearsal]\ndisposable = true", 'server = "auto"'),
        )
    return replace(database_from_url(text).server, origin="server in settings")


def database_from_url(text: str) -> Database:
    """The database of a URL, after one connection that reads the version and writes nothing.

    For a part that the URL lacks, libpq uses its own default (PGPASSWORD, ~/.pgpass).

    Raises `UsageError` when the URL is not PostgreSQL's, and `NoServer` when the database
    cannot be reached.
    """
    url = parse_url(text)
    if not url.is_postgres:
        raise UsageError(
            f"{url.masked} is not the URL of a PostgreSQL database.",
            remedies=("postgresql://USER:PASSWORD@HOST:5432/NAME",),
        )
    parameters = {
        "host": url.host or None,
        "port": url.port or None,
        "user": url.user or None,
        "password": url.password or None,
        "dbname": url.database or None,
        **_libpq_options(url),
    }
    try:
        with connect_with_parameters(parameters) as connection:
            return Database(_describe_server(connection, url), connection.info.dbname)
    except psycopg2.Error as error:
        raise NoServer(f"{url.masked} cannot be reached.", why=mask(str(error).strip())) from error


def _describe_server(connection: Connection, url: Url) -> Server:
    known = connection.info
    return Server(
        host=known.host,
        port=known.port,
        user=known.user,
        password=known.password or "",
        version=version_text(connection),
        origin="URL",
        options=tuple(
            (name, value)
            for name, value in _libpq_options(url).items()
            if name not in _SERVER_PARAMETERS
        ),
    )


def _libpq_options(url: Url) -> dict[str, str]:
    """The URL's query as libpq options: asyncpg's `ssl` is libpq's `sslmode`."""
    return {"sslmode" if name == "ssl" else name: value for name, value in url.query}
