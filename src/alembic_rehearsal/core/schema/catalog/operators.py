"""The families of operators, their classes and families, casts, transforms, access methods."""

from __future__ import annotations

from alembic_rehearsal.core.schema.catalog.family import (
    Family,
    any_user_row,
    flag,
    is_user_object,
    oid_name,
    qualified_name,
)


def _name_with_method(prefix: str) -> str:
    """The name of an operator family or class; it is unique only for one access method."""
    name = qualified_name(f"{prefix}namespace", f"{prefix}name")
    return f"""{name} || ' using ' || (SELECT amname FROM pg_catalog.pg_am
        WHERE oid = {prefix}method)"""


def operators(major: int) -> Family:
    return Family(
        kinds=("operator",),
        catalog="pg_operator",
        oid="o.oid",
        name="o.oid::regoperator::text",
        source=f"""FROM pg_catalog.pg_operator o WHERE {is_user_object("pg_operator", "o.oid")}""",
        attributes={
            "owner": "o.oprowner::regrole::text",
            "function": "o.oprcode::oid::regprocedure::text",
            "result": "format_type(o.oprresult, NULL)",
            "commutator": oid_name("o.oprcom", "regoperator"),
            "negator": oid_name("o.oprnegate", "regoperator"),
            "restriction estimator": oid_name("o.oprrest::oid", "regprocedure"),
            "join estimator": oid_name("o.oprjoin::oid", "regprocedure"),
            "merges": flag("o.oprcanmerge"),
            "hashes": flag("o.oprcanhash"),
        },
        presence=any_user_row("pg_operator"),
    )


def _members(operator_is: str, function_is: str) -> str:
    """The text of the operators and support functions that meet these two conditions."""
    return f"""NULLIF(concat_ws(', ',
    (SELECT string_agg(format('operator %s %s %s', amopstrategy, amopopr::regoperator,
        CASE WHEN amopsortfamily <> 0 THEN 'for order by ' || (SELECT opfname
            FROM pg_catalog.pg_opfamily WHERE oid = amopsortfamily) ELSE '' END), ', '
        ORDER BY amopstrategy, amopopr::regoperator::text COLLATE "C")
    FROM pg_catalog.pg_amop m WHERE {operator_is}),
    (SELECT string_agg(format('function %s (%s, %s) %s', amprocnum,
        format_type(amproclefttype, NULL), format_type(amprocrighttype, NULL),
        amproc::oid::regprocedure), ', '
        ORDER BY amprocnum, amproc::oid::regprocedure::text COLLATE "C")
    FROM pg_catalog.pg_amproc m WHERE {function_is})), '')"""


def _members_of(owner: str, oid: str) -> str:
    """The members of an operator class, or those that only its family has."""
    belongs = f"""m.oid IN (SELECT objid FROM pg_catalog.pg_depend
        WHERE classid = 'pg_catalog.{{}}'::regclass AND refobjid = {oid}
        AND refclassid = 'pg_catalog.{owner}'::regclass)"""
    return _members(belongs.format("pg_amop"), belongs.format("pg_amproc"))


def operator_families(major: int) -> Family:
    return Family(
        kinds=("operator family",),
        catalog="pg_opfamily",
        oid="f.oid",
        name=_name_with_method("f.opf"),
        source=f"""FROM pg_catalog.pg_opfamily f
            WHERE {is_user_object("pg_opfamily", "f.oid")}""",
        attributes={
            "owner": "f.opfowner::regrole::text",
            "members": _members_of("pg_opfamily", "f.oid"),
        },
        needs=("pg_amop", "pg_amproc", "pg_am", "pg_depend"),
        presence=any_user_row("pg_opfamily"),
    )


def operator_classes(major: int) -> Family:
    family = qualified_name("f.opfnamespace", "f.opfname")
    return Family(
        kinds=("operator class",),
        catalog="pg_opclass",
        oid="k.oid",
        name=_name_with_method("k.opc"),
        source=f"""FROM pg_catalog.pg_opclass k
            JOIN pg_catalog.pg_opfamily f ON f.oid = k.opcfamily
            WHERE {is_user_object("pg_opclass", "k.oid")}""",
        attributes={
            "owner": "k.opcowner::regrole::text",
            "type": "format_type(k.opcintype, NULL)",
            "family": family,
            "default": flag("k.opcdefault"),
            "storage": oid_name("k.opckeytype", "regtype"),
            "members": _members_of("pg_opclass", "k.oid"),
        },
        needs=("pg_opfamily", "pg_am", "pg_amop", "pg_amproc", "pg_depend"),
        presence=any_user_row("pg_opclass"),
    )


def casts(major: int) -> Family:
    return Family(
        kinds=("cast",),
        catalog="pg_cast",
        oid="k.oid",
        name="format_type(k.castsource, NULL) || ' as ' || format_type(k.casttarget, NULL)",
        # The cast of a multirange type is part of the type.
        source=f"""FROM pg_catalog.pg_cast k WHERE {is_user_object("pg_cast", "k.oid")}
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend WHERE deptype = 'i'
                AND classid = 'pg_catalog.pg_cast'::regclass AND objid = k.oid)""",
        attributes={
            "function": oid_name("k.castfunc", "regprocedure"),
            "context": """CASE k.castcontext WHEN 'e' THEN 'explicit' WHEN 'a' THEN 'assignment'
                ELSE 'implicit' END""",
            "method": """CASE k.castmethod WHEN 'f' THEN 'function' WHEN 'i' THEN 'text'
                ELSE 'binary' END""",
        },
        presence=any_user_row("pg_cast"),
    )


def transforms(major: int) -> Family:
    return Family(
        kinds=("transform",),
        catalog="pg_transform",
        oid="t.oid",
        name="format_type(t.trftype, NULL) || ' for ' || quote_ident(l.lanname)",
        source=f"""FROM pg_catalog.pg_transform t
            JOIN pg_catalog.pg_language l ON l.oid = t.trflang
            WHERE {is_user_object("pg_transform", "t.oid")}""",
        attributes={
            "from SQL": oid_name("t.trffromsql::oid", "regprocedure"),
            "to SQL": oid_name("t.trftosql::oid", "regprocedure"),
        },
        needs=("pg_language",),
        presence=any_user_row("pg_transform"),
    )


def access_methods(major: int) -> Family:
    return Family(
        kinds=("access method",),
        catalog="pg_am",
        oid="m.oid",
        name="quote_ident(m.amname)",
        source=f"FROM pg_catalog.pg_am m WHERE {is_user_object('pg_am', 'm.oid')}",
        attributes={
            "handler": "m.amhandler::oid::regprocedure::text",
            "type": "CASE m.amtype WHEN 't' THEN 'table' ELSE 'index' END",
        },
        presence=any_user_row("pg_am"),
    )
