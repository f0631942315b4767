"""The questions that a corrective revision asks the catalogs before it changes anything.

Each one that is needed becomes a small function in the revision file.  They run with an empty
`search_path`, so that Postgres qualifies every name in its answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alembic_rehearsal.authoring.steps import CatalogGuard
from alembic_rehearsal.core.schema.picture import Key, SchemaObject, split_name


@dataclass(frozen=True, slots=True)
class Question:
    """A query for one value.

    `parameters` are those of the query and, in this order, of the function in the revision
    file; `returns` is that function's return type.
    """

    parameters: tuple[str, ...]
    returns: str
    query: str


_COLUMN = (
    "FROM pg_attribute a WHERE a.attrelid = to_regclass(:table) AND a.attname = :column "
    "AND NOT a.attisdropped"
)
_DEFAULT = (
    "FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum "
    "WHERE d.adrelid = to_regclass(:table) AND a.attname = :column"
)
_CONSTRAINT = (
    "FROM pg_constraint WHERE conname = :name AND (conrelid = to_regclass(:owner) "
    "OR contypid = to_regtype(:owner))"
)
_ON_TABLE = "FROM pg_{0} WHERE {1}relid = to_regclass(:table) AND {1}name = :name"

QUESTIONS: Mapping[str, Question] = {
    "has_relation": Question(("name",), "bool", "SELECT to_regclass(:name) IS NOT NULL"),
    "has_type": Question(("name",), "bool", "SELECT to_regtype(:name) IS NOT NULL"),
    "has_function": Question(
        ("signature",),
        "bool",
        "SELECT EXISTS (SELECT FROM pg_proc WHERE oid::regprocedure::text = :signature)",
    ),
    "has_schema": Question(("name",), "bool", "SELECT to_regnamespace(:name) IS NOT NULL"),
    "has_extension": Question(
        ("name",), "bool", "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = :name)"
    ),
    "has_event_trigger": Question(
        ("name",), "bool", "SELECT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = :name)"
    ),
    "has_collation": Question(
        ("schema", "name"),
        "bool",
        "SELECT EXISTS (SELECT FROM pg_collation WHERE collname = :name "
        "AND collnamespace = to_regnamespace(:schema))",
    ),
    "has_statistics": Question(
        ("schema", "name"),
        "bool",
        "SELECT EXISTS (SELECT FROM pg_statistic_ext WHERE stxname = :name "
        "AND stxnamespace = to_regnamespace(:schema))",
    ),
    "has_column": Question(("table", "column"), "bool", f"SELECT EXISTS (SELECT {_COLUMN})"),
    "has_constraint": Question(("owner", "name"), "bool", f"SELECT EXISTS (SELECT {_CONSTRAINT})"),
    "has_trigger": Question(
        ("table", "name"),
        "bool",
        f"SELECT EXISTS (SELECT {_ON_TABLE.format('trigger', 'tg')} AND NOT tgisinternal)",
    ),
    "has_rule": Question(
        ("table", "name"),
        "bool",
        "SELECT EXISTS (SELECT FROM pg_rewrite WHERE ev_class = to_regclass(:table) "
        "AND rulename = :name)",
    ),
    "has_policy": Question(
        ("table", "name"), "bool", f"SELECT EXISTS (SELECT {_ON_TABLE.format('policy', 'pol')})"
    ),
    "type_of": Question(
        ("table", "column"), "str", f"SELECT format_type(a.atttypid, a.atttypmod) {_COLUMN}"
    ),
    "collation_of": Question(
        ("table", "column"),
        "str",
        f"SELECT a.attcollation::regcollation::text {_COLUMN}",
    ),
    "default_of": Question(
        ("table", "column"), "str", f"SELECT pg_get_expr(d.adbin, d.adrelid) {_DEFAULT}"
    ),
    "is_not_null": Question(("table", "column"), "bool", f"SELECT a.attnotnull {_COLUMN}"),
    "identity_of": Question(
        ("table", "column"),
        "str",
        "SELECT CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END "
        + _COLUMN,
    ),
    "constraint_of": Question(
        ("owner", "name"), "str", f"SELECT pg_get_constraintdef(oid) {_CONSTRAINT}"
    ),
    "index_of": Question(("name",), "str", "SELECT pg_get_indexdef(to_regclass(:name))"),
    "view_of": Question(("name",), "str", "SELECT pg_get_viewdef(to_regclass(:name))"),
    "trigger_of": Question(
        ("table", "name"),
        "str",
        f"SELECT pg_get_triggerdef(oid) {_ON_TABLE.format('trigger', 'tg')} AND NOT tgisinternal",
    ),
    "rule_of": Question(
        ("table", "name"),
        "str",
        "SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE ev_class = to_regclass(:table) "
        "AND rulename = :name",
    ),
    "policy_of": Question(
        ("table", "name"),
        "str",
        "SELECT concat_ws(' / ', polcmd, CASE WHEN polpermissive THEN 'permissive' "
        "ELSE 'restrictive' END, pg_get_expr(polqual, polrelid), "
        f"pg_get_expr(polwithcheck, polrelid)) {_ON_TABLE.format('policy', 'pol')}",
    ),
    "statistics_of": Question(
        ("schema", "name"),
        "str",
        "SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxname = :name "
        "AND stxnamespace = to_regnamespace(:schema)",
    ),
    "shape_of": Question(
        ("signature",),
        "str",
        "SELECT rtrim('(' || pg_get_function_arguments(oid) || ') ' || "
        "coalesce(pg_get_function_result(oid), '')) FROM pg_proc "
        "WHERE oid::regprocedure::text = :signature",
    ),
    "values_of": Question(
        ("enum",),
        "str",
        "SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) "
        "FROM pg_enum WHERE enumtypid = to_regtype(:enum)",
    ),
    "partition_of": Question(
        ("name",),
        "str",
        "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = to_regclass(:name)",
    ),
    "is_valid": Question(
        ("index",),
        "bool",
        "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:index)",
    ),
    "row_type_of": Question(
        ("table",),
        "str",
        "SELECT reloftype::regtype::text FROM pg_class "
        "WHERE oid = to_regclass(:table) AND reloftype <> 0",
    ),
    "has_parent": Question(
        ("name", "parent"),
        "bool",
        "SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(:name) "
        "AND inhparent = to_regclass(:parent))",
    ),
}

_BY_NAME = {
    **dict.fromkeys(("table", "view", "materialized view", "index", "sequence"), "has_relation"),
    **dict.fromkeys(("enum", "domain", "type", "range type"), "has_type"),
    **dict.fromkeys(("function", "procedure", "aggregate"), "has_function"),
    "schema": "has_schema",
}
_WITHIN = {kind: f"has_{kind}" for kind in ("column", "constraint", "trigger", "rule", "policy")}
_PLAIN = {"extension": "has_extension", "event trigger": "has_event_trigger"}
_IN_SCHEMA = {"collation": "has_collation", "statistics": "has_statistics"}


def existence_guard(obj: SchemaObject, *, expected: bool) -> CatalogGuard:
    """A guard that asks whether an object of this name exists; `expected` is the right answer."""
    kind, name = obj.key
    if kind in _WITHIN:
        return CatalogGuard(_WITHIN[kind], owner_and_name(obj.key, obj.parent), expected)
    if kind in _PLAIN:
        return CatalogGuard(_PLAIN[kind], (split_name(name)[-1],), expected)
    if kind in _IN_SCHEMA:
        return CatalogGuard(_IN_SCHEMA[kind], schema_and_name(obj), expected)
    return CatalogGuard(_BY_NAME[kind], (name,), expected)


def schema_and_name(obj: SchemaObject) -> tuple[str, str]:
    """An object's schema, quoted where necessary, and its own name without quotes."""
    schema, own = split_last_part(obj.key.name)
    return schema, split_name(own)[-1]


def owner_and_name(key: Key, parent: Key | None) -> tuple[str, str]:
    """The name of a part's owner, quoted where necessary, and the part's name without quotes."""
    assert parent is not None, f"{key} is a part of another object"
    return parent.name, split_name(key.name)[-1]


def split_last_part(name: str) -> tuple[str, str]:
    """A qualified name without its last part, and that part, both with their quotes."""
    own = split_name(name)[-1]
    for text in (own, '"' + own.replace('"', '""') + '"'):
        if name.endswith(text):
            return name[: -len(text)].rstrip("."), text
    raise AssertionError(f"{name} does not end as it does")
