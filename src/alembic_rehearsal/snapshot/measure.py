"""The provenance of a snapshot, read from the database in the snapshot's own transaction.

Of the tables only Alembic's version table is read: row counts are the planner's estimates.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from alembic_rehearsal.core.postgres.connections import Connection
from alembic_rehearsal.core.schema.version_table import DEFAULT_TABLE, read_stamp
from alembic_rehearsal.snapshot.pg_dump import pg_dump_version
from alembic_rehearsal.snapshot.values import Provenance, TableSize

_SERVER = """
    SELECT current_setting('server_version'), pg_encoding_to_char(d.encoding), d.datcollate,
           current_setting('TimeZone')
    FROM pg_database d WHERE d.datname = current_database()
"""
_EXTENSIONS = "SELECT extname, extversion FROM pg_extension"
# reltuples is the planner's estimate, -1 if there is none; a partitioned table has no file of its
# own.  A table that was dropped meanwhile is still in this transaction's catalog, without a size.
_TABLES = """
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname),
           greatest(c.reltuples, 0)::bigint, coalesce(pg_total_relation_size(c.oid), 0)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname NOT LIKE 'pg\\_%'
"""
# Roles that a schema-only dump without owners and grants names; 0 is PUBLIC.
_ROLES = """
    SELECT r.rolname FROM pg_roles r WHERE r.oid IN (
        SELECT unnest(polroles) FROM pg_policy
        UNION SELECT umuser FROM pg_user_mappings)
    ORDER BY r.rolname COLLATE "C"
"""


def measure_provenance(connection: Connection, version_table: str | None) -> Provenance:
    """The provenance without the hash and the reference tables, which depend on the text."""
    ((version, encoding, collation, time_zone),) = _fetch_rows(connection, _SERVER)
    return Provenance(
        revisions=read_stamp(connection, version_table) if version_table else (),
        server_version=version.split()[0],
        encoding=encoding,
        collation=collation,
        time_zone=time_zone,
        extensions=dict(_fetch_rows(connection, _EXTENSIONS)),
        tables={
            name: TableSize(rows, size) for name, rows, size in _fetch_rows(connection, _TABLES)
        },
        version_table=version_table or DEFAULT_TABLE,
        sha256="",
        taken_at=datetime.now(UTC).isoformat(timespec="seconds"),
        taken_with=pg_dump_version(connection.server_version // 10000),
        roles=tuple(name for (name,) in _fetch_rows(connection, _ROLES)),
    )


def _fetch_rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
