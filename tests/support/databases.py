"""A database for one purpose of one test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic_rehearsal.core.postgres.databases import create_database, drop_database, unique_name
from alembic_rehearsal.core.values.databases import Database, Server


@contextmanager
def scratch(
    server: Server, purpose: str, *, template: Database | None = None
) -> Iterator[Database]:
    """A marked database with a unique name, empty or a copy of `template`; dropped at the end."""
    database = create_database(server, unique_name(purpose), template=template, purpose=purpose)
    try:
        yield database
    finally:
        drop_database(database)
