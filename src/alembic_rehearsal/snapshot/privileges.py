"""What a role must be granted before a snapshot can be taken, and what to type for it.

No row is asked for but those of declared tables and of Alembic's own: pg_dump locks every
table, and PostgreSQL grants the weakest lock only to those who may read the table, or, from
16 on, change it.  Of views, sequences, functions and types, catalogs tell everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby

from alembic_rehearsal.core.postgres.connections import Connection
from alembic_rehearsal.core.values.errors import MayNotRead

_MAX_NAMED = 20  # tables of one schema
# Tables of extensions are not locked: their extension makes them.
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
    """A table that cannot be locked, or of which rows are wanted and cannot be read."""

    schema: str
    table: str
    schema_is_open: bool
    can_be_locked: bool


def expect_rights(connection: Connection, masked: str, read: Collection[str]) -> None:
    """Raise `MayNotRead` where pg_dump would be refused, with all that is closed to the role.

    `read` are the tables, as SQL has them, of which rows are wanted as well.
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
        why="pg_dump locks every table against changes, which takes the right to read it; "
        "their rows are not read.",
        remedies=tuple(_grant_statements(closed, role, major, read)),
    )


def _locking_privileges(major: int) -> str:
    """The rights of which any is enough for ACCESS SHARE (PostgreSQL manual, LOCK)."""
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
    shut = ", ".join(dict.fromkeys(each.schema for each in closed if not each.schema_is_open))
    usage = f"GRANT USAGE ON SCHEMA {shut} TO {role}; " if shut else ""
    if all(each.can_be_locked and each.schema_is_open for each in closed):
        names = ", ".join(f"{each.schema}.{each.table}" for each in closed)
        yield f"GRANT SELECT ON {names} TO {role};"
        return
    if major >= 14:
        yield f"GRANT pg_read_all_data TO {role};   (tables to come as well)"
    yield f"{usage}GRANT SELECT ON ALL TABLES IN SCHEMA {schemas} TO {role};"
    if major >= 17:
        rows = f" GRANT SELECT ON {', '.join(sorted(read))} TO {role};" if read else ""
        yield (
            f"{usage}GRANT MAINTAIN ON ALL TABLES IN SCHEMA {schemas} TO {role};{rows}"
            "   (VACUUM and REINDEX, and no row to read)"
        )
