"""What a database holds, as far as a deploy must know: its tables and its revisions.

Reads PostgreSQL databases and SQLite files; changes neither.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from psycopg2.errors import InsufficientPrivilege

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.schema.picture import split_name
from alembic_rehearsal.core.schema.version_table import find_version_tables, read_stamp
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
_SQLITE_VERSION_TABLE = """
    SELECT name FROM sqlite_master m
    WHERE type = 'table'
      AND (SELECT group_concat(name) FROM pragma_table_info(m.name)) = 'version_num'
    ORDER BY name <> 'alembic_version', name LIMIT 1
"""


def inspect_database(target: Database | Path, version_table: str = "") -> Inspection:
    """The tables and the revisions of a database, or of a SQLite file.

    `version_table` is the one that is meant, "" for the only one.  A file that does not exist is
    an empty database: SQLite makes it when it is written.  Raises `Refused` for a file that
    SQLite cannot read, for a version table that may not be read, and where there are several
    and none is named.
    """
    if isinstance(target, Path):
        return _inspect_sqlite(target)
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
        version_table = _choose_version_table(find_version_tables(connection), named, database)
        cursor.execute(_TABLES, (version_table,))
        tables = tuple(row[0] for row in cursor.fetchall())
        if version_table is None:
            return Inspection(tables)
        try:
            stamp = read_stamp(connection, version_table)
            return Inspection(tables, stamp, version_table=version_table)
        except InsufficientPrivilege as error:
            user = database.server.user
            raise Refused(
                f"{user} may not read {version_table} in {database.masked}; nothing was changed.",
                why="what the database is at stands in there.",
                remedies=(f'GRANT SELECT, INSERT, UPDATE, DELETE ON {version_table} TO "{user}";',),
            ) from error


def _choose_version_table(found: tuple[str, ...], named: str, database: Database) -> str | None:
    if named:
        asked = split_name(named)
        full = asked if len(asked) > 1 else ("public", *asked)
        return next((each for each in found if split_name(each) == full), None)
    if len(found) > 1:
        raise Refused(
            f"{database.masked} has {len(found)} version tables: {', '.join(found)}; nothing was "
            "changed.",
            why="several projects keep their revisions there, and only one of them is this one.",
            remedies=(
                f"version_table = {json.dumps(found[-1])}   (in the settings: the one that env.py "
                "means)",
            ),
        )
    return next(iter(found), None)


def _inspect_sqlite(path: Path) -> Inspection:
    if not path.exists():
        return Inspection()
    with _open_sqlite(path) as connection:
        (version_table,) = connection.execute(_SQLITE_VERSION_TABLE).fetchone() or (None,)
        tables = connection.execute(_SQLITE_TABLES, (version_table,)).fetchall()
        stamp = _read_sqlite_stamp(connection, version_table) if version_table else ()
        return Inspection(tuple(row[0] for row in tables), stamp)


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
