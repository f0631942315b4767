"""What the tests of whole commands share."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from psycopg2 import sql

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.values.databases import Database, Server
from support import leftover_processes


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fails the test where a command left a process or a server's folder behind."""
    with leftover_processes.nothing_left():
        yield


@pytest.fixture
def absent(server: Server) -> Iterator[Database]:
    """A database that does not exist; whatever makes it, it goes with the test."""
    database = Database(server, f"absent_{secrets.token_hex(4)}")
    yield database
    with connect(Database(server, "postgres")) as connection, connection.cursor() as cursor:
        name = sql.Identifier(database.name)
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
