"""The part of a schema that models can express, and the differences within it.

Pure.  Left out are functions, triggers, views, policies, grants and the like; tables and columns
that only one side has, which Alembic's own comparison reports; and what the project's filters
(`include_object` and others) exclude.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from alembic_rehearsal.core.project.model_answers import ExcludedObject
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.schema.picture import Key, Picture, SchemaObject, split_name

_ATTRIBUTES = {
    "table": {"comment", "persistence", "partition key"},
    "column": {
        "type",
        "not null",
        "default",
        "generated",
        "identity",
        "settings of its sequence",
        "collation",
        "comment",
        "position",
    },
    "constraint": {"definition"},
    "index": {"definition", "unique", "predicate"},
    "enum": {"values"},
    "domain": {"type", "not null", "default", "collation"},
    "sequence": {"type", "start", "increment", "minimum", "maximum", "cache", "cycle"},
}


def scoped_differences(
    migrated: Picture, models: Picture, left_out: Collection[ExcludedObject]
) -> tuple[Difference, ...]:
    """The real differences from the migrated schema (first) to that of the models (second)."""
    left = _ScopedPicture(migrated, models, left_out).comparable()
    right = _ScopedPicture(models, migrated, left_out, is_models=True).comparable()
    found = [each for each in compare(left, right) if each.real]
    return tuple(_without_renamed_pairs(found, left, right))


class _ScopedPicture:
    """One of two pictures, reduced to the objects and attributes that are compared."""

    def __init__(
        self,
        own: Picture,
        other: Picture,
        left_out: Collection[ExcludedObject],
        *,
        is_models: bool = False,
    ) -> None:
        self._own = own
        self._other = other
        self._is_models = is_models
        self._left_out = {(each.schema, each.table, each.name) for each in left_out}

    def comparable(self) -> Picture:
        objects = {
            key: replace(obj, attributes=_compared_attributes(obj))
            for key, obj in self._own.objects.items()
            if key.kind in _ATTRIBUTES and self._is_compared(obj)
        }
        return replace(self._own, objects=objects, unread={}, unknown=())

    def _is_compared(self, obj: SchemaObject) -> bool:
        key = obj.key
        if key.kind == "table":
            return self._is_table_of_both(key)
        if key.kind in ("constraint", "index", "column"):
            assert obj.parent is not None, f"{key} is a part of another object"
            if key.kind == "column" and key not in self._other.objects:
                return False
            return self._belongs_to_both(obj, obj.parent)
        return key in self._other.objects or (self._is_models and self._is_in_no_column(obj))

    def _belongs_to_both(self, obj: SchemaObject, parent: Key) -> bool:
        if parent.kind != "table":
            return parent.kind == "domain" and parent in self._other.objects
        schema, table = split_name(parent.name)
        name = split_name(obj.key.name)[-1]
        return self._is_table_of_both(parent) and (schema, table, name) not in self._left_out

    def _is_table_of_both(self, key: Key) -> bool:
        if key not in self._own.objects or key not in self._other.objects:
            return False
        schema, table = split_name(key.name)
        is_left_out = bool({(schema, "", ""), (schema, table, "")} & self._left_out)
        is_partition = any(
            "partition bound" in each.objects[key].attributes for each in (self._own, self._other)
        )
        return not is_left_out and not is_partition

    def _is_in_no_column(self, obj: SchemaObject) -> bool:
        """Whether no column uses the type or owns the sequence, so that no column shows it."""
        if obj.key.kind == "sequence":
            return "column" not in obj.attributes
        used = {obj.key.name, f"{obj.key.name}[]"}
        return all(each.attributes.get("type") not in used for each in self._own.objects.values())


def _compared_attributes(obj: SchemaObject) -> dict[str, str]:
    known = _ATTRIBUTES[obj.key.kind]
    return {name: text for name, text in obj.attributes.items() if name in known}


def _without_renamed_pairs(
    found: Iterable[Difference], left: Picture, right: Picture
) -> Iterator[Difference]:
    """Without pairs of objects that are equal except for a name that Postgres generated.

    If both names were given by people, the pair is one difference of names instead of two.
    """
    added: dict[tuple[str, Key | None, str], list[SchemaObject]] = defaultdict(list)
    rest = list(found)
    for each in rest:
        if each.change is Change.ADDED:
            obj = right.objects[Key(each.kind, each.name)]
            added[_content(obj)].append(obj)
    paired: set[tuple[Change, Key]] = set()
    for each in rest:
        if each.change is Change.REMOVED:
            obj = left.objects[Key(each.kind, each.name)]
            if equal := added[_content(obj)]:
                twin = equal.pop(0)
                paired |= {(Change.REMOVED, obj.key), (Change.ADDED, twin.key)}
                if not (obj.has_generated_name or twin.has_generated_name):
                    names = (obj.key.name, twin.key.name)
                    yield Difference(*obj.key, Change.CHANGED, "name", *names)
    yield from (each for each in rest if (each.change, Key(each.kind, each.name)) not in paired)


def _content(obj: SchemaObject) -> tuple[str, Key | None, str]:
    return obj.key.kind, obj.parent, str(sorted(obj.attributes.items()))
