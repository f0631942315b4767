"""The family of columns, with their defaults, identity sequences and NOT NULL constraints."""

from __future__ import annotations

from alembic_rehearsal.core.schema.catalog.family import (
    Dependence,
    Family,
    Naming,
    Unit,
    commented_oids,
    flag,
    privileges,
    without_secrets,
)
from alembic_rehearsal.core.schema.catalog.generated_names import drop_generated_names
from alembic_rehearsal.core.schema.catalog.relations import IS_USER_RELATION
from alembic_rehearsal.core.schema.catalog.sequences import SEQUENCE_SETTINGS
from alembic_rehearsal.core.values.quoting import double_quotes


def _lateral_join(condition: str, query: str, alias: str) -> str:
    """A join that Postgres evaluates only for rows whose `a` meets the condition.

    OFFSET 0 keeps the planner from merging the query, so that it checks the condition first.
    """
    return f"LEFT JOIN LATERAL ({query} AND {condition} OFFSET 0) {alias} ON true"


_SEQUENCE = """FROM pg_catalog.pg_depend own
    JOIN pg_catalog.pg_class q ON q.oid = own.objid AND q.relkind = 'S'
    {} WHERE own.refclassid = 'pg_catalog.pg_class'::regclass AND own.refobjid = a.attrelid
    AND own.refobjsubid = a.attnum AND own.classid = 'pg_catalog.pg_class'::regclass"""
# The default of a serial column names a sequence that the column owns.
_OWNED_SEQUENCES_SQL = f"""CASE WHEN d.oid IS NOT NULL
    AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) THEN
    (SELECT string_agg(q.oid::regclass::text, ', ') {_SEQUENCE.format("")}
        AND own.deptype = 'a') END"""
_IDENTITY = _lateral_join(
    "a.attidentity <> ''",
    f"""SELECT {SEQUENCE_SETTINGS} || CASE q.relpersistence WHEN 'u' THEN ' UNLOGGED' ELSE '' END
        AS settings, q.oid, q.relname, q.relacl, q.relowner
        {_SEQUENCE.format("JOIN pg_catalog.pg_sequence s ON s.seqrelid = q.oid")}
        AND own.deptype = 'i'""",
    "identity",
)
_DEFAULT = _lateral_join(
    "a.atthasdef",
    "SELECT oid, adbin FROM pg_catalog.pg_attrdef WHERE adrelid = a.attrelid AND adnum = a.attnum",
    "d",
)

# NOT NULL is a constraint of its own from 18 on.
_NOT_NULL = _lateral_join(
    "a.attnotnull",
    """SELECT oid, conname, convalidated, connoinherit, coninhcount, conislocal
        FROM pg_catalog.pg_constraint
        WHERE conrelid = a.attrelid AND contype = 'n' AND conkey[1] = a.attnum""",
    "n",
)

_OWNED_SEQUENCES = "sequences that it owns"
_NAME_ATTRIBUTES = ("name of its sequence", "name of its NOT NULL")


def columns(major: int) -> Family:
    return Family(
        kinds=("column",),
        name="quote_ident(a.attname)",
        dependence=Dependence.PART,
        catalog="pg_class",
        oid="a.attrelid",
        column="a.attnum",
        source=f"""FROM pg_catalog.pg_attribute a
            JOIN pg_catalog.pg_class c ON c.oid = a.attrelid {_DEFAULT}
            {_IDENTITY} {_NOT_NULL if major >= 18 else ""}
            WHERE a.attnum > 0 AND NOT a.attisdropped
            AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND {IS_USER_RELATION}""",
        needs=("pg_attribute", "pg_attrdef", "pg_sequence", "pg_depend", "pg_constraint"),
        normalize=_normalize,
        unit=Unit.RELATION,
        unit_oid="c.oid",
        attributes={
            "type": "format_type(a.atttypid, a.atttypmod)",
            "not null": flag("a.attnotnull"),
            # A default refers to no column; with 0 Postgres does not open the table for it.
            "default": "CASE a.attgenerated WHEN '' THEN pg_get_expr(d.adbin, 0) END",
            _OWNED_SEQUENCES: _OWNED_SEQUENCES_SQL,
        },
        position="a.attnum",
        naming=Naming(name="a.attname"),
        rare_attributes={
            "generated": """CASE a.attgenerated
                WHEN 's' THEN 'stored ' || pg_get_expr(d.adbin, a.attrelid)
                WHEN 'v' THEN 'virtual ' || pg_get_expr(d.adbin, a.attrelid) END""",
            "identity": "CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END",
            "settings of its sequence": "identity.settings",
            "name of its sequence": _name_with_origin("identity.relname", "seq"),
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
        rare_if=_is_rare(major),
    )


_OF_ITS_TYPE = "(SELECT t.{} FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid)"
_OWN_COLLATION = f"a.attcollation <> 0 AND a.attcollation <> {_OF_ITS_TYPE.format('typcollation')}"
_OWN_STORAGE = f"a.attstorage <> {_OF_ITS_TYPE.format('typstorage')}"


# The values of the types in pg_type.dat; other types, with oids from 10000 on, are looked up.
_USUAL_COLLATION = """CASE WHEN a.atttypid >= 10000 THEN 0
    WHEN a.atttypid IN ('name'::regtype, '_name'::regtype) THEN 950 ELSE 100 END"""
_USUAL_STORAGE = """CASE WHEN a.attlen <> -1 THEN 'p' WHEN a.atttypid >= 10000 THEN NULL
    WHEN a.atttypid IN ('numeric'::regtype, 'inet'::regtype, 'cidr'::regtype) THEN 'm'
    ELSE 'x' END"""


def _is_rare(major: int) -> str:
    """The condition that a column may have a rare attribute, from values that are cheap to read."""
    conditions = [
        "a.attgenerated <> ''",
        "a.attidentity <> ''",
        # The oids of "default" and "C" are in pg_collation.dat.
        f"a.attcollation <> {_USUAL_COLLATION} AND a.attcollation <> 0",
        f"a.attstorage IS DISTINCT FROM {_USUAL_STORAGE}",
        "a.attstattarget >= 0",
        "a.attoptions IS NOT NULL",
        "a.attfdwoptions IS NOT NULL",
        "a.attinhcount > 0",
        "a.attacl IS NOT NULL",
    ]
    if major >= 14:
        conditions.append("a.attcompression <> ''")
    if major >= 18:
        conditions.append(
            "n.convalidated IS FALSE OR n.connoinherit OR n.coninhcount > 0 OR "
            "n.conname <> concat(c.relname, '_', a.attname, '_not_null') OR "
            f"n.oid IN ({commented_oids('pg_constraint')})"
        )
    return " OR ".join(conditions)


def _normalize(attributes: dict[str, str]) -> None:
    """Replace the default of a serial column by a fixed text; drop names that Postgres chose."""
    owned = attributes.pop(_OWNED_SEQUENCES, None)
    if (
        owned is not None
        and attributes.get("default") == f"nextval({double_quotes(owned)}::regclass)"
    ):
        attributes["default"] = "nextval(the sequence that it owns)"
    drop_generated_names(attributes, _NAME_ATTRIBUTES)


def _name_with_origin(name: str, label: str) -> str:
    """A name, and the parts from which Postgres would have generated it, as a JSON array."""
    return (
        f"CASE WHEN {name} IS NOT NULL THEN "
        f"json_build_array({name}, c.relname, a.attname, '{label}')::text END"
    )


def _not_null_constraint() -> dict[str, str]:
    return {
        "name of its NOT NULL": _name_with_origin("n.conname", "not_null"),
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
