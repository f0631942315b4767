"""Constraints of tables and of domains; NOT NULL is told with its column."""

from __future__ import annotations

from alembic_rehearsal.core.schema.catalog.family import (
    FIRST_USER_OID,
    Belongs,
    Family,
    Naming,
    Unit,
    any_made,
    commented,
    made_by_people,
)
from alembic_rehearsal.core.schema.catalog.indexes import (
    ADDITION,
    COLUMNS,
    HAS_STATE,
    STATE,
    STATE_NEEDS,
    say_where_attached,
)
from alembic_rehearsal.core.schema.catalog.relations import OURS

# What Postgres makes a name from: the columns of the index, or of the key.
_COLUMNS = f"""CASE k.contype WHEN 'p' THEN NULL WHEN 'u' THEN {COLUMNS} WHEN 'x' THEN {COLUMNS}
    WHEN 'f' THEN k.conkey
    WHEN 'c' THEN CASE WHEN array_length(k.conkey, 1) = 1 THEN k.conkey END END"""
_LABEL = """CASE k.contype WHEN 'p' THEN 'pkey' WHEN 'u' THEN 'key' WHEN 'x' THEN 'excl'
    WHEN 'f' THEN 'fkey' ELSE 'check' END"""


def constraints(major: int) -> Family:
    """Foreign keys that a partition has from its parent, or towards one, are the parent's."""
    return Family(
        kinds=("constraint",),
        name="quote_ident(k.conname)",
        belongs=Belongs.PART,
        catalog="pg_constraint",
        oid="k.oid",
        naming=Naming(
            name="k.conname",
            table="c.relname",
            label=_LABEL,
            columns=_COLUMNS,
            addition=f"CASE k.contype WHEN 'x' THEN {ADDITION} END",
        ),
        source=f"""FROM pg_catalog.pg_constraint k
            JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
            LEFT JOIN pg_catalog.pg_index i
                ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
            LEFT JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
            WHERE k.conrelid >= {FIRST_USER_OID} AND k.contype IN ('c', 'f', 'p', 'u', 'x')
            AND NOT (k.contype = 'f' AND k.conparentid <> 0) AND {OURS}""",
        needs=("pg_index", "pg_class", *STATE_NEEDS),
        unit=Unit.RELATION,
        unit_oid="k.conrelid",
        # That says all of the index, but for what may be set afterwards: the index of a
        # constraint has the default order and operator classes.
        attributes={"definition": "pg_get_constraintdef(k.oid)"},
        seldom={
            **STATE,
            "index options": "x.reloptions",
            "inherited": """CASE WHEN k.contype = 'c' AND k.coninhcount > 0
                AND NOT c.relispartition THEN
                CASE WHEN k.conislocal THEN 'and its own' ELSE 'yes' END END""",
            "comment on its index": "obj_description(i.indexrelid, 'pg_class')",
        },
        seldom_if=f"""k.coninhcount > 0 OR {HAS_STATE} OR x.reloptions IS NOT NULL
            OR i.indexrelid IN ({commented("pg_class")})""",
        shape=say_where_attached,
    )


def domain_constraints(major: int) -> Family:
    return Family(
        kinds=("constraint",),
        name="quote_ident(k.conname)",
        belongs=Belongs.PART,
        catalog="pg_constraint",
        oid="k.oid",
        naming=Naming(name="k.conname", table="t.typname", label="'check'"),
        source=f"""FROM pg_catalog.pg_constraint k
            JOIN pg_catalog.pg_type t ON t.oid = k.contypid
            WHERE k.contype = 'c' AND {made_by_people("pg_type", "t.oid")}""",
        needs=("pg_type",),
        unit=Unit.TYPE,
        unit_oid="k.contypid",
        attributes={"definition": "pg_get_constraintdef(k.oid)"},
        present=any_made("pg_type", "typtype = 'd'", unit_oid="oid"),
    )
