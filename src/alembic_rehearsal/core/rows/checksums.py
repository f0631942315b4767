"""What the rows of a database are, as numbers: to compare two databases without naming a value.

Tells where rows differ, never what is in them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.schema.picture import belongs_to
from alembic_rehearsal.core.schema.query import Ask
from alembic_rehearsal.core.values.quoting import quoted

# By what it is of: ("rows of", "public.t") is how many, ("values of", "public.t.a") a checksum.
Marks = Mapping[tuple[str, str], str]

ROWS, VALUES = "rows of", "values of"
_TABLES_AT_ONCE = 200
_MOST_ROWS = 100_000  # of a table whose values are looked at
_TABLES = """
    SELECT format('%I.%I', n.nspname, c.relname),
        (SELECT json_agg(format('%I', a.attname) ORDER BY a.attname)::text
         FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
        AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
            AND d.deptype = 'e')
    ORDER BY 1
"""


def marks_of(ask: Ask, version_table: str = "") -> Marks:
    """The marks of every table that people made; Alembic's own has its place elsewhere."""
    tables = {
        name: json.loads(columns)
        for name, columns in ask(_TABLES)
        if columns and not belongs_to(name, version_table)
    }
    marks: dict[tuple[str, str], str] = {}
    names = tuple(tables)
    for at in range(0, len(names), _TABLES_AT_ONCE):
        counts = (
            f"SELECT {quoted(name)}, count(*) FROM {name}"
            for name in names[at : at + _TABLES_AT_ONCE]
        )
        for name, count in ask(" UNION ALL ".join(counts)):
            marks[ROWS, name] = str(count)
            if 0 < int(count) <= _MOST_ROWS:
                marks.update(_values(ask, name, tables[name]))
    return marks


def _values(ask: Ask, table: str, columns: list[str]) -> Marks:
    sums = ", ".join(
        f"md5(string_agg(md5({each}::text), ',' ORDER BY {each}::text COLLATE \"C\"))"
        for each in columns
    )
    ((*found,),) = ask(f"SELECT {sums} FROM {table}")
    pairs = zip(columns, found, strict=True)
    return {(VALUES, f"{table}.{column}"): (mark or "all null")[:8] for column, mark in pairs}


def unlike(first: Marks, second: Marks) -> frozenset[Difference]:
    """Where the rows of tables that both have are not alike; their number tells of the values."""
    changed = {key for key in first.keys() & second.keys() if first[key] != second[key]}
    miscounted = tuple(f"{name}." for kind, name in changed if kind == ROWS)
    return frozenset(
        Difference(kind, name, Change.CHANGED, _SAID[kind], first[kind, name], second[kind, name])
        for kind, name in changed
        if kind == ROWS or not name.startswith(miscounted)
    )


_SAID = {ROWS: "number", VALUES: "checksum"}
