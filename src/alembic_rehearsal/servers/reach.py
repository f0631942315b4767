"""One short connection to a server that is being set up, or looked at for the first time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import psycopg2.extensions

from alembic_rehearsal.servers.state import State
from alembic_rehearsal.words import Server

TIMEOUT = 10  # seconds
# Explicit, as libpq would take what is not said from PGHOSTADDR, PGOPTIONS and the like.
PLAIN = {"hostaddr": "", "options": "", "sslmode": "prefer", "gssencmode": "disable"}


@contextmanager
def reached(**parameters: Any) -> Iterator[psycopg2.extensions.connection]:
    """A connection in autocommit, closed afterwards.  Raises `psycopg2.Error`."""
    known = {"connect_timeout": TIMEOUT, "application_name": "alembic-rehearsal", **PLAIN}
    with closing(psycopg2.connect(**{**known, **parameters})) as connection:
        connection.autocommit = True
        yield connection


def version_of(connection: psycopg2.extensions.connection) -> str:
    """The server's version as people write it: "18.6"."""
    number = connection.server_version
    return f"{number // 10000}.{number % 10000}"


def answering(state: State) -> Server | None:
    """The development server that `state` describes, None where it does not answer.

    Only our own server knows the password, so another one on its port is not taken for it.
    """
    try:
        with reached(
            host="127.0.0.1",
            port=state.port,
            user=state.user,
            password=state.password,
            dbname="postgres",
            connect_timeout=3,  # a stranger on our port may never say a word
        ) as connection:
            version = version_of(connection)
    except psycopg2.Error:
        return None
    return Server(
        host="127.0.0.1",
        port=state.port,
        user=state.user,
        password=state.password,
        version=version,
        origin=state.origin,
    )
