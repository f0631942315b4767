"""A schema as one hash for each object, and the objects in which two schemas differ.

Only hashes are kept, so that the schemas of a whole history fit into one file.
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

# The hash of each object, as 64 bits in hexadecimal; "" where a revision removes the object.
ObjectHashes = Mapping[Key, str]
_HEX_DIGITS = 16
# The version of an extension depends on the server, so another one is no drift.
_SERVER_ATTRIBUTE = "version"


@dataclass(frozen=True, slots=True)
class ExpectedSchema:
    """The schema that a database at a certain stamp should have.

    `unsure` are objects that are not compared: when the lock file was written, a revision that
    this stamp does not include had changed them before one that it includes.
    """

    hashes: ObjectHashes
    unsure: frozenset[Key] = frozenset()


def with_changes(hashes: ObjectHashes, changes: ObjectHashes) -> ObjectHashes:
    """A copy of the hashes with these changes."""
    found = dict(hashes)
    apply_changes(found, changes)
    return found


def apply_changes(hashes: dict[Key, str], changes: ObjectHashes) -> None:
    """Change the hashes in place; "" removes an object."""
    for key, content in changes.items():
        if content:
            hashes[key] = content
        else:
            hashes.pop(key, None)


def hash_objects(picture: Picture, version_table: str = "") -> ObjectHashes:
    """The hash of each object of a schema, without the version table and without rights."""
    return {
        key: hash_object(schema_object)
        for key, schema_object in picture.objects.items()
        if key.kind not in RIGHTS_KINDS
        and not (version_table and belongs_to(key.name, version_table))
    }


def changed_hashes(before: Picture, after: Picture, version_table: str = "") -> ObjectHashes:
    """The new hash of each object that differs between two pictures, "" for a removed one."""
    old, new = before.objects, after.objects
    touched = {key for key in old.keys() | new.keys() if old.get(key) is not new.get(key)}
    first = hash_objects(_with_keys(before, touched), version_table)
    second = hash_objects(_with_keys(after, touched), version_table)
    return {
        key: second.get(key, "")
        for key in first.keys() | second.keys()
        if first.get(key) != second.get(key)
    }


def _with_keys(picture: Picture, keys: set[Key]) -> Picture:
    kept = {key: schema_object for key in keys if (schema_object := picture.objects.get(key))}
    return replace(picture, objects=kept)


def hash_object(schema_object: SchemaObject) -> str:
    """The hash of an object: equal for equal objects, on every server of the same major."""
    if schema_object.key.kind == "extension":
        kept = {
            name: text
            for name, text in schema_object.attributes.items()
            if name != _SERVER_ATTRIBUTE
        }
        schema_object = SchemaObject(
            schema_object.key, schema_object.parent, kept, schema_object.has_generated_name
        )
    return schema_object.digest.hex()[:_HEX_DIGITS]


class Fault(StrEnum):
    """How one object of a database differs from the expected schema."""

    MISSING = "is missing"
    EXTRA = "is unexpected"
    DIFFERENT = "differs from the expected one"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One object in which a database differs from the expected schema."""

    key: Key
    fault: Fault

    @property
    def text(self) -> str:
        return f"{self.key} {self.fault}"


def find_mismatches(
    expected: ExpectedSchema, hashes: ObjectHashes, unread: Mapping[str, str] | None = None
) -> tuple[Mismatch, ...]:
    """The objects that differ from the expected ones, sorted by kind and name.

    The kinds in `unread` are left out.  A missing or extra table is one mismatch, together with
    its parts.
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
    return tuple(Mismatch(key, fault) for key, fault in sorted(found.items()))


def _match_by_hash(
    expected: ObjectHashes, hashes: ObjectHashes, missing: set[Key], extra: set[Key]
) -> set[Key]:
    """The keys of pairs of equal objects with different names.

    Such pairs exist only where Postgres chose the names: any other name is part of the hash.
    """
    waiting: dict[str, list[Key]] = {}
    for key in extra:
        waiting.setdefault(hashes[key], []).append(key)
    pairs: set[Key] = set()
    for key in missing:
        if others := waiting.get(expected[key]):
            pairs |= {key, others.pop()}
    return pairs


def _outermost(keys: set[Key]) -> set[Key]:
    """The keys without those that are parts of another one of them."""
    names = {split_name(key.name) for key in keys}
    return {
        key
        for key in keys
        if not any(
            split_name(key.name)[:length] in names for length in range(1, len(split_name(key.name)))
        )
    }
