"""Detection of a self-deadlock: a migration waits for a lock that its own process holds.

PostgreSQL detects no deadlock there: the session that holds the lock is idle, while its Python
code waits for the statement that needs the lock.  Such a wait would never end.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

import psycopg2

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import NoServer

CHECK_INTERVAL = 1.0  # seconds between two checks
PATIENCE = 3.0  # seconds that a statement may wait before it is cancelled

# query_canceled, and lock_not_available after a lock_timeout (PostgreSQL manual, Error Codes).
_CANCELLED_SQLSTATES = frozenset({"57014", "55P03"})
_OWN_WAITS = """
    SELECT waiting.pid, waiting.query, lock.mode, holder.query,
           coalesce(lock.relation::regclass::text, 'a ' || lock.locktype),
           clock_timestamp() - waiting.query_start > %s * interval '1 second'
    FROM pg_stat_activity AS waiting
    JOIN LATERAL unnest(pg_blocking_pids(waiting.pid)) AS by (pid) ON true
    JOIN pg_stat_activity AS holder ON holder.pid = by.pid AND holder.datname = waiting.datname
    JOIN pg_locks AS lock ON lock.pid = waiting.pid AND NOT lock.granted
    WHERE waiting.datname = current_database() AND holder.state LIKE 'idle in transaction%%'
"""


@dataclass(slots=True)
class SelfDeadlockWatch:
    """Checks the sessions of one database that a single project migrates.

    `explanation` is the sentence about a self-deadlock, "" while none was found.
    """

    database: Database
    explanation: str = ""
    _ended: threading.Event = field(default_factory=threading.Event)

    def explain(self, failure: Failure) -> Failure:
        """The failure, with our explanation as its message if a self-deadlock caused it."""
        if not self.explanation or failure.sqlstate not in _CANCELLED_SQLSTATES:
            return failure
        return replace(failure, message=self.explanation, kind="WaitsForItself")

    def run(self) -> None:
        """Check until `stop`; errors of the connection are ignored here."""
        while not self._ended.wait(CHECK_INTERVAL):
            with suppress(NoServer, psycopg2.Error):
                self._check_once()

    def stop(self) -> None:
        self._ended.set()

    def _check_once(self) -> None:
        with connect(self.database) as connection, connection.cursor() as cursor:
            cursor.execute(_OWN_WAITS, (PATIENCE,))
            for pid, statement, mode, held, what, is_long in cursor.fetchall():
                self.explanation = (
                    "it waits for a lock that its own process holds, and would wait for ever: "
                    f"{_one_line(statement)!r} needs {mode} on {what}, which another connection of "
                    f"this run keeps, idle in a transaction after {_one_line(held)!r}"
                )
                if is_long:
                    cursor.execute("SELECT pg_cancel_backend(%s)", (pid,))


@contextmanager
def watch_for_self_deadlock(database: Database) -> Iterator[SelfDeadlockWatch]:
    """Check a database for self-deadlocks during the block, and cancel statements in one."""
    watch = SelfDeadlockWatch(database)
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.stop()


def _one_line(statement: str) -> str:
    text = " ".join(statement.split())
    return text if len(text) <= 120 else f"{text[:117]}..."
