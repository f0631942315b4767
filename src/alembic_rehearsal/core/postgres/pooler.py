"""Whether a connection is a session of its own, or one that a pooler lends out by transaction.

What belongs to a session is then left to whoever gets it next: settings, and locks.
"""

from __future__ import annotations

from alembic_rehearsal.core.postgres.connections import Connection, connect_plain
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import Refused

_ROUNDS = 5  # of questions: on a busy pooler, one could meet the same session by chance


def expect_own_session(database: Database, *, why: str, remedies: tuple[str, ...]) -> None:
    """Raise `Refused` behind a pooler that lends sessions by transaction or by statement.

    A pooler tells clients a process number of its own, since they all have the server's; one
    that lends whole sessions does no harm.  `why` says what needs a session of its own.
    """
    with connect_plain(database) as connection:
        expect_own_session_on(connection, database, why=why, remedies=remedies)


def expect_own_session_on(
    connection: Connection, database: Database, *, why: str, remedies: tuple[str, ...]
) -> None:
    """`expect_own_session`, of a connection to the database for which nothing is set yet."""
    if _is_pooled(connection, database):
        raise Refused(
            f"{database.masked} leads to a pooler that lends the server's sessions by transaction.",
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
    """Whether the server's session serves the other one, too, or changes with the next question.

    Asked without a transaction, which a pooler that lends by statement would end us for.
    """
    first = _backend_pid(connection)
    return _backend_pid(other) == first or _backend_pid(connection) != first


def _backend_pid(connection: Connection) -> int:
    """The number of the server's process that answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((number,),) = cursor.fetchall()
    return int(number)
