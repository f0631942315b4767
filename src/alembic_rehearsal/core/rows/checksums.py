"""Checksums of the rows of a database, to compare two databases.

They show which tables and columns differ, and never reveal a value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.schema.picture import belongs_to
from alembic_rehearsal.core.schema.query import RunSql
from alembic_rehearsal.core.values.quoting import quote_literal

# By kind and name: ("rows of", "public.t") is a row count, ("values of", "public.t.a") a checksum.
RowChecksums = Mapping[tuple[str, str], str]

ROW_COUNT, VALUE_CHECKSUM = "rows of", "values of"
_TABLES_AT_ONCE = 200
_MAX_CHECKED_ROWS = 100_000  # values of larger tables are not compared
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


def read_row_checksums(run_sql: RunSql, version_table: str = "") -> RowChecksums:
    """Row counts and checksums of all tables of users, except for the version table.

    Tables of extensions and temporary ones are left out; partitions belong to their parent.
    """
    tables = {
        name: json.loads(columns)
        for name, columns in run_sql(_TABLES)
        if columns and not belongs_to(name, version_table)
    }
    checksums: dict[tuple[str, str], str] = {}
    names = tuple(tables)
    for at in range(0, len(names), _TABLES_AT_ONCE):
        counts = (
            f"SELECT {quote_literal(name)}, count(*) FROM {name}"
            for name in names[at : at + _TABLES_AT_ONCE]
        )
        for name, count in run_sql(" UNION ALL ".join(counts)):
            checksums[ROW_COUNT, name] = str(count)
            if 0 < int(count) <= _MAX_CHECKED_ROWS:
                checksums.update(_read_value_checksums(run_sql, name, tables[name]))
    return checksums


def _read_value_checksums(run_sql: RunSql, table: str, columns: list[str]) -> RowChecksums:
    sums = ", ".join(
        f"md5(string_agg(md5({each}::text), ',' ORDER BY {each}::text COLLATE \"C\"))"
        for each in columns
    )
    ((*checksums,),) = run_sql(f"SELECT {sums} FROM {table}")
    return {
        (VALUE_CHECKSUM, f"{table}.{column}"): (checksum or "all null")[:8]
        for column, checksum in zip(columns, checksums, strict=True)
    }


def row_differences(first: RowChecksums, second: RowChecksums) -> frozenset[Difference]:
    """The differences in tables that both have; a different row count hides those of values."""
    changed = {key for key in first.keys() & second.keys() if first[key] != second[key]}
    miscounted = tuple(f"{name}." for kind, name in changed if kind == ROW_COUNT)
    return frozenset(
        Difference(
            kind,
            name,
            Change.CHANGED,
            _ATTRIBUTE_NAMES[kind],
            first[kind, name],
            second[kind, name],
        )
        for kind, name in changed
        if kind == ROW_COUNT or not name.startswith(miscounted)
    )


_ATTRIBUTE_NAMES = {ROW_COUNT: "number", VALUE_CHECKSUM: "checksum"}
