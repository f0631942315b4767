"""Whether a development server answers to its own password."""

from __future__ import annotations

import psycopg2

from alembic_rehearsal.core.postgres.connections import reached, version_of
from alembic_rehearsal.core.postgres.servers.state import State
from alembic_rehearsal.core.values.databases import Server

TIMEOUT = 3.0  # seconds: a stranger on our port may never say a word


def answering(state: State) -> Server | None:
    """The development server that `state` describes, None where it does not answer.

    Only our own server knows the password, so another one on its port is not taken for it.
    """
    ours = {
        "host": "127.0.0.1",
        "port": state.port,
        "user": state.user,
        "password": state.password,
        "dbname": "postgres",
    }
    try:
        with reached(ours, timeout=TIMEOUT) as connection:
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
        ours=True,
    )
