"""The family of indexes; the index of a constraint belongs to the family of constraints."""

from __future__ import annotations

import json
import re

from alembic_rehearsal.core.schema.catalog.family import (
    Dependence,
    Family,
    Naming,
    Unit,
    extensions_needed,
    flag,
    tablespace_name,
)
from alembic_rehearsal.core.schema.catalog.generated_names import is_generated_name
from alembic_rehearsal.core.schema.catalog.relations import IS_USER_RELATION

# `i` is pg_index, `x` the index in pg_class, `c` its table.
# Column names come from the table: an index keeps the old name of a renamed column, and a
# restored index does not have it.  Only the index has a name for an expression.
_COLUMN_NAMES = """(SELECT string_agg(coalesce(plain.attname, own.attname), '_' ORDER BY own.attnum)
    FROM pg_catalog.pg_attribute own LEFT JOIN pg_catalog.pg_attribute plain
        ON plain.attrelid = i.indrelid AND plain.attnum = i.indkey[own.attnum - 1]
    WHERE own.attrelid = i.indexrelid)"""
# The columns in its generated name: by number, or as text if one of them is an expression.
NAMING_COLUMNS = "CASE WHEN 0 <> ALL (i.indkey) THEN i.indkey::int2[] END"
NAMING_ADDITION = f"CASE WHEN 0 = ANY (i.indkey) THEN {_COLUMN_NAMES} END"
# The index of the parent table to which a partition's index is attached: it is named only if
# the parent has another index on the same columns.
_ATTACHED = f"""CASE WHEN x.relispartition THEN (SELECT CASE WHEN NOT EXISTS (
        SELECT FROM pg_catalog.pg_index other WHERE other.indrelid = i.indrelid
        AND other.indexrelid <> i.indexrelid AND other.indkey::int2[] = i.indkey::int2[])
        THEN 'yes' ELSE json_build_array(i.indexrelid::regclass::text, above.relname, whole.relname,
            CASE k.contype WHEN 'p' THEN NULL ELSE {_COLUMN_NAMES} END, CASE k.contype
            WHEN 'p' THEN 'pkey' WHEN 'u' THEN 'key' WHEN 'x' THEN 'excl' ELSE 'idx' END)::text END
    FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_index i ON i.indexrelid = h.inhparent
    JOIN pg_catalog.pg_class above ON above.oid = i.indexrelid
    JOIN pg_catalog.pg_class whole ON whole.oid = i.indrelid
    LEFT JOIN pg_catalog.pg_constraint k
        ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
    WHERE h.inhrelid = x.oid) END"""
INDEX_STATE = {
    "invalid": flag("NOT (i.indisvalid AND i.indisready)"),
    "clustered": flag("i.indisclustered"),
    "replica identity": flag("i.indisreplident"),
    # In an index only an expression can have a statistics target.
    "statistics": """CASE WHEN i.indexprs IS NOT NULL THEN
        (SELECT string_agg(attnum || ': ' || attstattarget, ', ' ORDER BY attnum)
        FROM pg_catalog.pg_attribute WHERE attrelid = i.indexrelid AND attstattarget >= 0) END""",
    "tablespace": tablespace_name("x.reltablespace"),
    "depends on extension": extensions_needed("pg_class", "x.oid"),
    "attached": _ATTACHED,
}
HAS_INDEX_STATE = """NOT (i.indisvalid AND i.indisready) OR i.indisclustered OR i.indisreplident
    OR i.indexprs IS NOT NULL OR x.relispartition OR x.reltablespace <> 0
    OR x.oid IN (SELECT objid FROM pg_catalog.pg_depend WHERE deptype = 'x'
        AND refclassid = 'pg_catalog.pg_extension'::regclass)"""
INDEX_STATE_CATALOGS = ("pg_attribute", "pg_tablespace", "pg_depend", "pg_extension", "pg_inherits")

# pg_get_indexdef begins with the names of index and table, which are reported separately.
_NAME = r'(?:\w+|"(?:[^"]|"")*")'
_LEADING_NAMES = re.compile(
    rf"CREATE (?:UNIQUE )?INDEX {_NAME} ON (?:ONLY )?(?:{_NAME}\.)?{_NAME} USING "
)


def indexes(major: int) -> Family:
    return Family(
        kinds=("index",),
        name="i.indexrelid::regclass::text",
        dependence=Dependence.DEPENDENT,
        catalog="pg_class",
        oid="i.indexrelid",
        naming=Naming(
            name="x.relname",
            table="c.relname",
            label="'idx'",
            columns=NAMING_COLUMNS,
            addition=NAMING_ADDITION,
        ),
        source=f"""FROM pg_catalog.pg_index i
            JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
            JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
            WHERE c.relkind IN ('r', 'p', 'm') AND NOT i.indisprimary AND {IS_USER_RELATION}
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid
                AND k.contype IN ('u', 'x'))""",
        needs=("pg_index", "pg_constraint", *INDEX_STATE_CATALOGS),
        unit=Unit.RELATION,
        unit_oid="c.oid",
        attributes={
            "definition": "pg_get_indexdef(i.indexrelid)",
            "unique": flag("i.indisunique"),
            "predicate": "pg_get_expr(i.indpred, i.indrelid)",
        },
        rare_attributes=INDEX_STATE,
        rare_if=HAS_INDEX_STATE,
        normalize=_normalize,
    )


def name_parent_index(attributes: dict[str, str]) -> None:
    """Write the name of the parent's index, as a cosmetic attribute if Postgres chose the name."""
    if attributes.get("attached", "yes") != "yes":
        name, *naming = json.loads(attributes["attached"])
        attributes["attached"] = "yes"
        attributes["attached to" if is_generated_name(*naming) else "parent index"] = name


def _normalize(attributes: dict[str, str]) -> None:
    name_parent_index(attributes)
    attributes["definition"] = _LEADING_NAMES.sub("", attributes["definition"], count=1)
    if "predicate" in attributes:
        attributes["predicate"] = f"WHERE {attributes['predicate']}"
        ending = f" {attributes['predicate']}"
        attributes["definition"] = attributes["definition"].removesuffix(ending)
