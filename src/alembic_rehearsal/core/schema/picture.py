"""A whole schema as values: comparable, hashable, and free of any connection.

How a picture is read is in `reading.py`, what two of them do not agree on in `compare.py`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

# What belongs to the people of a database: others have other roles.
RIGHTS_ATTRIBUTES = frozenset({"owner", "privileges", "privileges on its sequence"})
RIGHTS_KINDS = frozenset({"default privileges", "privileges"})
# What no statement that names its columns can notice: where a thing stands, or lies.
COSMETIC_ATTRIBUTES = frozenset({"position", "tablespace", "attached to"})
_UNQUOTED_NAME = re.compile(r"[a-z_][a-z0-9_$]*")  # needs no quotes, keywords aside


class Key(NamedTuple):
    """What an object is called: its kind in people's words, its name as Postgres quotes it.

    The name is qualified; that of a part begins with what it is a part of
    ("public.orders.total"), that of a function ends with its argument types.
    """

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def split_name(name: str) -> tuple[str, ...]:
    """The names in a qualified name that Postgres has quoted where it must."""
    found, at = [""], 0
    while at < len(name):
        if name[at] == '"':
            end = at + 1
            while name[end : end + 2] == '""' or name[end : end + 1] not in ('"', ""):
                end += 2 if name[end] == '"' else 1
            found[-1] += name[at + 1 : end].replace('""', '"')
            at = end + 1
        elif name[at] == ".":
            found.append("")
            at += 1
        else:
            found[-1] += name[at]
            at += 1
    return tuple(found)


def join_name(*names: str) -> str:
    """The qualified name that `split_name` takes apart again, quoted where that must be."""
    return ".".join(
        each if _UNQUOTED_NAME.fullmatch(each) else '"' + each.replace('"', '""') + '"'
        for each in names
    )


@dataclass(frozen=True)
class SchemaObject:
    """One object of a schema.

    `attributes` are in Postgres's own normalised form; what every new object of the kind
    has is left out.  `parent` is the object that it cannot be without.  `chosen` says that
    Postgres made the name itself, so that another name is no real difference.
    """

    key: Key
    parent: Key | None
    attributes: Mapping[str, str]
    has_generated_name: bool = False

    def real_attributes(self, *, rights: bool) -> dict[str, str]:
        """The attributes that make a real difference; owner and grants where `rights`."""
        left_out = COSMETIC_ATTRIBUTES if rights else COSMETIC_ATTRIBUTES | RIGHTS_ATTRIBUTES
        return {name: text for name, text in self.attributes.items() if name not in left_out}

    def equals(self, other: SchemaObject, rights: bool) -> bool:
        """Whether nothing but the names of both may differ for real."""
        return self is other or (
            self.parent == other.parent
            and (self.key.kind, self.has_generated_name)
            == (other.key.kind, other.has_generated_name)
            and (
                self.attributes == other.attributes
                or self.real_attributes(rights=rights) == other.real_attributes(rights=rights)
            )
        )

    def compute_digest(self, *, rights: bool) -> bytes:
        """What must be the same for two objects to be equal, as 32 bytes."""
        name = "" if self.has_generated_name else self.key.name
        parts = [
            self.key.kind,
            name,
            self.parent,
            sorted(self.real_attributes(rights=rights).items()),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).digest()

    @cached_property
    def digest(self) -> bytes:
        """`content` without rights: kept, since pictures that follow each other share it."""
        return self.compute_digest(rights=False)


@dataclass(frozen=True)
class Picture:
    """Every object of one database, at one moment.

    `major` is the server's.  `unread` says by kind why nothing of that kind was read: it
    may or may not exist.  `unknown` names what stands in the catalogs and belongs to no
    kind that this version knows.
    """

    major: int
    objects: Mapping[Key, SchemaObject]
    unread: Mapping[str, str]
    unknown: tuple[str, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """The same for two databases of one major exactly where nothing real differs.

        That holds for pictures that could read everything: it takes in which kinds were not
        read, and cannot take in what is in them.

        Hexadecimal SHA-256.  Not touched by rights, by the order of columns, nor by names
        that Postgres chose.
        """
        return self._hash(rights=False)

    @cached_property
    def fingerprint_with_rights(self) -> str:
        """`fingerprint`, and owners, grants and default privileges as well."""
        return self._hash(rights=True)

    def _hash(self, *, rights: bool) -> str:
        digests = sorted(
            each.compute_digest(rights=True) if rights else each.digest
            for each in self.objects.values()
            if rights or each.key.kind not in RIGHTS_KINDS
        )
        rest = json.dumps([self.major, sorted(self.unread), sorted(self.unknown)]).encode()
        return hashlib.sha256(b"".join(digests) + rest).hexdigest()


def without_table(picture: Picture, table: str) -> Picture:
    """The picture without a table, and all that is a part of it: Alembic's own, most often."""
    kept = {key: each for key, each in picture.objects.items() if not belongs_to(key.name, table)}
    return replace(picture, objects=kept)


def belongs_to(name: str, table: str) -> bool:
    """Whether this is the table, or part of it; without a schema, that of any."""
    names, own = split_name(name), split_name(table)
    kept = names if len(own) > 1 else names[1:]
    return kept[: len(own)] == own
