"""What a database holds, as far as a deploy must know: its tables and its revisions.

Reads PostgreSQL databases and SQLite files; changes neither.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.schema.picture import join_name, split_name
from alembic_rehearsal.core.schema.version_table import (
    VersionTables,
    choose_version_table,
    read_own_stamp,
    read_stamp,
)
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import Refused
from alembic_rehearsal.deploy.state import Inspection

_TABLES = """
    SELECT CASE n.nspname WHEN 'public' THEN c.relname
                ELSE n.nspname || '.' || c.relname END
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
      AND quote_ident(n.nspname) || '.' || quote_ident(c.relname) IS DISTINCT FROM %s
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_catalog.pg_class'::regclass
                        AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY n.nspname, c.relname
"""
_SQLITE_TABLES = """
    SELECT name FROM sqlite_master
    WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name IS NOT ?
    ORDER BY name
"""
# As in PostgreSQL: the column version_num is the only one, or the primary key.
_SQLITE_VERSION_TABLES = """
    SELECT m.name, m.name = 'alembic_version' OR count(*) = 1
           OR sum(c.pk > 0) = 1 AND sum(c.name = 'version_num' AND c.pk > 0) = 1
    FROM sqlite_master m, pragma_table_info(m.name) c
    WHERE m.type = 'table'
    GROUP BY m.name HAVING sum(c.name = 'version_num') = 1
    ORDER BY m.name <> 'alembic_version', m.name
"""


def inspect_database(target: Database | Path, version_table: str = "") -> Inspection:
    """The tables and the revisions of a database, or of a SQLite file.

    `version_table` is the project's own, "" for the only one.  A file that does not exist counts
    as an empty database, because SQLite creates it on the first write.  Raises `Refused` for a
    file that SQLite cannot read, and for a version table that may not be read; `UsageError` if
    there are several version tables and none is named.
    """
    if isinstance(target, Path):
        return _inspect_sqlite(target, version_table)
    return _inspect_postgres(target, version_table)


def read_revisions(target: Database | Path, version_table: str) -> tuple[str, ...]:
    """The rows of a version table that is known by name, sorted."""
    if isinstance(target, Path):
        with _open_sqlite(target) as connection:
            return _read_sqlite_stamp(connection, version_table)
    with connect(target, read_only=True) as connection:
        return read_stamp(connection, version_table)


def _inspect_postgres(database: Database, named: str) -> Inspection:
    with connect(database, read_only=True) as connection, connection.cursor() as cursor:
        version_table = choose_version_table(
            connection, database.masked, named, may_be_missing=True
        )
        cursor.execute(_TABLES, (version_table,))
        tables = tuple(row[0] for row in cursor.fetchall())
        if version_table is None:
            return Inspection(tables)
        stamp = read_own_stamp(
            connection, database, version_table, grant="SELECT, INSERT, UPDATE, DELETE"
        )
        return Inspection(tables, stamp, version_table=version_table)


def _inspect_sqlite(path: Path, named: str) -> Inspection:
    if not path.exists():
        return Inspection()
    with _open_sqlite(path) as connection:
        version_table = _find_sqlite_tables(connection).choose(
            str(path), named, may_be_missing=True
        )
        version_table = version_table and split_name(version_table)[-1]
        tables = connection.execute(_SQLITE_TABLES, (version_table,)).fetchall()
        stamp = _read_sqlite_stamp(connection, version_table) if version_table else ()
        return Inspection(tuple(row[0] for row in tables), stamp)


def _find_sqlite_tables(connection: sqlite3.Connection) -> VersionTables:
    rows = connection.execute(_SQLITE_VERSION_TABLES).fetchall()
    return VersionTables(
        tuple(join_name(name) for name, is_alike in rows if is_alike),
        tuple(join_name(name) for name, is_alike in rows if not is_alike),
    )


def _read_sqlite_stamp(connection: sqlite3.Connection, version_table: str) -> tuple[str, ...]:
    name = version_table.replace('"', '""')
    rows = connection.execute(f'SELECT version_num FROM "{name}" ORDER BY 1').fetchall()
    return tuple(row[0] for row in rows)


@contextmanager
def _open_sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        raise Refused(f"{path} cannot be read: {error}; nothing was changed.") from error
