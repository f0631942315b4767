"""One statement for many families: sent in one round trip, answered with one cell of JSON.

Pure text.  The statement pins what the printing of definitions depends on, and puts it
back before it ends, so that it can run in the middle of somebody else's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from alembic_rehearsal.core.schema.catalog.family import (
    FIRST_USER_OID,
    PUBLIC,
    Family,
    Naming,
    Unit,
)

# What the text of a definition depends on (PostgreSQL manual, Client Connection Defaults).
SETTINGS = {
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
_MEMBERS = """members AS MATERIALIZED (SELECT classid, objid FROM pg_catalog.pg_depend
    WHERE refclassid = 'pg_catalog.pg_extension'::regclass AND deptype = 'e')"""

# Of two statements that see the same transactions none sees more than the other.
_SNAPSHOT = "pg_current_snapshot()::text"

Oids = Mapping[Unit, Collection[int]]
# How many cells a row begins with: kind, name, oid of the unit, oid of the object, column,
# and the five of the naming.
HEAD = 10
PARAMETERS = "oid[], oid[], oid[]"
_PARAMETER = {unit: f"${number}" for number, unit in enumerate(Unit, start=1)}


@lru_cache(maxsize=8)  # a camera sends the same one again and again
def reading(
    families: tuple[Family, ...], *, again: bool = False, absent: tuple[Family, ...] = ()
) -> str:
    """The statement that reads these families; `again`: of the units in its parameters.

    `PARAMETERS` are the types of those: the oids of relations, types and functions.

    The answer has an array of rows for the comments (catalog, oid, column, text); which
    transactions it sees; whether one of the `absent` families has a row after all; and for
    each family its rows column by column.  NULL stands for no rows.  A row of a family has
    what `HEAD` says, the seldom attributes, and then the others.
    """
    signs = [_any(each, again) for each in absent]
    appeared = " OR ".join(sign for sign in signs if sign) or "false"
    parts = [_comments(again), _SNAPSHOT, appeared, *(_rows(family, again) for family in families)]
    return framed(f"WITH {_MEMBERS} SELECT json_build_array({', '.join(parts)})::text AS answer")


def framed(query: str) -> str:
    """A query of one row, with the column `answer` and no FROM, under pinned settings.

    They are pinned first because the query is lateral to them, and put back last because
    that is told of its result.
    """
    kept = ", ".join(
        f"current_setting('{name}') AS kept_{index}" for index, name in enumerate(SETTINGS)
    )
    pinned = ", ".join(
        f"set_config('{name}', '{value}', true) AS pinned_{index}"
        for index, (name, value) in enumerate(SETTINGS.items())
    )
    put_back = ", ".join(
        f"set_config('{name}', opened.kept_{index}, true)" for index, name in enumerate(SETTINGS)
    )
    return (
        f"SELECT told.answer, {put_back} FROM (SELECT {kept}, {pinned} OFFSET 0) AS opened, "
        f"LATERAL ({query} WHERE opened.pinned_0 IS NOT NULL OFFSET 0) AS told"
    )


def _rows(family: Family, again: bool) -> str:
    if again and family.unit is None:
        return "NULL"
    condition = ""
    if again and family.unit is not None:
        condition = f" AND {family.unit_oid} = ANY ({_PARAMETER[family.unit]})"
    cells = [
        family.kind,
        family.name,
        f"{family.unit_oid}::int8",
        f"{family.oid}::int8",
        family.column,
        *_naming(family.naming),
        _seldom(family),
        *family.attributes.values(),
    ]
    # By column: an aggregate looks up its type once, json_build_array for every value.
    named = ", ".join(f"{cell} AS cell_{index}" for index, cell in enumerate(cells))
    columns = ", ".join(f"json_agg(found.cell_{index})" for index in range(len(cells)))
    return (
        f"(SELECT json_build_array({columns}) FROM "
        f"(SELECT {named} {family.source}{condition}{_ordered(family)}) AS found)"
    )


def _any(family: Family, again: bool = False) -> str:
    """Whether there can be a row of the family; `again`: one of the units in the parameters."""
    sign = family.present
    if sign is None or (again and not sign.unit_oid):
        return ""
    where = ""
    if again and family.unit is not None:
        where = f"{sign.unit_oid} = ANY ({_PARAMETER[family.unit]}) AND "
    return f"EXISTS (SELECT FROM pg_catalog.{sign.catalog} WHERE {where}{sign.condition})"


def _naming(naming: Naming) -> tuple[str, ...]:
    return naming.name, naming.table, naming.label, naming.columns, naming.addition


def _ordered(family: Family) -> str:
    return f" ORDER BY {family.unit_oid}, {family.position}" if family.position else ""


def _seldom(family: Family) -> str:
    if not family.seldom:
        return "NULL"
    pairs = ", ".join(f"'{name}', {sql}" for name, sql in family.seldom.items())
    return f"CASE WHEN {family.seldom_if} THEN json_build_object({pairs}) END"


_ON_PUBLIC = f"(classoid = 'pg_catalog.pg_namespace'::regclass AND objoid = {PUBLIC})"
# What initdb writes on the schema public, and a restore on one that was made again.
_STANDARD = """(classoid = 'pg_catalog.pg_namespace'::regclass
    AND description = 'standard public schema'
    AND objoid IN (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'public'))"""


def _comments(again: bool) -> str:
    condition = ""
    if again:
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
        WHERE (objoid >= {FIRST_USER_OID} OR {_ON_PUBLIC}) AND NOT {_STANDARD} {condition})"""


def census(families: Sequence[Family]) -> str:
    """The statement that says which transactions it sees, and what there can be rows of."""
    parts = [_SNAPSHOT, *(_any(family) or "true" for family in families)]
    return f"SELECT json_build_array({', '.join(parts)})::text"


def parameters(units: Oids) -> tuple[str, ...]:
    """The values of `PARAMETERS`, as literals."""
    return tuple(
        f"'{{{','.join(str(oid) for oid in sorted(units.get(unit, ())))}}}'" for unit in Unit
    )
