"""How two objects of one name differ: attribute by attribute, and in the order of columns."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.schema.picture import (
    COSMETIC_ATTRIBUTES,
    RIGHTS_ATTRIBUTES,
    Key,
    SchemaObject,
)

POSITION = "position"
ENUM_VALUES = "values"
TYPE_ATTRIBUTES = "attributes"


def differing_attributes(
    first: SchemaObject, second: SchemaObject, *, rights: bool
) -> Iterator[Difference]:
    """The attributes that two objects do not share; positions are for `column_order_differences`."""
    if first is second or first.attributes == second.attributes:
        return
    for name in sorted(first.attributes.keys() | second.attributes.keys()):
        before, after = first.attributes.get(name, ""), second.attributes.get(name, "")
        if before == after or name == POSITION or (name in RIGHTS_ATTRIBUTES and not rights):
            continue
        if first.key.kind == "enum" and name == ENUM_VALUES:
            yield from _enum_differences(first.key, json.loads(before), json.loads(after))
        elif first.key.kind == "type" and name == TYPE_ATTRIBUTES:
            # Those of one side alone are told by themselves, as columns.
            yield from _order_differences(first.key, name, json.loads(before), json.loads(after))
        else:
            yield Difference(
                *first.key,
                Change.CHANGED,
                name,
                before,
                after,
                real=name not in COSMETIC_ATTRIBUTES,
            )


def column_order_differences(
    left: Mapping[Key, SchemaObject], right: Mapping[Key, SchemaObject]
) -> Iterator[Difference]:
    """Tables whose columns stand in another order; those of one side alone do not count.

    The order of a composite type's attributes is real, and told by `differing_attributes`.
    """
    before, after = _shared_columns_in_order(left, right), _shared_columns_in_order(right, left)
    for table, columns in before.items():
        if columns != after[table] and table.kind != "type":
            first, second = ", ".join(columns), ", ".join(after[table])
            yield Difference(*table, Change.CHANGED, "order of columns", first, second, real=False)


def _shared_columns_in_order(
    own: Mapping[Key, SchemaObject], others: Mapping[Key, SchemaObject]
) -> Mapping[Key, list[str]]:
    places = defaultdict(list)
    for key, thing in own.items():
        if key.kind == "column" and key in others and thing.parent is not None:
            places[thing.parent].append((int(thing.attributes[POSITION]), key.name))
    return {
        table: [name.removeprefix(f"{table.name}.") for _, name in sorted(columns)]
        for table, columns in places.items()
    }


def _enum_differences(
    key: Key, before: Sequence[str], after: Sequence[str]
) -> Iterator[Difference]:
    for value in before:
        if value not in after:
            yield Difference(*key, Change.CHANGED, "value", first=f"'{value}'")
    for index, value in enumerate(after):
        if value not in before:
            place = f" after '{after[index - 1]}'" if index else " at the front"
            yield Difference(*key, Change.CHANGED, "value", second=f"'{value}'{place}")
    yield from _order_differences(key, ENUM_VALUES, before, after)


def _order_differences(
    key: Key, what: str, before: Sequence[str], after: Sequence[str]
) -> Iterator[Difference]:
    """Whether what both sides have stands in one order."""
    kept = [value for value in before if value in after]
    now = [value for value in after if value in before]
    if kept != now:
        yield Difference(*key, Change.CHANGED, f"order of {what}", ", ".join(kept), ", ".join(now))
