"""The comparison of two pictures, object by object; it reads no database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from alembic_rehearsal.core.schema.attributes import column_order_differences, differing_attributes
from alembic_rehearsal.core.schema.catalog.triggers_and_policies import DIFFERS_FROM_PARENT
from alembic_rehearsal.core.schema.catalog.unknown import UNKNOWN_KIND
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.schema.picture import RIGHTS_KINDS, Key, Picture, SchemaObject
from alembic_rehearsal.core.values.errors import DifferentMajors

SchemaObjects = Mapping[Key, SchemaObject]


def compare(first: Picture, second: Picture, *, rights: bool = False) -> tuple[Difference, ...]:
    """Every difference, sorted by kind and name; none is real if the fingerprints are equal.

    An object that only one side has is one difference, together with all of its parts.  With
    `rights`, owners, grants and default privileges are compared too.

    Raises `DifferentMajors`: each major of PostgreSQL prints definitions in its own way.
    """
    if first.major != second.major:
        raise DifferentMajors(
            f"a schema of PostgreSQL {first.major} cannot be compared with one of "
            f"PostgreSQL {second.major} directly.",
            why="each major of PostgreSQL prints definitions in its own way.",
            remedies=(
                "rehearsal snapshot take --from URL --to first.sql   (and of the other one)\n"
                "rehearsal schema diff first.sql second.sql          (builds both on one server)",
            ),
        )
    found = [*_unread_differences(first, second)]
    if first.objects != second.objects:
        left, right = (
            _comparable_objects(first, second, rights),
            _comparable_objects(second, first, rights),
        )
        found += _object_differences(left, right, rights)
    return tuple(sorted(found, key=lambda each: (each.kind, each.name, each.attribute)))


def _object_differences(
    left: SchemaObjects, right: SchemaObjects, rights: bool
) -> Iterator[Difference]:
    matched = _match_generated_names(left, right, rights)
    lone_left = left.keys() - matched.keys()
    lone_right = right.keys() - set(matched.values())
    same_name = (lone_left & lone_right) | {old for old, new in matched.items() if old == new}
    yield from (_name_difference(old, new) for old, new in matched.items() if old != new)
    yield from _one_sided_differences(lone_left - lone_right, left, right, Change.REMOVED)
    yield from _one_sided_differences(lone_right - lone_left, right, left, Change.ADDED)
    for key in same_name:
        yield from differing_attributes(left[key], right[key], rights=rights)
    yield from _parent_differences(same_name, left, right)
    yield from column_order_differences(left, right)


def _comparable_objects(picture: Picture, other: Picture, rights: bool) -> SchemaObjects:
    """The objects of one side, without the kinds that were not read on both sides."""
    left_out = {*picture.unread, *other.unread, *(() if rights else RIGHTS_KINDS)}
    return {
        key: schema_object
        for key, schema_object in picture.objects.items()
        if key.kind not in left_out
    }


def _unread_differences(first: Picture, second: Picture) -> Iterator[Difference]:
    for kind in sorted(first.unread.keys() | second.unread.keys()):
        in_first, in_second = first.unread.get(kind, ""), second.unread.get(kind, "")
        yield Difference(kind, "", Change.UNREAD, first=in_first, second=in_second)
    for name in sorted({*first.unknown, *second.unknown}):
        text = "this version does not know what it is, so it was not compared"
        yield Difference(UNKNOWN_KIND, name, Change.UNREAD, first=text)


def _match_generated_names(
    left: SchemaObjects, right: SchemaObjects, rights: bool
) -> Mapping[Key, Key]:
    """Pairs of equal objects, left to right, among those that Postgres gave a name."""
    pairs = {
        key: key
        for key, schema_object in left.items()
        if schema_object.has_generated_name
        and (other := right.get(key)) is not None
        and schema_object.equals(other, rights)
    }
    waiting = defaultdict(list)
    for key, schema_object in right.items():
        if schema_object.has_generated_name and key not in pairs:
            waiting[schema_object.compute_digest(rights=rights)].append(key)
    for key, schema_object in left.items():
        if (
            schema_object.has_generated_name
            and key not in pairs
            and (equal := waiting[schema_object.compute_digest(rights=rights)])
        ):
            pairs[key] = equal.pop(0)
    return pairs


def _name_difference(old: Key, new: Key) -> Difference:
    return Difference(old.kind, old.name, Change.CHANGED, "name", old.name, new.name, real=False)


def _parent_differences(
    keys: Collection[Key], left: SchemaObjects, right: SchemaObjects
) -> Iterator[Difference]:
    """Indexes and statistics that moved to another table, where both sides have both tables."""
    for key in keys:
        before, after = left[key].parent, right[key].parent
        if before != after and before in right and after in left:
            yield Difference(*key, Change.CHANGED, "place", str(before), str(after))


def _one_sided_differences(
    keys: Collection[Key], own: SchemaObjects, others: SchemaObjects, change: Change
) -> Iterator[Difference]:
    """Objects that only one side has, without those whose owner is reported already."""
    for key in keys:
        schema_object = own[key]
        owner = _owner(schema_object)
        if owner is None or owner in others or owner not in own:
            if DIFFERS_FROM_PARENT in schema_object.attributes:
                yield _partition_trigger_change(schema_object, change)
                continue
            text = "; ".join(f"{name} {value}" for name, value in schema_object.attributes.items())
            first, second = (text, "") if change is Change.REMOVED else ("", text)
            yield Difference(*key, change, first=first, second=second)


def _partition_trigger_change(schema_object: SchemaObject, change: Change) -> Difference:
    """A partition's trigger that, on one side only, fires differently from its parent's."""
    fires, default = schema_object.attributes["fires"], "as its parent's"
    first, second = (fires, default) if change is Change.REMOVED else (default, fires)
    return Difference(*schema_object.key, Change.CHANGED, "fires", first, second)


def _owner(schema_object: SchemaObject) -> Key | None:
    """The object with which this one is created and dropped: for a serial sequence, its column."""
    if schema_object.key.kind == "sequence" and "column" in schema_object.attributes:
        return Key("column", schema_object.attributes["column"])
    return schema_object.parent
