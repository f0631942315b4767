"""Plain SQL on a database, over a new connection."""

from __future__ import annotations

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.values.databases import Database


def run(database: Database, statements: str) -> None:
    with connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(statements)


def ask(database: Database, query: str) -> list[tuple[object, ...]]:
    with connect(database, read_only=True) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def revisions(database: Database) -> list[object]:
    return [row[0] for row in ask(database, "SELECT version_num FROM alembic_version ORDER BY 1")]
