"""Catalogs that all databases of a server share: roles, memberships, tablespaces.

Counts the changes to them; does not say who made a change.
"""

from __future__ import annotations

import time

from alembic_rehearsal.core.postgres.connections import (
    APPLICATION_NAME,
    connect,
    fetch_rows,
    fetch_value,
)
from alembic_rehearsal.core.postgres.databases import MAINTENANCE_DATABASE
from alembic_rehearsal.core.values.databases import Database, Server

PATIENCE = 1.0  # seconds for ending sessions to send their statistics
# Every row that was ever written to these catalogs, in transactions that were rolled back, too:
# a role that was created and dropped again is counted (PostgreSQL manual, The Cumulative
# Statistics System: shared catalogs are counted once).
_CHANGES = """
    SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_sys_tables
    WHERE relname IN ('pg_authid', 'pg_auth_members', 'pg_tablespace')
"""
# A session sends its statistics before it leaves pg_stat_activity.  We wait for our own sessions
# only, not for those of other users of a server given by URL.
_SESSIONS = f"""
    SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
    AND (application_name = '{APPLICATION_NAME}' OR datname LIKE 'rehearsal\\_%')
"""


def count_shared_changes(server: Server) -> int:
    """How many rows of the shared catalogs were ever written on a server.

    Raises what `connect` raises.
    """
    with connect(Database(server, MAINTENANCE_DATABASE)) as connection:
        ends = time.monotonic() + PATIENCE
        while fetch_value(connection, _SESSIONS) and time.monotonic() < ends:
            time.sleep(0.005)
        return int(fetch_value(connection, _CHANGES))


def role_names(server: Server) -> frozenset[str]:
    """The names of all roles of a server."""
    return frozenset(
        name
        for (name,) in fetch_rows(
            Database(server, MAINTENANCE_DATABASE), "SELECT rolname FROM pg_roles"
        )
    )


def shared_server_refusal(revision: str) -> str:
    """The reason for not running a revision that changes shared catalogs on a server by URL."""
    return (
        f"{revision} changes roles, tablespaces or databases, which a server given by URL shares "
        "with others"
    )
