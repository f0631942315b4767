"""The families of tables, views, materialized views, foreign tables and composite types."""

from __future__ import annotations

from alembic_rehearsal.core.schema.catalog.family import (
    Family,
    Unit,
    any_user_row,
    extensions_needed,
    flag,
    is_user_object,
    oid_name,
    owner_and_privileges,
    tablespace_name,
    without_secrets,
)

# `c` is pg_class in every family of relations or of their parts.
RELATION_NAME = "c.oid::regclass::text"
IS_USER_RELATION = f"c.relpersistence <> 't' AND {is_user_object('pg_class', 'c.oid')}"

_KIND = """CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view'
    ELSE 'materialized view' END"""
_PARENTS = """(SELECT string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno)
    FROM pg_catalog.pg_inherits WHERE inhrelid = c.oid)"""
_TABLE_ATTRIBUTES = {
    **owner_and_privileges("c.relowner", "c.relacl", "r"),
    "row security": flag("c.relrowsecurity"),
    "row security for the owner": flag("c.relforcerowsecurity"),
    "partition bound": "CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END",
}


def relations(major: int) -> Family:
    return Family(
        kinds=("table", "view", "materialized view"),
        kind_of=_KIND,
        name=RELATION_NAME,
        catalog="pg_class",
        oid="c.oid",
        source=f"""FROM pg_catalog.pg_class c
            WHERE c.relkind IN ('r','p','v','m') AND {IS_USER_RELATION}""",
        needs=("pg_inherits", "pg_am", "pg_tablespace", "pg_depend", "pg_extension"),
        unit=Unit.RELATION,
        unit_oid="c.oid",
        attributes={
            **_TABLE_ATTRIBUTES,
            "persistence": "CASE c.relpersistence WHEN 'u' THEN 'unlogged' END",
            "definition": "CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END",
            "partition key": "CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END",
            "parents": f"CASE WHEN c.relkind IN ('r', 'p') THEN {_PARENTS} END",
            "detach pending": _detach_pending(major),
            "replica identity": (
                "CASE c.relreplident WHEN 'f' THEN 'full' WHEN 'i' THEN 'an index' "
                "WHEN 'n' THEN CASE WHEN c.relkind IN ('r', 'p') THEN 'nothing' END END"
            ),
            # heap has the oid 2 in every database (pg_am.dat); a partitioned table has none.
            "access method": """CASE WHEN c.relam <> 0 AND (c.relam <> 2 OR c.relkind = 'p')
                THEN (SELECT amname::text FROM pg_catalog.pg_am WHERE oid = c.relam) END""",
            "options": "c.reloptions",
            "options of its TOAST table": """CASE WHEN c.reltoastrelid <> 0 THEN
                (SELECT t.reloptions FROM pg_catalog.pg_class t WHERE t.oid = c.reltoastrelid)
                END""",
            "of type": oid_name("c.reloftype", "regtype"),
            "tablespace": tablespace_name("c.reltablespace"),
            "depends on extension": (
                f"CASE c.relkind WHEN 'm' THEN {extensions_needed('pg_class', 'c.oid')} END"
            ),
        },
    )


def foreign_tables(major: int) -> Family:
    return Family(
        kinds=("foreign table",),
        name=RELATION_NAME,
        catalog="pg_class",
        oid="c.oid",
        source=f"""FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_foreign_table f ON f.ftrelid = c.oid
            JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver WHERE {IS_USER_RELATION}""",
        needs=("pg_inherits", "pg_foreign_table", "pg_foreign_server"),
        unit=Unit.RELATION,
        unit_oid="c.oid",
        attributes={
            **_TABLE_ATTRIBUTES,
            "server": "s.srvname::text",
            "options": without_secrets("f.ftoptions"),
            "parents": _PARENTS,
        },
        presence=any_user_row("pg_foreign_server"),
    )


def composite_types(major: int) -> Family:
    """A composite type: comment and grants belong to the type, the columns to its relation.

    An extension owns the type, and not the relation.
    """
    return Family(
        kinds=("type",),
        name=RELATION_NAME,
        catalog="pg_type",
        oid="t.oid",
        source=f"""FROM pg_catalog.pg_class c JOIN pg_catalog.pg_type t ON t.typrelid = c.oid
            WHERE c.relkind = 'c' AND {IS_USER_RELATION}
            AND {is_user_object("pg_type", "t.oid")}""",
        needs=("pg_class", "pg_attribute"),
        unit=Unit.RELATION,
        unit_oid="c.oid",
        attributes={
            **owner_and_privileges("t.typowner", "t.typacl", "T"),
            # A literal depends on their order: `'(1,x)'::pair`.
            "attributes": """(SELECT coalesce(json_agg(attname ORDER BY attnum)::text, '[]')
                FROM pg_catalog.pg_attribute
                WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped)""",
        },
        presence=any_user_row("pg_class", "relkind = 'c'", unit_oid="oid"),
    )


def _detach_pending(major: int) -> str:
    if major < 14:
        return "NULL"
    return """CASE WHEN c.relispartition THEN (SELECT 'yes' FROM pg_catalog.pg_inherits
        WHERE inhrelid = c.oid AND inhdetachpending) END"""
