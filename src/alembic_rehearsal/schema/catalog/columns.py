"""Columns, with what Postgres keeps elsewhere: default, identity sequence, NOT NULL."""

from __future__ import annotations

import json

from alembic_rehearsal.schema.catalog.family import (
    Belongs,
    Family,
    Unit,
    commented,
    flag,
    privileges,
    without_secrets,
)
from alembic_rehearsal.schema.catalog.relations import OURS
from alembic_rehearsal.schema.catalog.sequences import SETTINGS
from alembic_rehearsal.schema.names import leave_given_names

# Conditions on `a` stand inside, so that most columns cost no look at pg_depend.
_SEQUENCE = """FROM pg_catalog.pg_depend own
    JOIN pg_catalog.pg_class q ON q.oid = own.objid
    JOIN pg_catalog.pg_sequence s ON s.seqrelid = q.oid
    WHERE own.refclassid = 'pg_catalog.pg_class'::regclass AND own.refobjid = a.attrelid
    AND own.refobjsubid = a.attnum AND own.classid = 'pg_catalog.pg_class'::regclass"""
# The default of a serial column names a sequence that the column owns.
_OWNED = f"""CASE WHEN d.oid IS NOT NULL
    AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) THEN
    (SELECT json_agg(q.oid::regclass::text)::text {_SEQUENCE} AND own.deptype = 'a') END"""
_IDENTITY = f"""LEFT JOIN LATERAL (
    SELECT {SETTINGS} || CASE q.relpersistence WHEN 'u' THEN ' UNLOGGED' ELSE '' END
        AS settings, q.oid, q.relname, q.relacl, q.relowner {_SEQUENCE}
    AND own.deptype = 'i' AND a.attidentity <> '') identity ON true"""

# NOT NULL is a constraint of its own from 18 on.
_NOT_NULL = """LEFT JOIN pg_catalog.pg_constraint n
    ON n.conrelid = a.attrelid AND n.contype = 'n' AND n.conkey[1] = a.attnum"""

_SEQUENCES = "sequences that it owns"
_NAMES = ("name of its sequence", "name of its NOT NULL")


def columns(major: int) -> Family:
    return Family(
        kinds=("column",),
        name="quote_ident(a.attname)",
        belongs=Belongs.PART,
        catalog="pg_class",
        oid="a.attrelid",
        column="a.attnum",
        source=f"""FROM pg_catalog.pg_attribute a
            JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
            LEFT JOIN pg_catalog.pg_attrdef d
                ON a.atthasdef AND d.adrelid = a.attrelid AND d.adnum = a.attnum
            {_IDENTITY} {_NOT_NULL if major >= 18 else ""}
            WHERE a.attnum > 0 AND NOT a.attisdropped
            AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND {OURS}""",
        needs=("pg_attribute", "pg_attrdef", "pg_sequence", "pg_depend", "pg_constraint"),
        shape=_shape,
        unit=Unit.RELATION,
        unit_oid="a.attrelid",
        attributes={
            "type": "format_type(a.atttypid, a.atttypmod)",
            "not null": _not_null(major),
            "default": "CASE a.attgenerated WHEN '' THEN pg_get_expr(d.adbin, d.adrelid) END",
            _SEQUENCES: _OWNED,
            "position": "row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum)::text",
        },
        seldom={
            "generated": """CASE a.attgenerated
                WHEN 's' THEN 'stored ' || pg_get_expr(d.adbin, d.adrelid)
                WHEN 'v' THEN 'virtual ' || pg_get_expr(d.adbin, d.adrelid) END""",
            "identity": "CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END",
            "settings of its sequence": "identity.settings",
            "name of its sequence": _name("identity.relname", "seq"),
            "privileges on its sequence": privileges("identity.relowner", "identity.relacl", "s"),
            "comment on its sequence": "obj_description(identity.oid, 'pg_class')",
            **(_not_null_constraint() if major >= 18 else {}),
            "collation": f"CASE WHEN {_OWN_COLLATION} THEN a.attcollation::regcollation::text END",
            "storage": f"""CASE WHEN {_OWN_STORAGE} THEN CASE a.attstorage
                WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main'
                ELSE 'extended' END END""",
            "compression": _compression(major),
            "statistics": "CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::text END",
            "options": "a.attoptions",
            "foreign options": without_secrets("a.attfdwoptions"),
            "inherited": """CASE WHEN a.attinhcount > 0 AND NOT c.relispartition THEN
                CASE WHEN a.attislocal THEN 'and its own' ELSE 'yes' END END""",
            "privileges": privileges("c.relowner", "a.attacl", "c"),
        },
        seldom_if=_seldom(major),
    )


