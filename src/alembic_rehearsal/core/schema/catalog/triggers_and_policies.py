"""The families of triggers, rules, policies and extended statistics of tables."""

from __future__ import annotations

from alembic_rehearsal.core.schema.catalog.family import (
    Dependence,
    Family,
    Unit,
    any_user_row,
    extensions_needed,
    flag,
    is_not_temporary,
    is_user_object,
    qualified_name,
)
from alembic_rehearsal.core.schema.catalog.relations import IS_USER_RELATION

ENABLED = (
    "WHEN 'D' THEN 'never' WHEN 'R' THEN 'on replicas' WHEN 'A' THEN 'always' ELSE 'on origin'"
)
# Before 15 a trigger that a partition inherits is internal, like the triggers of foreign keys.
_IS_USER_TRIGGER = "(NOT g.tgisinternal OR (above.oid IS NOT NULL AND NOT above.tgisinternal))"

# The attribute of an inherited trigger, which is reported only because it differs.
DIFFERS_FROM_PARENT = "unlike its parent's"


def triggers(major: int) -> Family:
    """The triggers; an inherited one is included only if it fires differently from its parent's."""
    return Family(
        kinds=("trigger",),
        name="quote_ident(g.tgname)",
        dependence=Dependence.PART,
        catalog="pg_trigger",
        oid="g.oid",
        source=f"""FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
            LEFT JOIN pg_catalog.pg_trigger above ON above.oid = g.tgparentid
            WHERE {"NOT g.tgisinternal" if major >= 15 else _IS_USER_TRIGGER}
            AND (above.oid IS NULL OR above.tgenabled <> g.tgenabled) AND {IS_USER_RELATION}""",
        needs=("pg_class", "pg_depend", "pg_extension"),
        unit=Unit.RELATION,
        unit_oid="c.oid",
        attributes={
            "definition": "pg_get_triggerdef(g.oid)",
            "fires": f"CASE g.tgenabled {ENABLED} END",
            "depends on extension": extensions_needed("pg_trigger", "g.oid"),
            DIFFERS_FROM_PARENT: flag("above.oid IS NOT NULL"),
        },
        presence=any_user_row(
            "pg_trigger", "(NOT tgisinternal OR tgparentid <> 0)", unit_oid="tgrelid"
        ),
    )


def rules(major: int) -> Family:
    return Family(
        kinds=("rule",),
        name="quote_ident(r.rulename)",
        dependence=Dependence.PART,
        catalog="pg_rewrite",
        oid="r.oid",
        source=f"""FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
            WHERE r.rulename <> '_RETURN' AND {IS_USER_RELATION}""",
        needs=("pg_class",),
        unit=Unit.RELATION,
        unit_oid="c.oid",
        attributes={
            "definition": "pg_get_ruledef(r.oid)",
            "fires": f"CASE r.ev_enabled {ENABLED} END",
        },
        presence=any_user_row("pg_rewrite", "rulename <> '_RETURN'", unit_oid="ev_class"),
    )


def policies(major: int) -> Family:
    return Family(
        kinds=("policy",),
        name="quote_ident(y.polname)",
        dependence=Dependence.PART,
        catalog="pg_policy",
        oid="y.oid",
        source=f"""FROM pg_catalog.pg_policy y JOIN pg_catalog.pg_class c ON c.oid = y.polrelid
            WHERE {IS_USER_RELATION}""",
        needs=("pg_class",),
        unit=Unit.RELATION,
        unit_oid="c.oid",
        attributes={
            "command": """CASE y.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert'
                WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END""",
            "restrictive": "CASE WHEN NOT y.polpermissive THEN 'yes' END",
            "roles": """ARRAY(SELECT CASE WHEN each = 0 THEN 'PUBLIC'
                ELSE each::regrole::text END FROM unnest(y.polroles) AS each)""",
            "using": "pg_get_expr(y.polqual, y.polrelid)",
            "check": "pg_get_expr(y.polwithcheck, y.polrelid)",
        },
        presence=any_user_row("pg_policy", unit_oid="polrelid"),
    )


def statistics(major: int) -> Family:
    return Family(
        kinds=("statistics",),
        name=qualified_name("e.stxnamespace", "e.stxname"),
        dependence=Dependence.DEPENDENT,
        catalog="pg_statistic_ext",
        oid="e.oid",
        source=f"""FROM pg_catalog.pg_statistic_ext e
            JOIN pg_catalog.pg_class c ON c.oid = e.stxrelid
            WHERE {is_user_object("pg_statistic_ext", "e.oid")}
            AND {is_not_temporary("e.stxnamespace")}""",
        needs=("pg_class",),
        unit=Unit.RELATION,
        unit_oid="c.oid",
        attributes={
            "owner": "e.stxowner::regrole::text",
            "definition": "pg_get_statisticsobjdef(e.oid)",
            "target": "CASE WHEN e.stxstattarget >= 0 THEN e.stxstattarget::text END",
        },
        presence=any_user_row("pg_statistic_ext", unit_oid="stxrelid"),
    )
