"""Whether a development server answers, checked by a connection with its password."""

from __future__ import annotations

import psycopg2

from alembic_rehearsal.core.postgres.connections import connect_with_parameters, version_text
from alembic_rehearsal.core.postgres.servers.state import ServerState
from alembic_rehearsal.core.values.databases import Server

TIMEOUT = 3.0  # seconds: another program on our port may never answer


def find_running_server(state: ServerState) -> Server | None:
    """The development server that `state` describes, None when it does not answer.

    Only our server has this password, so another server on the port is not mistaken for it.
    """
    ours = {
        "host": "127.0.0.1",
        "port": state.port,
        "user": state.user,
        "password": state.password,
        "dbname": "postgres",
    }
    try:
        with connect_with_parameters(ours, timeout=TIMEOUT) as connection:
            version = version_text(connection)
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
