"""What two pictures do not agree on, object by object."""

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
    """Every difference, sorted by kind and name; none real where the fingerprints are equal.

    An object that only one side has is one difference, whatever belongs to it.  With
    `rights`, owners, grants and default privileges count as well.

    Raises `DifferentMajors`: Postgres prints definitions differently from major to major.
    """
    if first.major != second.major:
        raise DifferentMajors(
            f"a schema of PostgreSQL {first.major} cannot be compared with one of "
            f"PostgreSQL {second.major} as they stand.",
            why="definitions are printed differently from major to major.",
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
    """What can be compared: of kinds that were read on both sides."""
    left_out = {*picture.unread, *other.unread, *(() if rights else RIGHTS_KINDS)}
    return {key: thing for key, thing in picture.objects.items() if key.kind not in left_out}


def _unread_differences(first: Picture, second: Picture) -> Iterator[Difference]:
    for kind in sorted(first.unread.keys() | second.unread.keys()):
        in_first, in_second = first.unread.get(kind, ""), second.unread.get(kind, "")
        yield Difference(kind, "", Change.UNREAD, first=in_first, second=in_second)
    for what in sorted({*first.unknown, *second.unknown}):
        text = "this version does not know what it is, so it was not compared"
        yield Difference(UNKNOWN_KIND, what, Change.UNREAD, first=text)


def _match_generated_names(
    left: SchemaObjects, right: SchemaObjects, rights: bool
) -> Mapping[Key, Key]:
    """For each object whose name Postgres chose: the equal one of the other side."""
    pairs = {
        key: key
        for key, thing in left.items()
        if thing.has_generated_name
        and (other := right.get(key)) is not None
        and thing.equals(other, rights)
    }
    waiting = defaultdict(list)
    for key, thing in right.items():
        if thing.has_generated_name and key not in pairs:
            waiting[thing.compute_digest(rights=rights)].append(key)
    for key, thing in left.items():
        if (
            thing.has_generated_name
            and key not in pairs
            and (equal := waiting[thing.compute_digest(rights=rights)])
        ):
            pairs[key] = equal.pop(0)
    return pairs


def _name_difference(old: Key, new: Key) -> Difference:
    return Difference(old.kind, old.name, Change.CHANGED, "name", old.name, new.name, real=False)


def _parent_differences(
    keys: Collection[Key], left: SchemaObjects, right: SchemaObjects
) -> Iterator[Difference]:
    """Indexes and statistics that belong to another table; one that is gone tells of itself."""
    for key in keys:
        before, after = left[key].parent, right[key].parent
        if before != after and before in right and after in left:
            yield Difference(*key, Change.CHANGED, "place", str(before), str(after))


def _one_sided_differences(
    keys: Collection[Key], own: SchemaObjects, others: SchemaObjects, change: Change
) -> Iterator[Difference]:
    """Objects of one side, without those that came or went with their owner."""
    for key in keys:
        thing = own[key]
        owner = _owner(thing)
        if owner is None or owner in others or owner not in own:
            if DIFFERS_FROM_PARENT in thing.attributes:
                yield _partition_trigger_change(thing, change)
                continue
            text = "; ".join(f"{name} {value}" for name, value in thing.attributes.items())
            first, second = (text, "") if change is Change.REMOVED else ("", text)
            yield Difference(*key, change, first=first, second=second)


def _partition_trigger_change(thing: SchemaObject, change: Change) -> Difference:
    """A partition's trigger, which fires on one side as that of the parent table does."""
    fires, usual = thing.attributes["fires"], "as its parent's"
    first, second = (fires, usual) if change is Change.REMOVED else (usual, fires)
    return Difference(*thing.key, Change.CHANGED, "fires", first, second)


def _owner(thing: SchemaObject) -> Key | None:
    """What an object comes and goes with: a sequence does so with its column."""
    if thing.key.kind == "sequence" and "column" in thing.attributes:
        return Key("column", thing.attributes["column"])
    return thing.parent
