"""Whether a connection is a session of its own, or one that a pooler lends out by transaction.

What belongs to a session is then left to whoever gets it next: settings, and locks.
"""

from __future__ import annotations

from alembic_rehearsal.core.postgres.connections import Connection, untouched
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import Refused

_ROUNDS = 5  # of questions: on a busy pooler, one could meet the same session by chance


def expect_own_session(database: Database, *, why: str, ways_out: tuple[str, ...]) -> None:
    """Raise `Refused` behind a pooler that lends sessions by transaction or by statement.

    A pooler tells clients a process number of its own, since they all have the server's; one
    that lends whole sessions does no harm.  `why` says what needs a session of its own.
    """
    with untouched(database) as connection:
        expect_own(connection, database, why=why, ways_out=ways_out)


def expect_own(
    connection: Connection, database: Database, *, why: str, ways_out: tuple[str, ...]
) -> None:
    """`expect_own_session`, of a connection to the database for which nothing is set yet."""
    if _is_lent(connection, database):
        raise Refused(
            f"{database.masked} leads to a pooler that lends the server's sessions by transaction.",
            why=why,
            ways_out=(
                *ways_out,
                "pool_mode = session   (in PgBouncer, for a database entry of this role)",
            ),
        )


def _is_lent(connection: Connection, database: Database) -> bool:
    if connection.info.backend_pid == _process(connection):
        return False
    with untouched(database) as other:
        return any(_is_shared(connection, other) for _ in range(_ROUNDS))


def _is_shared(connection: Connection, other: Connection) -> bool:
    """Whether the server's session serves the other one, too, or changes with the next question.

    Asked without a transaction, which a pooler that lends by statement would end us for.
    """
    first = _process(connection)
    return _process(other) == first or _process(connection) != first


def _process(connection: Connection) -> int:
    """The number of the server's process that answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((number,),) = cursor.fetchall()
    return int(number)
