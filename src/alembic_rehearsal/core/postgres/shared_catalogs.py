"""What belongs to a whole server and to no database of it: whether anybody has changed it."""

from __future__ import annotations

import time

from psycopg2.extensions import connection as Connection

from alembic_rehearsal.core.postgres.connections import APPLICATION_NAME, connect, fetch_rows
from alembic_rehearsal.core.postgres.databases import MAINTENANCE_DATABASE
from alembic_rehearsal.core.values.databases import Database, Server

PATIENCE = 1.0  # seconds for sessions that have ended to hand in what they counted
# Every row that was written to the catalogs of roles, memberships and tablespaces, those of
# transactions that were rolled back included: what was made and dropped again is counted too
# (PostgreSQL manual, The Cumulative Statistics System: shared catalogs are counted once).
_CHANGES = """
    SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_sys_tables
    WHERE relname IN ('pg_authid', 'pg_auth_members', 'pg_tablespace')
"""
# A session counts for itself, and hands that in before it leaves the list of sessions.  Those of
# other people on a server that is not ours are not waited for.
_SESSIONS = f"""
    SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
    AND (application_name = '{APPLICATION_NAME}' OR datname LIKE 'rehearsal\\_%')
"""


def count_shared_changes(server: Server) -> int:
    """How many rows of roles, memberships and tablespaces were ever written on a server."""
    with connect(Database(server, MAINTENANCE_DATABASE)) as connection:
        ends = time.monotonic() + PATIENCE
        while _fetch_number(connection, _SESSIONS) and time.monotonic() < ends:
            time.sleep(0.005)
        return _fetch_number(connection, _CHANGES)


def role_names(server: Server) -> frozenset[str]:
    """The names of all roles of a server."""
    return frozenset(
        name
        for (name,) in fetch_rows(
            Database(server, MAINTENANCE_DATABASE), "SELECT rolname FROM pg_roles"
        )
    )


def shared_server_refusal(revision: str) -> str:
    """Why a revision that changes what a whole server has is not run on one that is not ours."""
    return (
        f"{revision} changes roles, tablespaces or databases, which a server given by URL shares "
        "with others"
    )


def _fetch_number(connection: Connection, query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        ((number,),) = cursor.fetchall()
        return int(number)
