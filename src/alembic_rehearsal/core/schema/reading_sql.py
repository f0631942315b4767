"""One statement for many families: sent in one round trip, answered with one cell of JSON.

Pure text.  The statement pins what the printing of definitions depends on, and puts it
back before it ends, so that it can run in the middle of somebody else's transaction.
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

# What the text of a definition depends on (PostgreSQL manual, Client Connection Defaults).
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

# Once for each statement: what extensions own.
_EXTENSION_MEMBERS = """members AS MATERIALIZED (SELECT classid, objid FROM pg_catalog.pg_depend
    WHERE refclassid = 'pg_catalog.pg_extension'::regclass AND deptype = 'e')"""

# Of two statements that see the same transactions none sees more than the other.
_VISIBLE_TRANSACTIONS = "pg_current_snapshot()::text"

OidsByUnit = Mapping[Unit, Collection[int]]
# How many cells a row begins with: kind, name, oid of the unit, oid of the object, column,
# and the five of the naming.
LEADING_CELLS = 10
PARAMETER_TYPES = "oid[], oid[], oid[]"
_PARAMETER = {unit: f"${number}" for number, unit in enumerate(Unit, start=1)}


@lru_cache(maxsize=8)  # a camera sends the same one again and again
def reading_statement(
    families: tuple[Family, ...], *, by_unit: bool = False, absent: tuple[Family, ...] = ()
) -> str:
    """The statement that reads these families; `again`: of the units in its parameters.

    `PARAMETER_TYPES` are the types of those: the oids of relations, types and functions.

    The answer has an array of rows for the comments (catalog, oid, column, text); which
    transactions it sees; whether one of the `absent` families has a row after all; and for
    each family its rows column by column.  NULL stands for no rows.  A row of a family has
    what `LEADING_CELLS` says, the seldom attributes, and then the others.
    """
    tests = [_presence_sql(each, by_unit) for each in absent]
    appeared = " OR ".join(sign for sign in tests if sign) or "false"
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
    """A query of one row, with the column `answer` and no FROM, under pinned settings.

    They are pinned first because the query is lateral to them, and put back last because
    that is told of its result.
    """
    kept = ", ".join(
        f"current_setting('{name}') AS kept_{index}" for index, name in enumerate(PINNED_SETTINGS)
    )
    pinned = ", ".join(
        f"set_config('{name}', '{value}', true) AS pinned_{index}"
        for index, (name, value) in enumerate(PINNED_SETTINGS.items())
    )
    put_back = ", ".join(
        f"set_config('{name}', opened.kept_{index}, true)"
        for index, name in enumerate(PINNED_SETTINGS)
    )
    return (
        f"SELECT told.answer, {put_back} FROM (SELECT {kept}, {pinned} OFFSET 0) AS opened, "
        f"LATERAL ({query} WHERE opened.pinned_0 IS NOT NULL OFFSET 0) AS told"
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
    # By column: an aggregate looks up its type once, json_build_array for every value.
    named = ", ".join(f"{cell} AS cell_{index}" for index, cell in enumerate(cells))
    columns = ", ".join(f"json_agg(found.cell_{index})" for index in range(len(cells)))
    return (
        f"(SELECT json_build_array({columns}) FROM "
        f"(SELECT {named} {family.source}{condition}{_order_by(family)}) AS found)"
    )


def _presence_sql(family: Family, by_unit: bool = False) -> str:
    """Whether there can be a row of the family; `again`: one of the units in the parameters."""
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
# What initdb writes on the schema public, and a restore on one that was made again.
_IS_INITDB_COMMENT = """(classoid = 'pg_catalog.pg_namespace'::regclass
    AND description = 'standard public schema'
    AND objoid IN (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'public'))"""


def _comments_sql(by_unit: bool) -> str:
    condition = ""
    if by_unit:
        relations = _PARAMETER[Unit.RELATION]
        # Those of parts have oids of their own: few people comment on them.
        condition = f"""AND (objoid = ANY ({" || ".join(_PARAMETER.values())})
            OR classoid <> ALL (ARRAY['pg_class', 'pg_type', 'pg_proc']::regclass[])
            OR objoid IN (SELECT indexrelid FROM pg_catalog.pg_index
                WHERE indrelid = ANY ({relations}) UNION ALL SELECT reltype
                FROM pg_catalog.pg_class WHERE oid = ANY ({relations}) AND relkind = 'c'))"""
    return f"""(SELECT json_agg(json_build_array(
            classoid::regclass::text, objoid::int8, objsubid, description))
        FROM pg_catalog.pg_description
        WHERE (objoid >= {FIRST_USER_OID} OR {_IS_ON_PUBLIC}) AND NOT {_IS_INITDB_COMMENT} {condition})"""


def presence_statement(families: Sequence[Family]) -> str:
    """The statement that says which transactions it sees, and what there can be rows of."""
    parts = [_VISIBLE_TRANSACTIONS, *(_presence_sql(family) or "true" for family in families)]
    return f"SELECT json_build_array({', '.join(parts)})::text"


def unit_parameters(units: OidsByUnit) -> tuple[str, ...]:
    """The values of `PARAMETER_TYPES`, as literals."""
    return tuple(
        f"'{{{','.join(str(oid) for oid in sorted(units.get(unit, ())))}}}'" for unit in Unit
    )
