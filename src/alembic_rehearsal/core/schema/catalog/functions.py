"""The families of functions, procedures and aggregates; a name includes the argument types."""

from __future__ import annotations

from alembic_rehearsal.core.schema.catalog.family import (
    Family,
    Unit,
    any_user_row,
    extensions_needed,
    flag,
    is_not_temporary,
    is_user_object,
    oid_name,
    owner_and_privileges,
)

# The constructor functions of a range type are parts of the type, and not listed.
_RANGE_CONSTRUCTOR = """SELECT FROM pg_catalog.pg_depend
    WHERE classid = 'pg_catalog.pg_proc'::regclass AND objid = p.oid AND deptype = 'i'"""
_IS_USER_FUNCTION = (
    f"{is_user_object('pg_proc', 'p.oid')} AND {is_not_temporary('p.pronamespace')} "
    f"AND NOT EXISTS ({_RANGE_CONSTRUCTOR})"
)
_KIND = "CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END"


def functions(major: int) -> Family:
    sql_body = "pg_get_function_sqlbody(p.oid)" if major >= 14 else "NULL"
    return _family(
        ("function", "procedure"),
        "FROM pg_catalog.pg_proc p WHERE p.prokind IN ('f', 'p', 'w')",
        {
            "result": "pg_get_function_result(p.oid)",
            "language": "(SELECT lanname::text FROM pg_catalog.pg_language WHERE oid = p.prolang)",
            "body": f"coalesce({sql_body}, p.prosrc)",
            "library": "p.probin",
            "window": flag("p.prokind = 'w'"),
            "volatility": """CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable'
                ELSE 'volatile' END""",
            "strict": flag("p.proisstrict"),
            "security definer": flag("p.prosecdef"),
            "leakproof": flag("p.proleakproof"),
            "cost": "p.procost::text",
            "rows": "p.prorows::text",
            "support function": oid_name("p.prosupport::oid", "regprocedure"),
            "transforms": """(SELECT string_agg(each::regtype::text, ', ')
                FROM unnest(p.protrftypes) AS each)""",
            "settings": "p.proconfig",
            "depends on extension": extensions_needed("pg_proc", "p.oid"),
        },
        presence="prokind <> 'a'",
        needs=("pg_language", "pg_depend", "pg_extension"),
    )


def aggregates(major: int) -> Family:
    names = {
        "transition function": "aggtransfn",
        "final function": "aggfinalfn",
        "combine function": "aggcombinefn",
        "serial function": "aggserialfn",
        "deserial function": "aggdeserialfn",
        "moving transition function": "aggmtransfn",
        "moving inverse function": "aggminvtransfn",
        "moving final function": "aggmfinalfn",
    }
    return _family(
        ("aggregate",),
        """FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_aggregate g ON g.aggfnoid = p.oid
            WHERE p.prokind = 'a'""",
        {
            **{
                name: oid_name(f"g.{column}::oid", "regprocedure") for name, column in names.items()
            },
            "kind": "g.aggkind::text || g.aggnumdirectargs",
            "final functions": """g.aggfinalmodify::text || g.aggmfinalmodify::text
                || CASE WHEN g.aggfinalextra THEN ' extra' ELSE '' END
                || CASE WHEN g.aggmfinalextra THEN ' moving extra' ELSE '' END""",
            "state": "format_type(g.aggtranstype, NULL) || ' ' || g.aggtransspace",
            "moving state": """CASE WHEN g.aggmtranstype <> 0 THEN
                format_type(g.aggmtranstype, NULL) || ' ' || g.aggmtransspace END""",
            "initial value": "g.agginitval",
            "moving initial value": "g.aggminitval",
            "sort operator": oid_name("g.aggsortop", "regoperator"),
        },
        presence="prokind = 'a'",
        needs=("pg_aggregate",),
    )


def _family(
    kinds: tuple[str, ...],
    source: str,
    attributes: dict[str, str],
    *,
    presence: str,
    needs: tuple[str, ...],
) -> Family:
    return Family(
        kinds=kinds,
        kind_of=_KIND,
        name="p.oid::regprocedure::text",
        source=f"{source} AND {_IS_USER_FUNCTION}",
        attributes={
            **owner_and_privileges("p.proowner", "p.proacl", "f"),
            "arguments": "pg_get_function_arguments(p.oid)",
            "parallel": """CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted'
                ELSE 'unsafe' END""",
            **attributes,
        },
        catalog="pg_proc",
        oid="p.oid",
        needs=needs,
        presence=any_user_row("pg_proc", presence, unit_oid="oid"),
        unit=Unit.FUNCTION,
        unit_oid="p.oid",
    )
