"""Statements in, rows out: the one way in which pictures reach a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
import psycopg2.errors

from alembic_rehearsal.core.postgres.connections import Connection, untouched
from alembic_rehearsal.core.postgres.pooler import expect_own
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import ActBroke, LockWait, NoServer
from alembic_rehearsal.core.values.urls import mask

_SET_HERE = "that nothing is written is set for a session, and would be left to the application."
_NOT_THE_POOLER = ("the server's own address   (often port 5432, not the pooler's)",)
# Runs one statement and returns its rows.  The connection may be anybody's, and in the
# middle of a transaction; values arrive as JSON would have them.
Ask = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Asking:
    """A connection of our own to ask on: it can write nothing, and holds nothing."""

    database: Database
    connection: Connection

    def __call__(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement; outside of a moment its locks end with it."""
        with _told(self.database), self.connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def moment(self) -> Iterator[None]:
        """All that is asked in the block is as it was at one moment, whoever changes it."""
        with _told(self.database), self.connection.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                yield
            finally:
                if not self.connection.closed:
                    cursor.execute("ROLLBACK")


@contextmanager
def asking(database: Database, *, lock_timeout: float = 5.0) -> Iterator[Asking]:
    """A connection of our own to ask on.

    A statement waits `lock_timeout` seconds for a lock at most.  Raises `NoServer` where the
    database cannot be reached, or vanishes; `LockWait` where a lock is not to be had in time,
    `ActBroke` with Postgres's words where a statement fails; `Refused` behind a pooler that
    would lend to others what is set here.
    """
    with untouched(database) as connection:
        with _told(database):
            expect_own(connection, database, why=_SET_HERE, ways_out=_NOT_THE_POOLER)
        connection.set_session(readonly=True, autocommit=True)
        ask = Asking(database, connection)
        ask(
            "SET search_path = ''; "  # no name means anything of the project
            f"SET lock_timeout = {int(lock_timeout * 1000)}; SET jit = off; "
            "SET plan_cache_mode = force_generic_plan"  # what is prepared is planned once
        )
        yield ask


@contextmanager
def _told(database: Database) -> Iterator[None]:
    try:
        yield
    except psycopg2.errors.LockNotAvailable as error:
        raise LockWait(
            f"the schema of {database.masked} cannot be read: a lock is held on part of it.",
            why=_words(error),
            ways_out=("SELECT pid, query FROM pg_stat_activity WHERE state <> 'idle';",),
        ) from error
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        raise NoServer(
            f"{database.masked} went away while its schema was being read.", why=_words(error)
        ) from error
    except psycopg2.Error as error:
        raise ActBroke(
            f"the schema of {database.masked} cannot be read.", why=_words(error)
        ) from error


def _words(error: psycopg2.Error) -> str:
    return mask(str(error).strip())
