"""A whole schema as values, which can be compared and hashed without a connection.

`read.py` reads a picture from a database, and `compare.py` finds the differences between two.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from alembic_rehearsal.core.values.quoting import quote_identifier

# Owners and grants are compared only on request: each installation has its own roles.
RIGHTS_ATTRIBUTES = frozenset({"owner", "privileges", "privileges on its sequence"})
RIGHTS_KINDS = frozenset({"default privileges", "privileges"})
# Attributes that no statement can notice if it names its columns: order and storage place.
COSMETIC_ATTRIBUTES = frozenset({"position", "tablespace", "attached to"})
_UNQUOTED_NAME = re.compile(r"[a-z_][a-z0-9_$]*")  # needs no quotes, except for keywords


class Key(NamedTuple):
    """The kind of an object in plain words ("table"), and its name as Postgres quotes it.

    The name is qualified.  The name of a part begins with the name of the whole
    ("public.orders.total"); the name of a function ends with its argument types.
    """

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def split_name(name: str) -> tuple[str, ...]:
    """The single names in a qualified name, without the quotes that Postgres wrote."""
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
    """The qualified name of these single names, quoted where necessary; undoes `split_name`."""
    return ".".join(
        each if _UNQUOTED_NAME.fullmatch(each) else quote_identifier(each) for each in names
    )


@dataclass(frozen=True)
class SchemaObject:
    """One object of a schema.

    `attributes` are in Postgres's own normalised form, without the defaults of a new object.
    `parent` is the object without which this one cannot exist.  `has_generated_name` says that
    Postgres chose the name, so that another name is no real difference.
    """

    key: Key
    parent: Key | None
    attributes: Mapping[str, str]
    has_generated_name: bool = False

    def real_attributes(self, *, rights: bool) -> dict[str, str]:
        """The attributes that are not cosmetic; with `rights`, owner and privileges too."""
        left_out = COSMETIC_ATTRIBUTES if rights else COSMETIC_ATTRIBUTES | RIGHTS_ATTRIBUTES
        return {name: text for name, text in self.attributes.items() if name not in left_out}

    def equals(self, other: SchemaObject, rights: bool) -> bool:
        """Whether the two have no real difference except, possibly, their names."""
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
        """SHA-256 (32 bytes) of all that makes two objects equal; a generated name is left out."""
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
        """`compute_digest` without rights, cached because successive pictures share objects."""
        return self.compute_digest(rights=False)


@dataclass(frozen=True)
class Picture:
    """All objects of one database at one moment.

    `major` is the PostgreSQL major of the server.  `unread` gives, by kind, the reason why no
    object of that kind was read: such objects may exist or not.  `unknown` names the catalog
    entries of kinds that this version does not know.
    """

    major: int
    objects: Mapping[Key, SchemaObject]
    unread: Mapping[str, str]
    unknown: tuple[str, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256: equal for two databases of one major without a real difference.

        It does not depend on rights, on the order of columns, nor on names that Postgres chose.
        If some kinds could not be read, it depends on which ones, and not on their objects.
        """
        return self._hash(rights=False)

    @cached_property
    def fingerprint_with_rights(self) -> str:
        """Like `fingerprint`, and it depends on owners, grants and default privileges too."""
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
    """The picture without one table and its parts: usually Alembic's version table."""
    kept = {key: each for key, each in picture.objects.items() if not belongs_to(key.name, table)}
    return replace(picture, objects=kept)


def belongs_to(name: str, table: str) -> bool:
    """Whether `name` is the table or a part of it; a table without a schema matches in any."""
    names, own = split_name(name), split_name(table)
    kept = names if len(own) > 1 else names[1:]
    return kept[: len(own)] == own
