"""The families of text search configurations, dictionaries, parsers and templates."""

from __future__ import annotations

from alembic_rehearsal.core.schema.catalog.family import (
    Family,
    any_user_row,
    is_not_temporary,
    is_user_object,
    oid_name,
    qualified_name,
)

_MAPPING = """(SELECT string_agg(format('%s: %s', tokens.alias, tokens.dictionaries), '; '
        ORDER BY tokens.alias COLLATE "C")
    FROM (SELECT kinds.alias, string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno)
            AS dictionaries
        FROM pg_catalog.pg_ts_config_map m
        JOIN ts_token_type(g.cfgparser) kinds ON kinds.tokid = m.maptokentype
        WHERE m.mapcfg = g.oid GROUP BY kinds.alias) tokens)"""


def configurations(major: int) -> Family:
    return _family(
        "configuration",
        "pg_ts_config g",
        "g.cfg",
        {
            "owner": "g.cfgowner::regrole::text",
            "parser": """(SELECT prsnamespace::regnamespace || '.' || quote_ident(prsname)
                FROM pg_catalog.pg_ts_parser WHERE oid = g.cfgparser)""",
            "mapping": _MAPPING,
        },
        needs=("pg_ts_config_map", "pg_ts_parser"),
    )


def dictionaries(major: int) -> Family:
    return _family(
        "dictionary",
        "pg_ts_dict d",
        "d.dict",
        {
            "owner": "d.dictowner::regrole::text",
            "template": """(SELECT tmplnamespace::regnamespace || '.' || quote_ident(tmplname)
                FROM pg_catalog.pg_ts_template WHERE oid = d.dicttemplate)""",
            "options": "d.dictinitoption",
        },
        needs=("pg_ts_template",),
    )


def parsers(major: int) -> Family:
    functions = {"start": "prsstart", "token": "prstoken", "end": "prsend"}
    functions |= {"headline": "prsheadline", "types": "prslextype"}
    return _family(
        "parser",
        "pg_ts_parser p",
        "p.prs",
        {
            f"{name} function": oid_name(f"p.{column}::oid", "regprocedure")
            for name, column in functions.items()
        },
    )


def templates(major: int) -> Family:
    return _family(
        "template",
        "pg_ts_template t",
        "t.tmpl",
        {
            "init function": oid_name("t.tmplinit::oid", "regprocedure"),
            "lexize function": oid_name("t.tmpllexize::oid", "regprocedure"),
        },
    )


def _family(
    noun: str,
    table: str,
    prefix: str,
    attributes: dict[str, str],
    needs: tuple[str, ...] = (),
) -> Family:
    catalog, alias = table.split()
    return Family(
        kinds=(f"text search {noun}",),
        name=qualified_name(f"{prefix}namespace", f"{prefix}name"),
        source=f"""FROM pg_catalog.{table} WHERE {is_user_object(catalog, f"{alias}.oid")}
            AND {is_not_temporary(f"{prefix}namespace")}""",
        attributes=attributes,
        catalog=catalog,
        oid=f"{alias}.oid",
        needs=needs,
        presence=any_user_row(catalog),
    )