_OF_ITS_TYPE = "(SELECT t.{} FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid)"
_OWN_COLLATION = f"a.attcollation <> 0 AND a.attcollation <> {_OF_ITS_TYPE.format('typcollation')}"
_OWN_STORAGE = f"a.attstorage <> {_OF_ITS_TYPE.format('typstorage')}"


# What the types of pg_type.dat have; others, with oids from 10000 on, are looked up.
_USUAL_COLLATION = """CASE WHEN a.atttypid >= 10000 THEN 0
    WHEN a.atttypid IN ('name'::regtype, '_name'::regtype) THEN 950 ELSE 100 END"""
_USUAL_STORAGE = """CASE WHEN a.attlen <> -1 THEN 'p' WHEN a.atttypid >= 10000 THEN NULL
    WHEN a.atttypid IN ('numeric'::regtype, 'inet'::regtype, 'cidr'::regtype) THEN 'm'
    ELSE 'x' END"""


def _seldom(major: int) -> str:
    """Cheap signs that a column has something that few have."""
    signs = [
        "a.attgenerated <> ''",
        "a.attidentity <> ''",
        # The oids of "default" and "C" (pg_collation.dat), and the storage, of the type itself.
        f"a.attcollation <> {_USUAL_COLLATION} AND a.attcollation <> 0",
        f"a.attstorage IS DISTINCT FROM {_USUAL_STORAGE}",
        "a.attstattarget >= 0",
        "a.attoptions IS NOT NULL",
        "a.attfdwoptions IS NOT NULL",
        "a.attinhcount > 0",
        "a.attacl IS NOT NULL",
    ]
    if major >= 14:
        signs.append("a.attcompression <> ''")
    if major >= 18:
        signs.append(
            "n.convalidated IS FALSE OR n.connoinherit OR n.coninhcount > 0 OR "
            "n.conname <> concat(c.relname, '_', a.attname, '_not_null') OR "
            f"n.oid IN ({commented('pg_constraint')})"
        )
    return " OR ".join(signs)


def _shape(attributes: dict[str, str]) -> None:
    """Say of a serial's default whose sequence it takes; drop names that Postgres chose."""
    owned = attributes.pop(_SEQUENCES, None)
    if owned is not None:
        names = json.loads(owned)
        if [attributes.get("default")] == [
            f"nextval({_literal(name)}::regclass)" for name in names
        ]:
            attributes["default"] = "nextval(the sequence that it owns)"
    leave_given_names(attributes, _NAMES)


def _literal(text: str) -> str:
    quoted = text.replace("'", "''")
    return f"'{quoted}'"


def _name(name: str, label: str) -> str:
    """A name with what Postgres would have made it from."""
    return (
        f"CASE WHEN {name} IS NOT NULL THEN "
        f"json_build_array({name}, c.relname, a.attname, '{label}')::text END"
    )


def _not_null(major: int) -> str:
    if major < 18:
        return "CASE WHEN a.attnotnull THEN 'yes' END"
    return "CASE WHEN a.attnotnull OR n.oid IS NOT NULL THEN 'yes' END"


def _not_null_constraint() -> dict[str, str]:
    return {
        "name of its NOT NULL": _name("n.conname", "not_null"),
        "not valid in its NOT NULL": flag("n.convalidated IS FALSE"),
        "no inherit in its NOT NULL": flag("n.connoinherit"),
        "local in its NOT NULL": flag(
            "n.coninhcount > 0 AND n.conislocal AND NOT c.relispartition"
        ),
        "comment on its NOT NULL": "obj_description(n.oid, 'pg_constraint')",
    }


def _compression(major: int) -> str:
    if major < 14:
        return "NULL"
    return "CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END"
