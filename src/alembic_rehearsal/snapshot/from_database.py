"""The snapshot of a living database, in memory: schema, provenance, rows of declared tables.

Everything in it is of one moment.  Nothing is written, there or here: `capture.py` does that.
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
    """What `read_snapshot(path)` would give, had the database's snapshot been written there.

    All is read in one repeatable-read transaction, which pg_dump shares; it waits
    `lock_timeout` seconds for a lock at most.  The rows of `reference_tables` are carried,
    those of no other table.  `version_table` names the one whose revisions count, where there
    are several.

    Raises `NoServer` for a database that goes away and where no pg_dump is new enough,
    `ToolFailed` when pg_dump fails; `WrongServer` for a PostgreSQL that is too old, `Refused`
    behind a pooler that lends sessions by transaction, `MayNotRead` with everything that is
    closed to the account; `UsageError` for reference tables that are not there, or cannot be
    loaded without others, and for a version table that is not there, or one of several.
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
            why="what is in it is kept as the revisions of the provenance.",
        )
    return rows


def _dump_schema(database: Database, connection: Connection, lock_timeout: float) -> str:
    """What pg_dump says, from the same moment; where it failed, whether we are gone, too."""
    shared = _export_transaction(connection)
    try:
        return dump_schema(database, lock_timeout=lock_timeout, snapshot=shared)
    except ToolFailed:
        with connection.cursor() as cursor:
            cursor.execute("SELECT")
        raise


def _export_transaction(connection: Connection) -> str:
    """The name by which another session can see what this transaction sees."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        ((name,),) = cursor.fetchall()
    return str(name)
