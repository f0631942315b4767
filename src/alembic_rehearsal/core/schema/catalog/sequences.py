"""The family of sequences; identity sequences belong to the family of columns."""

from __future__ import annotations

from alembic_rehearsal.core.schema.catalog.family import (
    Family,
    Naming,
    Unit,
    any_row,
    flag,
    owner_and_privileges,
)
from alembic_rehearsal.core.schema.catalog.relations import IS_USER_RELATION, RELATION_NAME

# `s` is pg_sequence.
SEQUENCE_SETTINGS = """(format_type(s.seqtypid, NULL) || ' START ' || s.seqstart || ' INCREMENT '
    || s.seqincrement || ' MINVALUE ' || s.seqmin || ' MAXVALUE ' || s.seqmax || ' CACHE '
    || s.seqcache || CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END)"""

_OWNER = """LEFT JOIN pg_catalog.pg_depend own
        ON own.classid = 'pg_catalog.pg_class'::regclass AND own.objid = c.oid
        AND own.objsubid = 0 AND own.deptype IN ('a', 'i') AND own.refobjsubid > 0
        AND own.refclassid = 'pg_catalog.pg_class'::regclass
    LEFT JOIN pg_catalog.pg_class o ON o.oid = own.refobjid
    LEFT JOIN pg_catalog.pg_attribute a
        ON a.attrelid = own.refobjid AND a.attnum = own.refobjsubid"""


def sequences(major: int) -> Family:
    return Family(
        kinds=("sequence",),
        name=RELATION_NAME,
        catalog="pg_class",
        oid="c.oid",
        naming=Naming(name="c.relname", table="o.relname", label="'seq'", addition="a.attname"),
        source=f"""FROM pg_catalog.pg_sequence s
            JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid {_OWNER}
            WHERE own.deptype IS DISTINCT FROM 'i' AND {IS_USER_RELATION}""",
        needs=("pg_sequence", "pg_depend", "pg_attribute"),
        unit=Unit.RELATION,
        unit_oid="c.oid",
        attributes={
            **owner_and_privileges("c.relowner", "c.relacl", "s"),
            "type": "format_type(s.seqtypid, NULL)",
            "start": "s.seqstart::text",
            "increment": "s.seqincrement::text",
            "minimum": "s.seqmin::text",
            "maximum": "s.seqmax::text",
            "cache": "s.seqcache::text",
            "cycle": flag("s.seqcycle"),
            "persistence": "CASE c.relpersistence WHEN 'u' THEN 'unlogged' END",
            "column": "own.refobjid::regclass::text || '.' || quote_ident(a.attname)",
        },
        presence=any_row("pg_sequence", unit_oid="seqrelid"),
    )
