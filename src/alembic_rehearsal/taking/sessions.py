"""Whether a connection is a session of its own, or one that a pooler lends out by transaction.

pg_dump sets its search_path and more for the session, before its transaction begins: lent by
transaction, that is left to whoever gets the server's session next, and pg_dump goes on in
one that lacks it.
"""

from __future__ import annotations

from alembic_rehearsal.connecting import Connection, untouched
from alembic_rehearsal.errors import Refused
from alembic_rehearsal.words import Database

_ROUNDS = 5  # of questions: on a busy pooler, one could meet the same session by chance


def expect_own_session(database: Database) -> None:
    """Raise `Refused` behind a pooler that lends sessions by transaction or by statement.

    A pooler tells clients a process number of its own, since they all have the server's; one
    that lends whole sessions does no harm.
    """
    with untouched(database) as connection:
        if connection.info.backend_pid == _process(connection):
            return
        with untouched(database) as other:
            lent = any(_is_shared(connection, other) for _ in range(_ROUNDS))
    if lent:
        raise Refused(
            f"{database.masked} leads to a pooler that lends the server's sessions by transaction.",
            why="pg_dump changes its session's settings, which would be left to the application.",
            ways_out=(
                "--from ...   (the server's own address, often port 5432, not the pooler's)",
                "pool_mode = session   (in PgBouncer, for a database entry of this role)",
            ),
        )


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
