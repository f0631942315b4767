"""Alembic's version table in a database: found, read and written by plain SQL.

The callers decide which database is read, and whether it may be written.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass

import psycopg2.errors
from psycopg2 import sql

from alembic_rehearsal.core.postgres.connections import Connection, connect
from alembic_rehearsal.core.schema.picture import join_name, split_name
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.did_you_mean import did_you_mean
from alembic_rehearsal.core.values.errors import Refused, UsageError

DEFAULT_TABLE = "public.alembic_version"
SEEDED_BY = (
    "seeded by "  # begins the last line of the table's comment after a seed function has run
)
# The table may have another name or schema (context.configure's version_table and
# version_table_schema), and further columns of the project's own.  A table is recognised by its
# column version_num, which is its only column or its primary key; any other table must be named.
_FIND = """
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname),
           c.relname = 'alembic_version'
           OR NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                            AND a.attname <> 'version_num')
           OR v.atttypid IN ('pg_catalog.varchar'::pg_catalog.regtype,
                             'pg_catalog.text'::pg_catalog.regtype)
              AND EXISTS (SELECT FROM pg_catalog.pg_index i
                          WHERE i.indrelid = c.oid AND i.indisprimary
                            AND i.indnkeyatts = 1 AND i.indkey[0] = v.attnum)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_catalog.pg_attribute v ON v.attrelid = c.oid AND v.attname = 'version_num'
    WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND NOT v.attisdropped
    ORDER BY c.relname <> 'alembic_version', n.nspname <> 'public', 1
"""


@dataclass(frozen=True, slots=True)
class VersionTables:
    """The tables of one database that have a column version_num; names are quoted as in SQL.

    `found` are those that are recognised as Alembic's, the likeliest first; `others` count only
    where the settings or env.py name them.
    """

    found: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def named(self, name: str) -> str | None:
        """The table of this name; without a schema, the one in `public`, or else the only one."""
        parts, known = split_name(name), (*self.found, *self.others)
        if len(parts) == 1:
            same = [each for each in known if split_name(each)[-1:] == parts]
            own = [each for each in same if split_name(each)[:-1] in ((), ("public",))]
            return next(iter(own), same[0] if len(same) == 1 else None)
        return next((each for each in known if split_name(each) == parts), None)

    def choose(self, where: str, name: str = "", *, may_be_missing: bool = False) -> str | None:
        """The project's own table: the one called `name`, or the only one; None for no table.

        `name` is the setting `version_table`, "" for none, and `where` the database's masked URL.
        With `may_be_missing` the table `name` may not exist yet, although other projects have
        theirs in this database.

        Raises `UsageError` if there are several tables and no `name`; and, without
        `may_be_missing`, if there are version tables and none is called `name`.
        """
        if name:
            chosen = self.named(name)
            if chosen is None and self.found and not may_be_missing:
                raise UsageError(
                    f"{where} has no version table {name}{did_you_mean(name, self.found)}.",
                    why="a version table has a column version_num.",
                    remedies=_remedies(self.found[0]),
                )
            return chosen
        if len(self.found) > 1:
            raise UsageError(
                f"{where} has {len(self.found)} version tables: {', '.join(self.found)}.",
                why="several projects keep their revisions there, and only one of them is this "
                "one.",
                remedies=_remedies(self.found[-1]),
            )
        return next(iter(self.found), None)


def find_version_tables(connection: Connection) -> VersionTables:
    """All tables that may be a version table.

    If several projects share a database, each has a table of its own, and only env.py names it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIND)
        rows = cursor.fetchall()
    return VersionTables(
        tuple(name for name, is_alike in rows if is_alike),
        tuple(name for name, is_alike in rows if not is_alike),
    )


def find_version_table(connection: Connection, *names: str) -> str | None:
    """The first of `names` that exists, or else the likeliest table; None if there is none.

    It never fails, also if a database has several version tables.  `names` are those that env.py
    configured and that the settings give, "" for an unknown one.
    """
    tables = find_version_tables(connection)
    named = (tables.named(each) for each in names if each)
    return next((each for each in named if each), next(iter(tables.found), None))


def configured_name(table: str, schema: str) -> str:
    """The SQL name of the table that env.py passed to `context.configure`; `schema` may be ""."""
    return join_name(schema, table) if schema else join_name(table)


def read_stamp(connection: Connection, table: str) -> tuple[str, ...]:
    """The revisions in a version table, sorted; none if the table does not exist.

    `table` is quoted as in SQL and may be qualified ('app."Versions"'); if it is not, the search
    path decides.
    """
    name = _qualified_identifier(table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NULL", (name.as_string(connection),))
        if cursor.fetchone() == (True,):
            return ()
        cursor.execute(sql.SQL("SELECT version_num FROM {} ORDER BY 1").format(name))
        return tuple(row[0] for row in cursor.fetchall())


def write_stamp(connection: Connection, table: str, revisions: tuple[str, ...]) -> None:
    """Insert revisions into an empty version table; create the table if it does not exist.

    Its columns and names are those that Alembic gives it (`DefaultImpl.version_table_impl`).
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
            cursor.execute(
                sql.SQL("INSERT INTO {} (version_num) VALUES (%s)").format(name), (revision,)
            )


def _qualified_identifier(table: str) -> sql.Identifier:
    return sql.Identifier(*split_name(table))


def choose_version_table(
    connection: Connection, masked_url: str, name: str, *, may_be_missing: bool = False
) -> str | None:
    """`VersionTables.choose` for the database of an open connection."""
    tables = find_version_tables(connection)
    return tables.choose(masked_url, name, may_be_missing=may_be_missing)


def _remedies(table: str) -> tuple[str, str]:
    setting = f"version_table = {json.dumps(table, ensure_ascii=False)}"
    return (
        f"{setting}   (in the settings: the one that env.py means)",
        f"rehearsal snapshot take --version-table {shlex.quote(table)} ...   (this once)",
    )


def read_database_stamp(database: Database, version_table: str) -> tuple[str, ...]:
    """The revisions of a running database; raises what `choose` and `read_own_stamp` raise."""
    with connect(database, read_only=True) as connection:
        table = choose_version_table(connection, database.masked, version_table)
        return read_own_stamp(connection, database, table) if table else ()


def read_own_stamp(
    connection: Connection, database: Database, table: str, *, grant: str = "SELECT"
) -> tuple[str, ...]:
    """`read_stamp`; raises `Refused`, with the missing `grant`, if the table may not be read."""
    try:
        return read_stamp(connection, table)
    except psycopg2.errors.InsufficientPrivilege as error:
        user = database.server.user
        raise Refused(
            f"{user} may not read {table} of {database.masked}; nothing was changed.",
            why="it says at which revision the database is.",
            remedies=(f"GRANT {grant} ON {table} TO {join_name(user)};",),
        ) from error
