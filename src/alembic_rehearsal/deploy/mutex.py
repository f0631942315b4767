"""The lock of a database that is being initialized: one copy of the initializer at a time.

For a PostgreSQL database it is an advisory lock, for a SQLite file a lock of its folder.  Both
are released when their holder ends, even after a crash.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic_rehearsal.core.postgres.connections import Connection, connect
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import LockTimeout, Refused
from alembic_rehearsal.core.values.progress import Tell

PAUSE = 0.2  # seconds between two attempts
# No env.py may use the same key: it takes its own lock while we hold this one.
LOCK_KEY = int.from_bytes(b"rehearse", "big")


class Mutex:
    """A lock that is held; it can say whether a session is in the locked database."""

    def __init__(self, connection: Connection | None) -> None:
        self._connection = connection

    def has_session(self, backend: int) -> bool:
        """Whether the session with this backend process id is in the locked database."""
        assert self._connection is not None
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT FROM pg_catalog.pg_stat_activity "
                "WHERE pid = %s AND datname = current_database()",
                (backend,),
            )
            return cursor.fetchone() is not None


@contextmanager
def hold_mutex(target: Database | Path, *, timeout: float, tell: Tell) -> Iterator[Mutex]:
    """Wait up to `timeout` seconds for the lock, and hold it until the end of the block.

    Raises `LockTimeout` after that, and `Refused` where the folder of a SQLite file can
    neither be opened nor created.
    """
    if isinstance(target, Path):
        with _open_folder(target) as folder:
            _wait_for_lock(lambda: _try_lock_folder(folder), str(target), timeout, tell)
            yield Mutex(None)
    else:
        with connect(target) as connection:
            _wait_for_lock(lambda: _try_lock_database(connection), target.masked, timeout, tell)
            yield Mutex(connection)


def _wait_for_lock(try_lock: Callable[[], bool], where: str, timeout: float, tell: Tell) -> None:
    """Poll: CREATE INDEX CONCURRENTLY would wait for a statement that waits for the lock."""
    deadline = time.monotonic() + timeout
    if try_lock():
        return
    tell(f"waiting up to {timeout:g} s for another copy to end")
    while not try_lock():
        if time.monotonic() >= deadline:
            raise LockTimeout(
                f"another copy is still at work on {where} after {timeout:g} s; this one changed "
                "nothing.",
                remedies=("rehearsal-init --lock-timeout 600   (waits longer)",),
            )
        time.sleep(PAUSE)


def _try_lock_database(connection: Connection) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.pg_try_advisory_lock(%s)", (LOCK_KEY,))
        return cursor.fetchone() == (True,)


def _try_lock_folder(folder: int) -> bool:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _open_folder(path: Path) -> Iterator[int]:
    """The folder as a file descriptor: SQLite itself locks the file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise Refused(f"{path.parent} cannot be used: {error.strerror}.") from error
    try:
        yield folder
    finally:
        os.close(folder)
