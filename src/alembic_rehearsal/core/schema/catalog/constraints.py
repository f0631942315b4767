"""The families of table and domain constraints; NOT NULL belongs to the family of columns."""

from __future__ import annotations

from alembic_rehearsal.core.schema.catalog.family import (
    FIRST_USER_OID,
    Dependence,
    Family,
    Naming,
    Unit,
    any_user_row,
    commented_oids,
    is_user_object,
)
from alembic_rehearsal.core.schema.catalog.indexes import (
    HAS_INDEX_STATE,
    INDEX_STATE,
    INDEX_STATE_CATALOGS,
    NAMING_ADDITION,
    NAMING_COLUMNS,
    name_parent_index,
)
from alembic_rehearsal.core.schema.catalog.relations import IS_USER_RELATION

# The columns in a name that Postgres generates: those of the index, or of the key.
_COLUMNS = f"""CASE k.contype WHEN 'p' THEN NULL
    WHEN 'u' THEN {NAMING_COLUMNS} WHEN 'x' THEN {NAMING_COLUMNS} WHEN 'f' THEN k.conkey
    WHEN 'c' THEN CASE WHEN array_length(k.conkey, 1) = 1 THEN k.conkey END END"""
_LABEL = """CASE k.contype WHEN 'p' THEN 'pkey' WHEN 'u' THEN 'key' WHEN 'x' THEN 'excl'
    WHEN 'f' THEN 'fkey' ELSE 'check' END"""


def constraints(major: int) -> Family:
    """The constraints of tables.

    A foreign key that a partition inherits, and one that refers to a partition of the
    referenced table, is reported as the foreign key of the parent table only.
    """
    return Family(
        kinds=("constraint",),
        name="quote_ident(k.conname)",
        dependence=Dependence.PART,
        catalog="pg_constraint",
        oid="k.oid",
        naming=Naming(
            name="k.conname",
            table="c.relname",
            label=_LABEL,
            columns=_COLUMNS,
            addition=f"CASE k.contype WHEN 'x' THEN {NAMING_ADDITION} END",
        ),
        source=f"""FROM pg_catalog.pg_constraint k
            JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
            LEFT JOIN pg_catalog.pg_index i
                ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
            LEFT JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
            WHERE k.conrelid >= {FIRST_USER_OID} AND k.contype IN ('c', 'f', 'p', 'u', 'x')
            AND NOT (k.contype = 'f' AND k.conparentid <> 0) AND {IS_USER_RELATION}""",
        needs=("pg_index", "pg_class", *INDEX_STATE_CATALOGS),
        unit=Unit.RELATION,
        unit_oid="k.conrelid",
        # The definition describes its index too, except for what can be set afterwards: such
        # an index always has the default order and operator classes.
        attributes={"definition": "pg_get_constraintdef(k.oid)"},
        rare_attributes={
            **INDEX_STATE,
            "index options": "x.reloptions",
            "inherited": """CASE WHEN k.contype = 'c' AND k.coninhcount > 0
                AND NOT c.relispartition THEN
                CASE WHEN k.conislocal THEN 'and its own' ELSE 'yes' END END""",
            "comment on its index": "obj_description(i.indexrelid, 'pg_class')",
        },
        rare_if=f"""k.coninhcount > 0 OR {HAS_INDEX_STATE} OR x.reloptions IS NOT NULL
            OR i.indexrelid IN ({commented_oids("pg_class")})""",
        normalize=name_parent_index,
    )


def domain_constraints(major: int) -> Family:
    return Family(
        kinds=("constraint",),
        name="quote_ident(k.conname)",
        dependence=Dependence.PART,
        catalog="pg_constraint",
        oid="k.oid",
        naming=Naming(name="k.conname", table="t.typname", label="'check'"),
        source=f"""FROM pg_catalog.pg_constraint k
            JOIN pg_catalog.pg_type t ON t.oid = k.contypid
            WHERE k.contype = 'c' AND {is_user_object("pg_type", "t.oid")}""",
        needs=("pg_type",),
        unit=Unit.TYPE,
        unit_oid="k.contypid",
        attributes={"definition": "pg_get_constraintdef(k.oid)"},
        presence=any_user_row("pg_type", "typtype = 'd'", unit_oid="oid"),
    )
