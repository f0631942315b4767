"""Alembic's version table in a database: found, read and written by plain SQL.

Works on an open connection; which database, and whether it may be written, is the
caller's business.
"""

from __future__ import annotations

import json
import shlex

import psycopg2.errors
from psycopg2 import sql

from alembic_rehearsal.core.postgres.connections import Connection, connect
from alembic_rehearsal.core.schema.picture import split_name
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.did_you_mean import did_you_mean
from alembic_rehearsal.core.values.errors import Refused, UsageError

DEFAULT_TABLE = "public.alembic_version"
SEEDED_BY = "seeded by "  # begins the last line of its comment where a seed function has been run
# The table may have another name or schema (context.configure's version_table and
# version_table_schema); what makes it one is its only column.
_FIND = """
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname !~ '^pg_'
      AND (SELECT array_agg(a.attname::text) FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) = '{version_num}'
    ORDER BY c.relname <> 'alembic_version', n.nspname <> 'public', 1
"""


def find_version_tables(connection: Connection) -> tuple[str, ...]:
    """The qualified names, as SQL has them, of all that look like a version table.

    Where several projects share a database, each has its own: only its env.py knows which.
    The first is the likeliest, `alembic_version` in `public` before all.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIND)
        return tuple(name for (name,) in cursor.fetchall())


def find_version_table(connection: Connection) -> str | None:
    """The likeliest of `find_version_tables`, None where the database has none."""
    return next(iter(find_version_tables(connection)), None)


def read_stamp(connection: Connection, table: str) -> tuple[str, ...]:
    """The revisions in a version table, sorted; none where the table does not exist.

    `table` is a name as SQL has it, and may be qualified ('app."Versions"'); otherwise the
    search path decides.
    """
    name = _qualified_identifier(table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NULL", (name.as_string(connection),))
        if cursor.fetchone() == (True,):
            return ()
        cursor.execute(sql.SQL("SELECT version_num FROM {} ORDER BY 1").format(name))
        return tuple(row[0] for row in cursor.fetchall())


def write_stamp(connection: Connection, table: str, revisions: tuple[str, ...]) -> None:
    """Put revisions into a version table that has no rows, making it where it is missing.

    Shape and names are those that Alembic gives it (`DefaultImpl.version_table_impl`).
    """
    name, key = _qualified_identifier(table), sql.Identifier(f"{split_name(table)[-1]}_pkc")
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "CREATE TABLE IF NOT EXISTS {} (version_num varchar(32) NOT NULL, "
                "CONSTRAINT {} PRIMARY KEY (version_num))"
            ).format(name, key)
        )
        for revision in revisions:
            cursor.execute(sql.SQL("INSERT INTO {} VALUES (%s)").format(name), (revision,))


def _qualified_identifier(table: str) -> sql.Identifier:
    return sql.Identifier(*split_name(table))


def choose_version_table(connection: Connection, masked_url: str, name: str) -> str | None:
    """The version table called `named` ("" for the only one); None where there is none at all.

    Raises `UsageError` where nothing has that name, and where none is named and there are several.
    """
    found = find_version_tables(connection)
    if name:
        return _find_by_name(name, found, masked_url)
    if len(found) > 1:
        raise UsageError(
            f"{masked_url} has {len(found)} version tables: {', '.join(found)}.",
            why="several projects keep their revisions there, and only one of them is this one.",
            remedies=_remedies(found[-1]),
        )
    return next(iter(found), None)


def _find_by_name(name: str, found: tuple[str, ...], masked_url: str) -> str:
    name_parts = split_name(name)
    full = name_parts if len(name_parts) > 1 else ("public", *name_parts)
    for each in found:
        if split_name(each) == full:
            return each
    raise UsageError(
        f"{masked_url} has no version table {name}{did_you_mean(name, found)}.",
        why="a version table has one column, version_num.",
        remedies=_remedies(found[0]) if found else (),
    )


def _remedies(table: str) -> tuple[str, str]:
    setting = f"version_table = {json.dumps(table, ensure_ascii=False)}"
    return (
        f"{setting}   (in the settings: the one that env.py means)",
        f"rehearsal snapshot take --version-table {shlex.quote(table)} ...   (this once)",
    )


def read_database_stamp(database: Database, version_table: str) -> tuple[str, ...]:
    with connect(database, read_only=True) as connection:
        table = choose_version_table(connection, database.masked, version_table)
        try:
            return read_stamp(connection, table) if table else ()
        except psycopg2.errors.InsufficientPrivilege as error:
            raise Refused(
                f"{database.server.user} may not read {table} of {database.masked}.",
                why="it says at which revision the database is.",
                remedies=(f"GRANT SELECT ON {table} TO {database.server.user};",),
            ) from error
