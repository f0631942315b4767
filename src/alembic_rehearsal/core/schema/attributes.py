"""The differences between two objects of one name: in their attributes, and in column order."""

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
    """One difference for each attribute with two values; `rights` includes owner and privileges.

    Positions of columns are left to `column_order_differences`.
    """
    if first is second or first.attributes == second.attributes:
        return
    for name in sorted(first.attributes.keys() | second.attributes.keys()):
        before, after = first.attributes.get(name, ""), second.attributes.get(name, "")
        if before == after or name == POSITION or (name in RIGHTS_ATTRIBUTES and not rights):
            continue
        if first.key.kind == "enum" and name == ENUM_VALUES:
            yield from _enum_differences(first.key, json.loads(before), json.loads(after))
        elif first.key.kind == "type" and name == TYPE_ATTRIBUTES:
            # An attribute that only one side has is reported as a column of the type.
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
    """One cosmetic difference for each table whose columns are in another order.

    Columns that only one side has do not count.  The order of a composite type's attributes is
    a real difference, and `differing_attributes` reports it.
    """
    before, after = _shared_columns_in_order(left, right), _shared_columns_in_order(right, left)
    for table, columns in before.items():
        if columns != after[table] and table.kind != "type":
            first, second = ", ".join(columns), ", ".join(after[table])
            yield Difference(*table, Change.CHANGED, "order of columns", first, second, real=False)


def _shared_columns_in_order(
    own: Mapping[Key, SchemaObject], others: Mapping[Key, SchemaObject]
) -> Mapping[Key, list[str]]:
    positions = defaultdict(list)
    for key, schema_object in own.items():
        if key.kind == "column" and key in others and schema_object.parent is not None:
            positions[schema_object.parent].append(
                (int(schema_object.attributes[POSITION]), key.name)
            )
    return {
        table: [name.removeprefix(f"{table.name}.") for _, name in sorted(columns)]
        for table, columns in positions.items()
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
    key: Key, noun: str, before: Sequence[str], after: Sequence[str]
) -> Iterator[Difference]:
    """At most one difference: the values that both sides have are in another order."""
    first = [value for value in before if value in after]
    second = [value for value in after if value in before]
    if first != second:
        yield Difference(
            *key, Change.CHANGED, f"order of {noun}", ", ".join(first), ", ".join(second)
        )
