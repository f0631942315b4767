"""The transaction in which a snapshot is read, and the errors that can end it."""

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

# An empty search_path, so that all names are qualified.  The account's own statement_timeout is
# meant for other queries, and is replaced.
_SETTINGS = """
    SELECT set_config('search_path', '', true), set_config('lock_timeout', %s, true),
           set_config('statement_timeout', '60000', true)
"""
# A server may end sessions that are idle in a transaction, or in a long one; this session is both
# while pg_dump runs.  transaction_timeout exists from 17 on.
_NO_TIMEOUTS = """
    SELECT set_config(name, '0', true) FROM pg_settings
    WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')
"""
# PostgreSQL manual, Error Codes: connection exceptions, operator intervention (without 57014,
# which is the statement timeout), and the two timeouts above.
_SESSION_ENDED = ("08", "57P", "25P03", "25P04")


@contextmanager
def open_read_transaction(database: Database, lock_timeout: float) -> Iterator[Connection]:
    """A connection in a repeatable-read transaction.

    `lock_timeout` is in seconds.  Raises `Refused` as `expect_own_session` does.  An error of
    psycopg2 in the block becomes `NoServer` if the server ended the session, else `ToolFailed`.
    """
    try:
        expect_own_session(
            database,
            why="pg_dump changes settings of its session, which the application would then get.",
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
    # The details of the error are left out: they could contain values.
    message = error.diag.message_primary or type(error).__name__
    waited = lock_wait_text(lock_timeout) if isinstance(error, LockNotAvailable) else ""
    return ToolFailed(f"{database.masked} could not be read: {message}.", why=waited)
