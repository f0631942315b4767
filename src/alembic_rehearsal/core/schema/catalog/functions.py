"""Functions, procedures, window functions and aggregates, each with its argument types."""

from __future__ import annotations

from alembic_rehearsal.core.schema.catalog.family import (
    Family,
    Unit,
    any_made,
    extensions_needed,
    flag,
    lasting,
    made_by_people,
    reference,
    rights,
)

# The constructors of a range type belong to the type.
_CONSTRUCTOR = """SELECT FROM pg_catalog.pg_depend
    WHERE classid = 'pg_catalog.pg_proc'::regclass AND objid = p.oid AND deptype = 'i'"""
_OURS = (
    f"{made_by_people('pg_proc', 'p.oid')} AND {lasting('p.pronamespace')} "
    f"AND NOT EXISTS ({_CONSTRUCTOR})"
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
            "support function": reference("p.prosupport::oid", "regprocedure"),
            "transforms": """(SELECT string_agg(each::regtype::text, ', ')
                FROM unnest(p.protrftypes) AS each)""",
            "settings": "p.proconfig",
            "depends on extension": extensions_needed("pg_proc", "p.oid"),
        },
        present="prokind <> 'a'",
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
                name: reference(f"g.{column}::oid", "regprocedure")
                for name, column in names.items()
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
            "sort operator": reference("g.aggsortop", "regoperator"),
        },
        present="prokind = 'a'",
        needs=("pg_aggregate",),
    )


def _family(
    kinds: tuple[str, ...],
    source: str,
    attributes: dict[str, str],
    *,
    present: str,
    needs: tuple[str, ...],
) -> Family:
    return Family(
        kinds=kinds,
        kind_of=_KIND,
        name="p.oid::regprocedure::text",
        source=f"{source} AND {_OURS}",
        attributes={
            **rights("p.proowner", "p.proacl", "f"),
            "arguments": "pg_get_function_arguments(p.oid)",
            "parallel": """CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted'
                ELSE 'unsafe' END""",
            **attributes,
        },
        catalog="pg_proc",
        oid="p.oid",
        needs=needs,
        present=any_made("pg_proc", present, unit_oid="oid"),
        unit=Unit.FUNCTION,
        unit_oid="p.oid",
    )
