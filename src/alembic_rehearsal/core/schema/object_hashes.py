"""A schema as objects: the content of each, and in which ones two schemas are not alike.

Of a schema nothing else is kept, so that a whole history of them fits into a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from alembic_rehearsal.core.schema.picture import (
    KINDS_OF_RIGHTS,
    Key,
    Picture,
    Thing,
    belongs_to,
    parts,
)

# An object's content, shortened to 64 bits; "" where a revision removes the object.
Objects = Mapping[Key, str]
_DIGITS = 16
# A server has one version of an extension, the history another: that is nobody's drift.
_OF_SERVERS = "version"


@dataclass(frozen=True, slots=True)
class Expected:
    """The schema that a stamp stands for.

    Nothing is known of the objects that are `unsure`: a revision that is not applied has
    touched them before one that is, when the lock was written.
    """

    objects: Objects
    unsure: frozenset[Key] = frozenset()


def applied_to(objects: Objects, changes: Objects) -> Objects:
    """The objects with these changes."""
    found = dict(objects)
    apply(found, changes)
    return found


def apply(objects: dict[Key, str], changes: Objects) -> None:
    """Change the objects in place."""
    for key, content in changes.items():
        if content:
            objects[key] = content
        else:
            objects.pop(key, None)


def objects_of(picture: Picture, version_table: str = "") -> Objects:
    """The objects of a schema by their contents; Alembic's own table and rights are left out."""
    return {
        key: content_of(thing)
        for key, thing in picture.things.items()
        if key.kind not in KINDS_OF_RIGHTS
        and not (version_table and belongs_to(key.name, version_table))
    }


def changes(before: Picture, after: Picture, version_table: str = "") -> Objects:
    """What has become of the objects between two pictures, "" for those that are gone."""
    old, new = before.things, after.things
    touched = {key for key in old.keys() | new.keys() if old.get(key) is not new.get(key)}
    was = objects_of(_part_of(before, touched), version_table)
    now = objects_of(_part_of(after, touched), version_table)
    return {
        key: now.get(key, "") for key in was.keys() | now.keys() if was.get(key) != now.get(key)
    }


def _part_of(picture: Picture, keys: set[Key]) -> Picture:
    kept = {key: thing for key in keys if (thing := picture.things.get(key))}
    return replace(picture, things=kept)


def content_of(thing: Thing) -> str:
    """What must be the same for two objects to be equal, whatever their server is."""
    if thing.key.kind == "extension":
        kept = {name: text for name, text in thing.attributes.items() if name != _OF_SERVERS}
        thing = Thing(thing.key, thing.parent, kept, thing.chosen)
    return thing.digest.hex()[:_DIGITS]


class How(StrEnum):
    """What is the matter with one object of a database."""

    MISSING = "is missing"
    EXTRA = "is not the history's"
    OTHER = "is another than the history's"


@dataclass(frozen=True, slots=True)
class Unlike:
    """One object in which a database is not what is expected of it."""

    key: Key
    how: How

    @property
    def text(self) -> str:
        return f"{self.key} {self.how}"


def unlike(
    expected: Expected, objects: Objects, unread: Mapping[str, str] | None = None
) -> tuple[Unlike, ...]:
    """What a database with these objects has otherwise, sorted by kind and name.

    Kinds that are `unread` are left out.  What goes with a table is told of the table alone.
    """
    out = unread or {}
    keys = {key for key in expected.objects.keys() | objects.keys() if key.kind not in out}
    wrong = {
        key
        for key in keys - expected.unsure
        if expected.objects.get(key, "") != objects.get(key, "")
    }
    missing = {key for key in wrong if key not in objects}
    extra = {key for key in wrong if key not in expected.objects}
    renamed = _same_but_for_the_name(expected.objects, objects, missing, extra)
    found = {
        **dict.fromkeys(_wholes(missing - renamed), How.MISSING),
        **dict.fromkeys(_wholes(extra - renamed), How.EXTRA),
        **dict.fromkeys(wrong - missing - extra, How.OTHER),
    }
    return tuple(Unlike(key, how) for key, how in sorted(found.items()))


def _same_but_for_the_name(
    expected: Objects, objects: Objects, missing: set[Key], extra: set[Key]
) -> set[Key]:
    """Pairs of equal content: only where Postgres chose the name is it no part of that."""
    waiting: dict[str, list[Key]] = {}
    for key in extra:
        waiting.setdefault(objects[key], []).append(key)
    pairs: set[Key] = set()
    for key in missing:
        if others := waiting.get(expected[key]):
            pairs |= {key, others.pop()}
    return pairs


def _wholes(keys: set[Key]) -> set[Key]:
    """Without what is a part of another one of them."""
    names = {parts(key.name) for key in keys}
    return {
        key
        for key in keys
        if not any(parts(key.name)[:length] in names for length in range(1, len(parts(key.name))))
    }
