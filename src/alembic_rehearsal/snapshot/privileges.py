"""The privileges that a role needs to take a snapshot, and the GRANT statements for them.

Rows are read only from declared tables and the version table.  But pg_dump locks every table, and
PostgreSQL allows the weakest lock only to roles that may read the table or, from 16 on, change it.
Views, sequences, functions and types need no privileges: every role may read the catalogs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby

from alembic_rehearsal.core.postgres.connections import Connection
from alembic_rehearsal.core.values.errors import MayNotRead

_MAX_NAMED = 20  # tables of one schema
# Tables of extensions are left out: pg_dump does not lock them, CREATE EXTENSION makes them.
_CLOSED = """
    SELECT quote_ident(n.nspname), quote_ident(c.relname), has_schema_privilege(n.oid, 'USAGE'),
           has_table_privilege(c.oid, %(locking)s)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
      AND NOT (has_schema_privilege(n.oid, 'USAGE')
               AND has_table_privilege(c.oid, %(locking)s)
               AND (has_table_privilege(c.oid, 'SELECT')
                    OR quote_ident(n.nspname) || '.' || quote_ident(c.relname) <> ALL (%(read)s)))
    ORDER BY 1, 2
"""
_COUNTS = """
    SELECT quote_ident(n.nspname), count(*) FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class _ClosedTable:
    """A table that the role may not lock, or whose rows are needed and may not be read."""

    schema: str
    table: str
    schema_is_open: bool
    can_be_locked: bool


def expect_rights(connection: Connection, masked: str, read: Collection[str]) -> None:
    """Raise `MayNotRead` with all tables that the role may not lock or read, if there are any.

    `read` are the qualified names, quoted where SQL needs it, of the tables whose rows are needed.
    """
    with connection.cursor() as cursor:
        major = connection.server_version // 10000
        cursor.execute(_CLOSED, {"locking": _locking_privileges(major), "read": list(read)})
        closed = [_ClosedTable(*row) for row in cursor.fetchall()]
        if not closed:
            return
        cursor.execute(_COUNTS)
        counts = dict(cursor.fetchall())
        cursor.execute("SELECT quote_ident(current_user)")
        ((role,),) = cursor.fetchall()
    listed = "".join(f"\n  {line}" for line in _schema_lines(closed, counts))
    raise MayNotRead(
        f"{role} may not read {len(closed)} of the tables of {masked}:{listed}",
        why="pg_dump locks every table against changes, and needs a privilege on it for that; "
        "the rows are not read.",
        remedies=tuple(_grant_statements(closed, role, major, read)),
    )


def _locking_privileges(major: int) -> str:
    """The privileges of which one is enough for ACCESS SHARE (PostgreSQL manual, LOCK)."""
    if major < 16:
        return "SELECT"
    changing = "SELECT, INSERT, UPDATE, DELETE, TRUNCATE"
    return changing if major < 17 else f"{changing}, MAINTAIN"


def _schema_lines(closed: Iterable[_ClosedTable], counts: dict[str, int]) -> Iterable[str]:
    for schema, group in groupby(closed, lambda each: each.schema):
        tables = list(group)
        itself = "" if tables[0].schema_is_open else "the schema itself, and "
        every = "all of " if len(tables) == counts[schema] else ""
        many = f"{len(tables)} table{'s'[: len(tables) != 1]}"
        names = ", ".join(each.table for each in tables[:_MAX_NAMED])
        more = len(tables) - _MAX_NAMED
        rest = f" and {more} more" if more > 0 else ""
        yield f"{schema}: {itself}{every}{many}: {names}{rest}"


def _grant_statements(
    closed: list[_ClosedTable], role: str, major: int, read: Collection[str]
) -> Iterable[str]:
    schemas = ", ".join(dict.fromkeys(each.schema for each in closed))
    unusable = ", ".join(dict.fromkeys(each.schema for each in closed if not each.schema_is_open))
    usage = f"GRANT USAGE ON SCHEMA {unusable} TO {role}; " if unusable else ""
    if all(each.can_be_locked and each.schema_is_open for each in closed):
        names = ", ".join(f"{each.schema}.{each.table}" for each in closed)
        yield f"GRANT SELECT ON {names} TO {role};"
        return
    if major >= 14:
        yield f"GRANT pg_read_all_data TO {role};   (also for future tables)"
    yield f"{usage}GRANT SELECT ON ALL TABLES IN SCHEMA {schemas} TO {role};"
    if major >= 17:
        rows = f" GRANT SELECT ON {', '.join(sorted(read))} TO {role};" if read else ""
        yield (
            f"{usage}GRANT MAINTAIN ON ALL TABLES IN SCHEMA {schemas} TO {role};{rows}"
            "   (allows VACUUM and REINDEX, but not to read rows)"
        )
