"""The families of enums, domains, ranges and base types; composite types are relations."""

from __future__ import annotations

from collections.abc import Callable

from alembic_rehearsal.core.schema.catalog.family import (
    Family,
    Unit,
    any_user_row,
    flag,
    is_not_temporary,
    is_user_object,
    oid_name,
    owner_and_privileges,
)
from alembic_rehearsal.core.schema.catalog.generated_names import drop_generated_names

TYPE_NAME = "t.oid::regtype::text"
IS_USER_TYPE = f"{is_user_object('pg_type', 't.oid')} AND {is_not_temporary('t.typnamespace')}"
# The element type of an array type refers to it (typarray); that of another subscriptable
# type does not.
_NOT_AN_ARRAY = """NOT EXISTS (SELECT FROM pg_catalog.pg_type e
    WHERE e.oid = t.typelem AND e.typarray = t.oid)"""


def enums(major: int) -> Family:
    return _family(
        "enum",
        "FROM pg_catalog.pg_type t WHERE t.typtype = 'e'",
        {
            "values": """coalesce((SELECT json_agg(enumlabel ORDER BY enumsortorder)::text
                FROM pg_catalog.pg_enum WHERE enumtypid = t.oid), '[]')"""
        },
        presence="typtype = 'e'",
        needs=("pg_enum",),
    )


NOT_NULL_NAME = "name of its NOT NULL"


def domains(major: int) -> Family:
    """The domains; from 17 on NOT NULL is a constraint, and included."""
    return _family(
        "domain",
        """FROM pg_catalog.pg_type t JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
            WHERE t.typtype = 'd'""",
        {
            "type": "format_type(t.typbasetype, t.typtypmod)",
            "not null": flag("t.typnotnull"),
            # The text in typdefault depends on the search_path of the session that wrote it.
            "default": """coalesce(
                pg_get_expr(t.typdefaultbin, 'pg_catalog.pg_type'::regclass), t.typdefault)""",
            "collation": """CASE WHEN t.typcollation <> b.typcollation AND t.typcollation <> 0
                THEN t.typcollation::regcollation::text END""",
            **(_not_null_constraint() if major >= 17 else {}),
        },
        presence="typtype = 'd'",
        needs=("pg_constraint",),
        normalize=_normalize_domain,
    )


def _normalize_domain(attributes: dict[str, str]) -> None:
    drop_generated_names(attributes, [NOT_NULL_NAME])


def _not_null_constraint() -> dict[str, str]:
    """The name of the constraint, unless Postgres chose it, and its comment."""
    constraint = "FROM pg_catalog.pg_constraint n WHERE n.contypid = t.oid AND n.contype = 'n'"
    return {
        NOT_NULL_NAME: f"""(SELECT
            json_build_array(n.conname, t.typname, NULL, 'not_null')::text {constraint})""",
        "comment on its NOT NULL": (
            f"(SELECT obj_description(n.oid, 'pg_constraint') {constraint})"
        ),
    }


def ranges(major: int) -> Family:
    multirange = {"multirange": "r.rngmultitypid::regtype::text"} if major >= 14 else {}
    return _family(
        "range type",
        """FROM pg_catalog.pg_type t JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
            JOIN pg_catalog.pg_opclass o ON o.oid = r.rngsubopc WHERE t.typtype = 'r'""",
        {
            "subtype": "format_type(r.rngsubtype, NULL)",
            "operator class": "o.opcnamespace::regnamespace::text || '.' || quote_ident(o.opcname)",
            "collation": oid_name("r.rngcollation", "regcollation"),
            "canonical function": oid_name("r.rngcanonical::oid", "regproc"),
            "difference function": oid_name("r.rngsubdiff::oid", "regproc"),
            **multirange,
        },
        presence="typtype = 'r'",
        needs=("pg_range", "pg_opclass"),
    )


def other_types(major: int) -> Family:
    functions = ("input", "output", "receive", "send", "modin", "modout", "analyze")
    subscript = {"subscript": oid_name("t.typsubscript::oid", "regproc")} if major >= 14 else {}
    return _family(
        "type",
        f"FROM pg_catalog.pg_type t WHERE t.typtype IN ('b', 'p') AND {_NOT_AN_ARRAY}",
        {
            "shell": "CASE WHEN NOT t.typisdefined THEN 'yes' END",
            **{f"{name} function": oid_name(f"t.typ{name}::oid", "regproc") for name in functions},
            **subscript,
            "length": "t.typlen::text",
            "by value": flag("t.typbyval"),
            "alignment": "t.typalign::text",
            "storage": "t.typstorage::text",
            "category": "t.typcategory::text || CASE WHEN t.typispreferred THEN '!' ELSE '' END",
            "delimiter": "t.typdelim::text",
            "element": oid_name("t.typelem", "regtype"),
            "default": "t.typdefault",
            "collatable": flag("t.typcollation <> 0"),
        },
        # An array type has typtype 'b' too; but it has no array type of its own.
        presence="typtype IN ('b', 'p') AND (typarray <> 0 OR NOT typisdefined)",
    )


def _family(
    kind: str,
    source: str,
    attributes: dict[str, str],
    *,
    presence: str,
    needs: tuple[str, ...] = (),
    normalize: Callable[[dict[str, str]], None] | None = None,
) -> Family:
    return Family(
        kinds=(kind,),
        name=TYPE_NAME,
        source=f"{source} AND {IS_USER_TYPE}",
        attributes={
            **owner_and_privileges("t.typowner", "t.typacl", "T"),
            **attributes,
        },
        catalog="pg_type",
        oid="t.oid",
        needs=needs,
        normalize=normalize,
        presence=any_user_row("pg_type", presence, unit_oid="oid"),
        unit=Unit.TYPE,
        unit_oid="t.oid",
    )
