"""What two pictures do not agree on, object by object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from alembic_rehearsal.core.schema.attributes import column_orders, differing_attributes
from alembic_rehearsal.core.schema.catalog.triggers_and_policies import DEPARTS
from alembic_rehearsal.core.schema.catalog.unknown import UNKNOWN
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.schema.picture import KINDS_OF_RIGHTS, Key, Picture, Thing
from alembic_rehearsal.core.values.errors import DifferentMajors

Things = Mapping[Key, Thing]


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
            ways_out=(
                "rehearsal snapshot take --from URL --to first.sql   (and of the other one)\n"
                "rehearsal schema diff first.sql second.sql          (builds both on one server)",
            ),
        )
    found = [*_not_known(first, second)]
    if first.things != second.things:
        left, right = _comparable(first, second, rights), _comparable(second, first, rights)
        found += _differing(left, right, rights)
    return tuple(sorted(found, key=lambda each: (each.kind, each.name, each.attribute)))


def _differing(left: Things, right: Things, rights: bool) -> Iterator[Difference]:
    matched = _same_but_for_the_name(left, right, rights)
    lone_left = left.keys() - matched.keys()
    lone_right = right.keys() - set(matched.values())
    same_name = (lone_left & lone_right) | {old for old, new in matched.items() if old == new}
    yield from (_name(old, new) for old, new in matched.items() if old != new)
    yield from _whole(lone_left - lone_right, left, right, Change.REMOVED)
    yield from _whole(lone_right - lone_left, right, left, Change.ADDED)
    for key in same_name:
        yield from differing_attributes(left[key], right[key], rights=rights)
    yield from _places(same_name, left, right)
    yield from column_orders(left, right)


def _comparable(picture: Picture, other: Picture, rights: bool) -> Things:
    """What can be compared: of kinds that were read on both sides."""
    left_out = {*picture.unread, *other.unread, *(() if rights else KINDS_OF_RIGHTS)}
    return {key: thing for key, thing in picture.things.items() if key.kind not in left_out}


def _not_known(first: Picture, second: Picture) -> Iterator[Difference]:
    for kind in sorted(first.unread.keys() | second.unread.keys()):
        in_first, in_second = first.unread.get(kind, ""), second.unread.get(kind, "")
        yield Difference(kind, "", Change.UNREAD, first=in_first, second=in_second)
    for what in sorted({*first.unknown, *second.unknown}):
        text = "this version does not know what it is, so it was not compared"
        yield Difference(UNKNOWN, what, Change.UNREAD, first=text)


def _same_but_for_the_name(left: Things, right: Things, rights: bool) -> Mapping[Key, Key]:
    """For each object whose name Postgres chose: the equal one of the other side."""
    pairs = {
        key: key
        for key, thing in left.items()
        if thing.chosen and (other := right.get(key)) is not None and thing.equals(other, rights)
    }
    waiting = defaultdict(list)
    for key, thing in right.items():
        if thing.chosen and key not in pairs:
            waiting[thing.content(rights=rights)].append(key)
    for key, thing in left.items():
        if thing.chosen and key not in pairs and (equal := waiting[thing.content(rights=rights)]):
            pairs[key] = equal.pop(0)
    return pairs


def _name(old: Key, new: Key) -> Difference:
    return Difference(old.kind, old.name, Change.CHANGED, "name", old.name, new.name, real=False)


def _places(keys: Collection[Key], left: Things, right: Things) -> Iterator[Difference]:
    """Indexes and statistics that belong to another table; one that is gone tells of itself."""
    for key in keys:
        before, after = left[key].parent, right[key].parent
        if before != after and before in right and after in left:
            yield Difference(*key, Change.CHANGED, "place", str(before), str(after))


def _whole(
    keys: Collection[Key], own: Things, others: Things, change: Change
) -> Iterator[Difference]:
    """Objects of one side, without those that came or went with their owner."""
    for key in keys:
        thing = own[key]
        owner = _owner(thing)
        if owner is None or owner in others or owner not in own:
            if DEPARTS in thing.attributes:
                yield _departure(thing, change)
                continue
            text = "; ".join(f"{name} {value}" for name, value in thing.attributes.items())
            first, second = (text, "") if change is Change.REMOVED else ("", text)
            yield Difference(*key, change, first=first, second=second)


def _departure(thing: Thing, change: Change) -> Difference:
    """A partition's trigger, which fires on one side as that of the parent table does."""
    fires, usual = thing.attributes["fires"], "as its parent's"
    first, second = (fires, usual) if change is Change.REMOVED else (usual, fires)
    return Difference(*thing.key, Change.CHANGED, "fires", first, second)


def _owner(thing: Thing) -> Key | None:
    """What an object comes and goes with: a sequence does so with its column."""
    if thing.key.kind == "sequence" and "column" in thing.attributes:
        return Key("column", thing.attributes["column"])
    return thing.parent
