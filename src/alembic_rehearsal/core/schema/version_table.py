"""Alembic's version table in a database: found, read and written by plain SQL.

Works on an open connection; which database, and whether it may be written, is the
caller's business.
"""

from __future__ import annotations

from psycopg2 import sql
from psycopg2.extensions import connection as Connection

from alembic_rehearsal.picture import parts

DEFAULT = "public.alembic_version"
SEEDED = "seeded by "  # begins the last line of its comment where a seed function has been run
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
    name = _identifier(table)
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
    name, key = _identifier(table), sql.Identifier(f"{parts(table)[-1]}_pkc")
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "CREATE TABLE IF NOT EXISTS {} (version_num varchar(32) NOT NULL, "
                "CONSTRAINT {} PRIMARY KEY (version_num))"
            ).format(name, key)
        )
        for revision in revisions:
            cursor.execute(sql.SQL("INSERT INTO {} VALUES (%s)").format(name), (revision,))


def _identifier(table: str) -> sql.Identifier:
    return sql.Identifier(*parts(table))
