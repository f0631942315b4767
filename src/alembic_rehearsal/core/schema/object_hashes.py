"""A schema as objects: the content of each, and in which ones two schemas are not alike.

Of a schema nothing else is kept, so that a whole history of them fits into a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from alembic_rehearsal.core.schema.picture import (
    RIGHTS_KINDS,
    Key,
    Picture,
    SchemaObject,
    belongs_to,
    split_name,
)

# An object's content, shortened to 64 bits; "" where a revision removes the object.
ObjectHashes = Mapping[Key, str]
_HEX_DIGITS = 16
# A server has one version of an extension, the history another: that is nobody's drift.
_SERVER_ATTRIBUTE = "version"


@dataclass(frozen=True, slots=True)
class ExpectedSchema:
    """The schema that a stamp stands for.

    Nothing is known of the objects that are `unsure`: a revision that is not applied has
    touched them before one that is, when the lock was written.
    """

    hashes: ObjectHashes
    unsure: frozenset[Key] = frozenset()


def with_changes(hashes: ObjectHashes, changes: ObjectHashes) -> ObjectHashes:
    """The objects with these changes."""
    found = dict(hashes)
    apply_changes(found, changes)
    return found


def apply_changes(hashes: dict[Key, str], changes: ObjectHashes) -> None:
    """Change the objects in place."""
    for key, content in changes.items():
        if content:
            hashes[key] = content
        else:
            hashes.pop(key, None)


def hash_objects(picture: Picture, version_table: str = "") -> ObjectHashes:
    """The objects of a schema by their contents; Alembic's own table and rights are left out."""
    return {
        key: hash_object(thing)
        for key, thing in picture.objects.items()
        if key.kind not in RIGHTS_KINDS
        and not (version_table and belongs_to(key.name, version_table))
    }


def changed_hashes(before: Picture, after: Picture, version_table: str = "") -> ObjectHashes:
    """What has become of the objects between two pictures, "" for those that are gone."""
    old, new = before.objects, after.objects
    touched = {key for key in old.keys() | new.keys() if old.get(key) is not new.get(key)}
    was = hash_objects(_with_keys(before, touched), version_table)
    now = hash_objects(_with_keys(after, touched), version_table)
    return {
        key: now.get(key, "") for key in was.keys() | now.keys() if was.get(key) != now.get(key)
    }


def _with_keys(picture: Picture, keys: set[Key]) -> Picture:
    kept = {key: thing for key in keys if (thing := picture.objects.get(key))}
    return replace(picture, objects=kept)


def hash_object(thing: SchemaObject) -> str:
    """What must be the same for two objects to be equal, whatever their server is."""
    if thing.key.kind == "extension":
        kept = {name: text for name, text in thing.attributes.items() if name != _SERVER_ATTRIBUTE}
        thing = SchemaObject(thing.key, thing.parent, kept, thing.has_generated_name)
    return thing.digest.hex()[:_HEX_DIGITS]


class Fault(StrEnum):
    """What is the matter with one object of a database."""

    MISSING = "is missing"
    EXTRA = "is not the history's"
    DIFFERENT = "is another than the history's"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One object in which a database is not what is expected of it."""

    key: Key
    fault: Fault

    @property
    def text(self) -> str:
        return f"{self.key} {self.fault}"


def find_mismatches(
    expected: ExpectedSchema, hashes: ObjectHashes, unread: Mapping[str, str] | None = None
) -> tuple[Mismatch, ...]:
    """What a database with these objects has otherwise, sorted by kind and name.

    Kinds that are `unread` are left out.  What goes with a table is told of the table alone.
    """
    left_out = unread or {}
    keys = {key for key in expected.hashes.keys() | hashes.keys() if key.kind not in left_out}
    wrong = {
        key for key in keys - expected.unsure if expected.hashes.get(key, "") != hashes.get(key, "")
    }
    missing = {key for key in wrong if key not in hashes}
    extra = {key for key in wrong if key not in expected.hashes}
    renamed = _match_by_hash(expected.hashes, hashes, missing, extra)
    found = {
        **dict.fromkeys(_outermost(missing - renamed), Fault.MISSING),
        **dict.fromkeys(_outermost(extra - renamed), Fault.EXTRA),
        **dict.fromkeys(wrong - missing - extra, Fault.DIFFERENT),
    }
    return tuple(Mismatch(key, how) for key, how in sorted(found.items()))


def _match_by_hash(
    expected: ObjectHashes, hashes: ObjectHashes, missing: set[Key], extra: set[Key]
) -> set[Key]:
    """Pairs of equal content: only where Postgres chose the name is it no part of that."""
    waiting: dict[str, list[Key]] = {}
    for key in extra:
        waiting.setdefault(hashes[key], []).append(key)
    pairs: set[Key] = set()
    for key in missing:
        if others := waiting.get(expected[key]):
            pairs |= {key, others.pop()}
    return pairs


def _outermost(keys: set[Key]) -> set[Key]:
    """Without what is a part of another one of them."""
    names = {split_name(key.name) for key in keys}
    return {
        key
        for key in keys
        if not any(
            split_name(key.name)[:length] in names for length in range(1, len(split_name(key.name)))
        )
    }
