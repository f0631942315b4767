"""Detection of poolers that share server sessions between clients (transaction pooling).

Behind one, session settings and session locks pass to the next client of that session.
"""

from __future__ import annotations

from alembic_rehearsal.core.postgres.connections import Connection, connect_plain, fetch_value
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import Refused

_ROUNDS = 5  # comparisons: a busy pooler can give us the same session twice by chance


def expect_own_session(database: Database, *, why: str, remedies: tuple[str, ...]) -> None:
    """Raise `Refused` behind a pooler in transaction or statement mode.

    A pooler reports its own process id to a client, not the server's, because several clients
    share one server session.  Session mode does no harm and is accepted.  `why` says which
    operation needs a session of its own.
    """
    with connect_plain(database) as connection:
        expect_own_session_on(connection, database, why=why, remedies=remedies)


def expect_own_session_on(
    connection: Connection, database: Database, *, why: str, remedies: tuple[str, ...]
) -> None:
    """`expect_own_session` for an open connection, which must have no session settings yet."""
    if _is_pooled(connection, database):
        raise Refused(
            f"{database.masked} is behind a pooler that shares server sessions between clients.",
            why=why,
            remedies=(
                *remedies,
                "pool_mode = session   (in PgBouncer, for a database entry of this role)",
            ),
        )


def _is_pooled(connection: Connection, database: Database) -> bool:
    if connection.info.backend_pid == _backend_pid(connection):
        return False
    with connect_plain(database) as other:
        return any(_is_session_shared(connection, other) for _ in range(_ROUNDS))


def _is_session_shared(connection: Connection, other: Connection) -> bool:
    """Whether both connections get the same server session, or one gets several in turn.

    Runs without a transaction: a pooler in statement mode closes connections that begin one.
    """
    first = _backend_pid(connection)
    return _backend_pid(other) == first or _backend_pid(connection) != first


def _backend_pid(connection: Connection) -> int:
    """The process id of the server session that runs our queries now."""
    return int(fetch_value(connection, "SELECT pg_backend_pid()"))
