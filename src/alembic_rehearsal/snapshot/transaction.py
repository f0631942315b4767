"""The transaction that a snapshot is read in, and what can end it, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2.errors import LockNotAvailable

from alembic_rehearsal.core.postgres.connections import Connection, read_transaction
from alembic_rehearsal.core.postgres.pooler import expect_own_session
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import RehearsalError, ToolFailed
from alembic_rehearsal.core.values.urls import mask
from alembic_rehearsal.snapshot.pg_dump import connection_lost, lock_wait_text

# Names mean nothing of the project's.  An account's own limit on statements is for queries
# of another kind; one on locks is ours.
_SETTINGS = """
    SELECT set_config('search_path', '', true), set_config('lock_timeout', %s, true),
           set_config('statement_timeout', '60000', true)
"""
# A server may end sessions that are idle in a transaction, or whose transaction is long, as
# ours is while pg_dump works; transaction_timeout is known from 17 on.
_NO_TIMEOUTS = """
    SELECT set_config(name, '0', true) FROM pg_settings
    WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')
"""
# PostgreSQL manual, Error Codes: connection exceptions, operator intervention (but for 57014,
# a statement that took too long), and the two limits above.
_SESSION_ENDED = ("08", "57P", "25P03", "25P04")


@contextmanager
def open_read_transaction(database: Database, lock_timeout: float) -> Iterator[Connection]:
    """A connection in a transaction that sees one moment, for snapshots.

    Raises `Refused` as `expect_own_session` does; for errors of the block `NoServer` where
    the server ended the session, and `ToolFailed` otherwise.
    """
    try:
        expect_own_session(
            database,
            why="pg_dump changes its session's settings, which would be left to the application.",
            remedies=(
                "--from ...   (the server's own address, often port 5432, not the pooler's)",
            ),
        )
        with read_transaction(database) as connection, connection.cursor() as cursor:
            cursor.execute(_SETTINGS, [f"{int(lock_timeout * 1000)}"])
            cursor.execute(_NO_TIMEOUTS)
            yield connection
    except psycopg2.Error as error:
        raise _translated_error(error, database, lock_timeout) from error


def _translated_error(
    error: psycopg2.Error, database: Database, lock_timeout: float
) -> RehearsalError:
    if error.pgcode is None or error.pgcode.startswith(_SESSION_ENDED):
        return connection_lost(database, mask(str(error).strip()))
    said = error.diag.message_primary or type(error).__name__  # its details could name values
    waited = lock_wait_text(lock_timeout) if isinstance(error, LockNotAvailable) else ""
    return ToolFailed(f"{database.masked} could not be read: {said}.", why=waited)
