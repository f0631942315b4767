"""The read-only session over which pictures are read: it runs SQL and returns the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
import psycopg2.errors

from alembic_rehearsal.core.postgres.connections import Connection, connect_plain
from alembic_rehearsal.core.postgres.pooler import expect_own_session_on
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import LockTimeout, NoServer, ToolFailed
from alembic_rehearsal.core.values.urls import mask

_WHY_OWN_SESSION = (
    "the read-only setting belongs to the session, and a pooler would pass it to the application."
)
_DIRECT_ADDRESS = ("the server's own address   (often port 5432, not the pooler's)",)
# Runs one statement and returns its rows.  The connection may be the project's own, in the
# middle of a transaction; values have the types that JSON has.
RunSql = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class ReadOnlySession:
    """A connection of our own: it can write nothing, and holds no lock between statements."""

    database: Database
    connection: Connection

    def __call__(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement; outside of `transaction` its locks are released at its end."""
        with _translate_errors(self.database), self.connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Every statement in the block sees the database as it was at one moment."""
        with _translate_errors(self.database), self.connection.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                yield
            finally:
                if not self.connection.closed:
                    cursor.execute("ROLLBACK")


@contextmanager
def read_only_session(
    database: Database, *, lock_timeout: float = 5.0
) -> Iterator[ReadOnlySession]:
    """Open a connection of our own that cannot write.

    A statement waits at most `lock_timeout` seconds for a lock.  Raises `NoServer` if the
    database cannot be reached or goes away, `LockTimeout` if a lock is not released in time,
    `ToolFailed` with the message of Postgres if a statement fails, and `Refused` behind a
    pooler that would pass our session settings to other clients.
    """
    with connect_plain(database) as connection:
        with _translate_errors(database):
            expect_own_session_on(
                connection, database, why=_WHY_OWN_SESSION, remedies=_DIRECT_ADDRESS
            )
        connection.set_session(readonly=True, autocommit=True)
        session = ReadOnlySession(database, connection)
        session(
            "SET search_path = ''; "  # no name refers to an object of the project
            f"SET lock_timeout = {int(lock_timeout * 1000)}; SET jit = off; "
            "SET plan_cache_mode = force_generic_plan"  # a prepared statement is planned once
        )
        yield session


@contextmanager
def _translate_errors(database: Database) -> Iterator[None]:
    try:
        yield
    except psycopg2.errors.LockNotAvailable as error:
        raise LockTimeout(
            f"the schema of {database.masked} cannot be read: a lock is held on part of it.",
            why=_masked_message(error),
            remedies=("SELECT pid, query FROM pg_stat_activity WHERE state <> 'idle';",),
        ) from error
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        raise NoServer(
            f"{database.masked} went away while its schema was being read.",
            why=_masked_message(error),
        ) from error
    except psycopg2.Error as error:
        raise ToolFailed(
            f"the schema of {database.masked} cannot be read.", why=_masked_message(error)
        ) from error


def _masked_message(error: psycopg2.Error) -> str:
    return mask(str(error).strip())
