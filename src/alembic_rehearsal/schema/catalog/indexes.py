"""Indexes that stand alone; the index of a constraint is told with the constraint."""

from __future__ import annotations

import re

from alembic_rehearsal.schema.catalog.family import (
    Belongs,
    Family,
    Naming,
    Unit,
    extensions_needed,
    flag,
    tablespace,
)
from alembic_rehearsal.schema.catalog.relations import OURS

# `i` is pg_index, `x` the index in pg_class, `c` its table.
# The columns that its name is made from.  A renamed column keeps its old name in the index,
# which a restored index never had; an expression has a name nowhere else.
COLUMNS = "CASE WHEN 0 <> ALL (i.indkey) THEN i.indkey::int2[] END"
ADDITION = """CASE WHEN 0 = ANY (i.indkey) THEN
    (SELECT string_agg(coalesce(plain.attname, own.attname), '_' ORDER BY own.attnum)
    FROM pg_catalog.pg_attribute own LEFT JOIN pg_catalog.pg_attribute plain
        ON plain.attrelid = i.indrelid AND plain.attnum = i.indkey[own.attnum - 1]
    WHERE own.attrelid = i.indexrelid) END"""
STATE = {
    "invalid": flag("NOT (i.indisvalid AND i.indisready)"),
    "clustered": flag("i.indisclustered"),
    "replica identity": flag("i.indisreplident"),
    # Only an expression has a statistics target in an index.
    "statistics": """CASE WHEN i.indexprs IS NOT NULL THEN
        (SELECT string_agg(attnum || ': ' || attstattarget, ', ' ORDER BY attnum)
        FROM pg_catalog.pg_attribute WHERE attrelid = i.indexrelid AND attstattarget >= 0) END""",
    "tablespace": tablespace("x.reltablespace"),
    "depends on extension": extensions_needed("pg_class", "x.oid"),
}
HAS_STATE = """NOT (i.indisvalid AND i.indisready) OR i.indisclustered OR i.indisreplident
    OR i.indexprs IS NOT NULL OR x.relispartition OR x.reltablespace <> 0
    OR x.oid IN (SELECT objid FROM pg_catalog.pg_depend WHERE deptype = 'x'
        AND refclassid = 'pg_catalog.pg_extension'::regclass)"""
STATE_NEEDS = ("pg_attribute", "pg_tablespace", "pg_depend", "pg_extension")

# pg_get_indexdef begins with both names, which are told by themselves.
_NAME = r'(?:\w+|"(?:[^"]|"")*")'
_NAMES = re.compile(rf"CREATE (?:UNIQUE )?INDEX {_NAME} ON (?:ONLY )?(?:{_NAME}\.)?{_NAME} USING ")


def indexes(major: int) -> Family:
    return Family(
        kinds=("index",),
        name="i.indexrelid::regclass::text",
        belongs=Belongs.WITHIN,
        catalog="pg_class",
        oid="i.indexrelid",
        naming=Naming(
            name="x.relname",
            table="c.relname",
            label="'idx'",
            columns=COLUMNS,
            addition=ADDITION,
        ),
        source=f"""FROM pg_catalog.pg_index i
            JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
            JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
            WHERE c.relkind IN ('r', 'p', 'm') AND NOT i.indisprimary AND {OURS} AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_constraint k
                WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid
                AND k.contype IN ('u', 'x'))""",
        needs=("pg_index", "pg_constraint", *STATE_NEEDS),
        unit=Unit.RELATION,
        unit_oid="c.oid",
        attributes={
            "definition": "pg_get_indexdef(i.indexrelid)",
            "unique": flag("i.indisunique"),
            "predicate": "pg_get_expr(i.indpred, i.indrelid)",
        },
        seldom={**STATE, "attached": flag("x.relispartition")},
        seldom_if=HAS_STATE,
        shape=_shape,
    )


def _shape(attributes: dict[str, str]) -> None:
    attributes["definition"] = _NAMES.sub("", attributes["definition"], count=1)
    if "predicate" in attributes:
        attributes["predicate"] = f"WHERE {attributes['predicate']}"
        ending = f" {attributes['predicate']}"
        attributes["definition"] = attributes["definition"].removesuffix(ending)
