"""The SQL that reads many families with one statement, whose answer is one cell of JSON.

It is text only, and connects to nothing.  The statement pins the settings on which the text of
definitions depends, and restores them before it ends, so that it can run in the middle of the
project's own transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from alembic_rehearsal.core.schema.catalog.family import (
    FIRST_USER_OID,
    PUBLIC_SCHEMA_OID,
    Family,
    Naming,
    Unit,
)

# The text of a definition depends on these (PostgreSQL manual, Client Connection Defaults).
PINNED_SETTINGS = {
    "search_path": "",
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "lc_monetary": "C",
    "quote_all_identifiers": "off",
    "standard_conforming_strings": "on",
}

# The objects that extensions own, read once for each statement.
_EXTENSION_MEMBERS = """members AS MATERIALIZED (SELECT classid, objid FROM pg_catalog.pg_depend
    WHERE refclassid = 'pg_catalog.pg_extension'::regclass AND deptype = 'e')"""

# Two statements for which this is equal see the same rows.
_VISIBLE_TRANSACTIONS = "pg_current_snapshot()::text"

OidsByUnit = Mapping[Unit, Collection[int]]
# The number of cells at the beginning of a row: kind, name, oid of the unit, oid of the object,
# column, and the five of `Naming`.
LEADING_CELLS = 10
PARAMETER_TYPES = "oid[], oid[], oid[]"
_PARAMETER = {unit: f"${number}" for number, unit in enumerate(Unit, start=1)}


@lru_cache(maxsize=8)  # an incremental reader sends the same one many times
def reading_statement(
    families: tuple[Family, ...], *, by_unit: bool = False, absent: tuple[Family, ...] = ()
) -> str:
    """The statement that reads these families; with `by_unit` only the units in its parameters.

    The parameters are the oids of relations, types and functions (`PARAMETER_TYPES`).

    The answer is a JSON array: the comments as rows (catalog, oid, column, text); the
    transactions that the statement sees; whether one of the `absent` families has a row now;
    and for each family its rows, column by column, or NULL for no rows.  A row of a family has
    the cells that `LEADING_CELLS` counts, then the rare attributes, then the others.
    """
    tests = [_presence_sql(each, by_unit) for each in absent]
    appeared = " OR ".join(test for test in tests if test) or "false"
    parts = [
        _comments_sql(by_unit),
        _VISIBLE_TRANSACTIONS,
        appeared,
        *(_rows_sql(family, by_unit) for family in families),
    ]
    return with_pinned_settings(
        f"WITH {_EXTENSION_MEMBERS} SELECT json_build_array({', '.join(parts)})::text AS answer"
    )


def with_pinned_settings(query: str) -> str:
    """A query of one row, with the column `answer` and no FROM, with pinned settings.

    The settings are pinned first because the query is lateral to them, and restored last
    because the outer select list is evaluated on the result.
    """
    kept = ", ".join(
        f"current_setting('{name}') AS kept_{index}" for index, name in enumerate(PINNED_SETTINGS)
    )
    pinned = ", ".join(
        f"set_config('{name}', '{value}', true) AS pinned_{index}"
        for index, (name, value) in enumerate(PINNED_SETTINGS.items())
    )
    restored = ", ".join(
        f"set_config('{name}', opened.kept_{index}, true)"
        for index, name in enumerate(PINNED_SETTINGS)
    )
    return (
        f"SELECT result.answer, {restored} FROM (SELECT {kept}, {pinned} OFFSET 0) AS opened, "
        f"LATERAL ({query} WHERE opened.pinned_0 IS NOT NULL OFFSET 0) AS result"
    )


def _rows_sql(family: Family, by_unit: bool) -> str:
    if by_unit and family.unit is None:
        return "NULL"
    condition = ""
    if by_unit and family.unit is not None:
        condition = f" AND {family.unit_oid} = ANY ({_PARAMETER[family.unit]})"
    cells = [
        family.kind,
        family.name,
        f"{family.unit_oid}::int8",
        f"{family.oid}::int8",
        family.column,
        *_naming_cells(family.naming),
        _rare_attributes_sql(family),
        *family.attributes.values(),
    ]
    # Column by column: json_agg looks up a type once, json_build_array once for every value.
    named = ", ".join(f"{cell} AS cell_{index}" for index, cell in enumerate(cells))
    columns = ", ".join(f"json_agg(found.cell_{index})" for index in range(len(cells)))
    return (
        f"(SELECT json_build_array({columns}) FROM "
        f"(SELECT {named} {family.source}{condition}{_order_by(family)}) AS found)"
    )


def _presence_sql(family: Family, by_unit: bool = False) -> str:
    """Whether the family can have a row; with `by_unit` only in the units in the parameters."""
    test = family.presence
    if test is None or (by_unit and not test.unit_oid):
        return ""
    where = ""
    if by_unit and family.unit is not None:
        where = f"{test.unit_oid} = ANY ({_PARAMETER[family.unit]}) AND "
    return f"EXISTS (SELECT FROM pg_catalog.{test.catalog} WHERE {where}{test.condition})"


def _naming_cells(naming: Naming) -> tuple[str, ...]:
    return naming.name, naming.table, naming.label, naming.columns, naming.addition


def _order_by(family: Family) -> str:
    return f" ORDER BY {family.unit_oid}, {family.position}" if family.position else ""


def _rare_attributes_sql(family: Family) -> str:
    if not family.rare_attributes:
        return "NULL"
    pairs = ", ".join(f"'{name}', {sql}" for name, sql in family.rare_attributes.items())
    return f"CASE WHEN {family.rare_if} THEN json_build_object({pairs}) END"


_IS_ON_PUBLIC = f"(classoid = 'pg_catalog.pg_namespace'::regclass AND objoid = {PUBLIC_SCHEMA_OID})"
# The comment that initdb writes on the schema public, and a restore on a new one.
_IS_INITDB_COMMENT = """(classoid = 'pg_catalog.pg_namespace'::regclass
    AND description = 'standard public schema'
    AND objoid IN (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'public'))"""


def _comments_sql(by_unit: bool) -> str:
    condition = ""
    if by_unit:
        relations = _PARAMETER[Unit.RELATION]
        # Parts have oids of their own; their comments are few, so all of them are read.
        condition = f"""AND (objoid = ANY ({" || ".join(_PARAMETER.values())})
            OR classoid <> ALL (ARRAY['pg_class', 'pg_type', 'pg_proc']::regclass[])
            OR objoid IN (SELECT indexrelid FROM pg_catalog.pg_index
                WHERE indrelid = ANY ({relations}) UNION ALL SELECT reltype
                FROM pg_catalog.pg_class WHERE oid = ANY ({relations}) AND relkind = 'c'))"""
    return f"""(SELECT json_agg(json_build_array(
            classoid::regclass::text, objoid::int8, objsubid, description))
        FROM pg_catalog.pg_description
        WHERE (objoid >= {FIRST_USER_OID} OR {_IS_ON_PUBLIC})
        AND NOT {_IS_INITDB_COMMENT} {condition})"""


def presence_statement(families: Sequence[Family]) -> str:
    """The statement that returns the transactions it sees, and which families can have rows."""
    parts = [_VISIBLE_TRANSACTIONS, *(_presence_sql(family) or "true" for family in families)]
    return f"SELECT json_build_array({', '.join(parts)})::text"


def unit_parameters(units: OidsByUnit) -> tuple[str, ...]:
    """The parameters of a statement by unit, as SQL literals of the `PARAMETER_TYPES`."""
    return tuple(
        f"'{{{','.join(str(oid) for oid in sorted(units.get(unit, ())))}}}'" for unit in Unit
    )
