"""The dependents of an object, because of which Postgres refuses to change or drop it.

They are found by name in definitions.  `rebuildable_dependents` can be dropped before the
change and created again after it, without any loss; `blocking_dependents` cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_rehearsal.authoring.side import Side, last_part, mentions, routine_name
from alembic_rehearsal.core.schema.picture import SchemaObject

_QUERIES = ("view", "materialized view")
_ON_TABLE = ("trigger", "rule", "policy")
_ROUTINES = ("function", "procedure")
_TYPES = ("enum", "domain", "type", "range type")


def rebuildable_dependents(obj: SchemaObject, side: Side) -> list[SchemaObject]:
    """Views, rules, constraints and the like that use the object and hold no rows of their own."""
    kind = obj.key.kind
    if kind == "column":
        return list(_column_dependents(obj, side))
    if kind == "constraint":
        return list(_foreign_keys_to(obj, side))
    if kind in (*_QUERIES, "table"):
        return _without_parts(obj, side.mentioning(obj.key.name, (*_QUERIES, "rule")))
    if kind in _ROUTINES:
        kinds = (*_QUERIES, *_ON_TABLE, "constraint", "index", "event trigger")
        return side.mentioning(routine_name(obj.key.name), kinds)
    if kind in _TYPES:
        kinds = (*_QUERIES, *_ON_TABLE, "constraint", "index", "statistics")
        found = side.mentioning(obj.key.name, kinds)
        return _without_parts(obj, found + list(_users_of_typed_columns(obj, side)))
    return []


def blocking_dependents(obj: SchemaObject, side: Side) -> list[SchemaObject]:
    """Functions that return its rows or have a parsed body that uses it; generated columns."""
    kind = obj.key.kind
    if kind == "column":
        return [
            each
            for each in side.parts(obj.parent, "column")  # type: ignore[arg-type]
            if mentions(each.attributes.get("generated", ""), last_part(obj.key.name))
            and each.key != obj.key
        ]
    if kind in _QUERIES:
        return side.mentioning(obj.key.name, _ROUTINES)
    if kind in _ROUTINES:
        return [
            each
            for each in side.mentioning(
                routine_name(obj.key.name), ("column", *_ROUTINES, "domain")
            )
            if each.key != obj.key
        ]
    return []


def _without_parts(obj: SchemaObject, found: list[SchemaObject]) -> list[SchemaObject]:
    return [each for each in found if each.key != obj.key and each.parent != obj.key]


def _column_dependents(column: SchemaObject, side: Side) -> Iterator[SchemaObject]:
    """Queries, and rules, policies and triggers of its table, that name the column."""
    assert column.parent is not None
    name = last_part(column.key.name)
    for each in side.mentioning(column.parent.name, (*_QUERIES, "rule")):
        if _names_column(each, name):
            yield each
    for each in side.parts(column.parent, *_ON_TABLE):
        if _names_column(each, name):
            yield each


def _names_column(obj: SchemaObject, name: str) -> bool:
    return any(
        re.search(rf'(?<![\w"]){re.escape(name)}(?![\w"])', text)
        for attribute, text in obj.attributes.items()
        if attribute in ("definition", "using", "check")
    )


def _foreign_keys_to(constraint: SchemaObject, side: Side) -> Iterator[SchemaObject]:
    """The foreign keys that refer to a primary or unique key."""
    assert constraint.parent is not None
    if not re.match("PRIMARY KEY|UNIQUE", constraint.attributes["definition"]):
        return
    key = re.search(r"\(([^)]*)\)", constraint.attributes["definition"])
    columns = key[1] if key else ""
    for each in side.objects.values():
        text = each.attributes.get("definition", "") if each.key.kind == "constraint" else ""
        if f"REFERENCES {constraint.parent.name}({columns})" in text:
            yield each


def _users_of_typed_columns(type: SchemaObject, side: Side) -> Iterator[SchemaObject]:
    """Queries, triggers and policies that name a column of the type, not the type itself."""
    for column in side.mentioning(type.key.name, ("column",)):
        if column.parent is not None and column.parent.kind == "table":
            yield from _column_dependents(column, side)
