"""The snapshot of a running database, in memory: schema, provenance, rows of declared tables.

Everything is read in one transaction, so that it is consistent.  Nothing is written: `take.py`
writes the files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from alembic_rehearsal.core.postgres.connections import Connection
from alembic_rehearsal.core.rows.reference import read_reference_rows
from alembic_rehearsal.core.rows.tables import qualify_name, table_reader
from alembic_rehearsal.core.schema.read import OLDEST_MAJOR
from alembic_rehearsal.core.schema.version_table import SEEDED_BY, choose_version_table
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import ToolFailed, UsageError, WrongServer
from alembic_rehearsal.snapshot.dump_text import without_comment_mark
from alembic_rehearsal.snapshot.files import digest, with_rows
from alembic_rehearsal.snapshot.measure import measure_provenance
from alembic_rehearsal.snapshot.pg_dump import dump_schema
from alembic_rehearsal.snapshot.privileges import expect_rights
from alembic_rehearsal.snapshot.transaction import open_read_transaction
from alembic_rehearsal.snapshot.values import Snapshot


def read_live_snapshot(
    database: Database,
    path: Path,
    *,
    reference_tables: Sequence[str] = (),
    version_table: str = "",
    lock_timeout: float = 5.0,
) -> Snapshot:
    """The snapshot of a database, as `read_snapshot(path)` would read it from files.

    Everything is read in one repeatable-read transaction, which pg_dump shares; it waits at
    most `lock_timeout` seconds for a lock.  The snapshot has the rows of `reference_tables` and
    of no other table.  If there are several version tables, `version_table` says which counts.

    Raises `NoServer` if the connection is lost, or no pg_dump is new enough; `ToolFailed` if
    pg_dump fails; `WrongServer` for a PostgreSQL that is too old; `Refused` behind a pooler in
    transaction mode; `MayNotRead` with all tables that the account may not read; `UsageError`
    for reference tables that do not exist or cannot be loaded without others, and for a version
    table that does not exist, or is ambiguous.
    """
    _check_version(database)
    with open_read_transaction(database, lock_timeout) as connection:
        stamped = choose_version_table(connection, database.masked, version_table)
        read = {*([stamped] if stamped else []), *map(qualify_name, reference_tables)}
        expect_rights(connection, database.masked, read)
        schema = _dump_schema(database, connection, lock_timeout)
        provenance = measure_provenance(connection, stamped)
        rows = _reference_rows(connection, reference_tables, provenance.version_table)
    sql = with_rows(without_comment_mark(schema, provenance.version_table, SEEDED_BY), rows)
    declared = tuple(sorted(rows))
    return Snapshot(path, sql, replace(provenance, sha256=digest(sql), reference_tables=declared))


def _check_version(database: Database) -> None:
    if database.server.major < OLDEST_MAJOR:
        raise WrongServer(
            f"{database.masked} is PostgreSQL {database.server.version}; snapshots are taken from "
            f"{OLDEST_MAJOR} on.",
            remedies=(f"upgrade the server to PostgreSQL {OLDEST_MAJOR} or newer",),
        )


def _reference_rows(
    connection: Connection, reference_tables: Sequence[str], version_table: str
) -> Mapping[str, str]:
    if not reference_tables:
        return {}
    with table_reader(connection) as found:
        rows = read_reference_rows(found, reference_tables)
    if version_table in rows:
        raise UsageError(
            f"reference_tables names {version_table}, Alembic's own table.",
            why="its rows are kept as the revisions of the provenance.",
        )
    return rows


def _dump_schema(database: Database, connection: Connection, lock_timeout: float) -> str:
    """The output of pg_dump, which shares this transaction's snapshot.

    If pg_dump fails, a query on the connection finds out whether the server ended it, too.
    """
    shared = _export_transaction(connection)
    try:
        return dump_schema(database, lock_timeout=lock_timeout, snapshot=shared)
    except ToolFailed:
        with connection.cursor() as cursor:
            cursor.execute("SELECT")
        raise


def _export_transaction(connection: Connection) -> str:
    """The identifier with which another session can read the same state as this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        ((name,),) = cursor.fetchall()
    return str(name)
