"""One of two schemas, with lookups: the parts of an object, and the objects that mention a name.

A picture records ownership and no other dependency.  Dependencies are therefore found by
searching definitions for qualified names; Postgres qualifies all of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection

from alembic_rehearsal.authoring.guards import split_last_part
from alembic_rehearsal.core.schema.picture import Key, Picture, SchemaObject

# Attributes that never name another object of the schema.
_NO_MENTION = frozenset({"comment", "owner", "privileges", "position"})
_ROUTINES = ("function", "procedure")


class Side:
    """The objects of a picture, by key (`objects`) and by owner.

    `major` is the major version of the server that the picture was read from.
    """

    def __init__(self, picture: Picture) -> None:
        self.objects = picture.objects
        self.major = picture.major
        self._parts: dict[Key, list[SchemaObject]] = defaultdict(list)
        for obj in picture.objects.values():
            if obj.parent is not None:
                self._parts[obj.parent].append(obj)

    def parts(self, key: Key, *kinds: str) -> list[SchemaObject]:
        """The parts of an object of these kinds: columns by position, others by name."""
        found = [each for each in self._parts[key] if each.key.kind in kinds]
        return sorted(
            found, key=lambda each: (int(each.attributes.get("position", 0)), each.key.name)
        )

    def own_sequence(self, column: Key) -> SchemaObject | None:
        """The sequence that a serial column owns, None for other columns."""
        return next(
            (
                each
                for each in self.objects.values()
                if each.key.kind == "sequence" and each.attributes.get("column") == column.name
            ),
            None,
        )

    def relation_names(self, obj: SchemaObject) -> set[str]:
        """The names of relations that it occupies: its own, those of its indexes and sequences."""
        if obj.key.kind not in ("table", "view", "materialized view", "sequence", "index"):
            return set()
        schema = split_last_part(obj.key.name)[0]
        found = {obj.key.name, *(each.key.name for each in self.parts(obj.key, "index"))}
        for each in self.parts(obj.key, "constraint"):
            if each.attributes["definition"].startswith(("PRIMARY KEY", "UNIQUE", "EXCLUDE")):
                found.add(f"{schema}.{last_part(each.key.name)}")
        for column in self.parts(obj.key, "column"):
            if sequence := self.own_sequence(column.key):
                found.add(sequence.key.name)
        return found

    def text(self, obj: SchemaObject) -> str:
        """The SQL in which an object mentions others, without the foreign keys of tables.

        Those are steps of their own, because tables may refer to each other.
        """
        texts = [*_definition_texts(obj), *([obj.parent.name] if obj.parent else [])]
        for part in self._parts[obj.key]:
            if part.key.kind in ("column", "constraint") and not is_foreign_key(part):
                texts += _definition_texts(part)
        return "\n".join(texts)

    def mentioning(self, name: str, kinds: Collection[str]) -> list[SchemaObject]:
        """The objects of these kinds whose own definition mentions a qualified name."""
        return [
            each
            for each in self.objects.values()
            if each.key.kind in kinds
            and any(mentions(text, name) for text in _definition_texts(each))
        ]


def is_foreign_key(obj: SchemaObject) -> bool:
    return obj.attributes.get("definition", "").startswith("FOREIGN KEY")


def _definition_texts(obj: SchemaObject) -> list[str]:
    """The SQL texts of one object.

    A function body that Postgres keeps as a string is left out: creating the function does not
    need the objects that it names.
    """
    left_out = _NO_MENTION
    if obj.key.kind in _ROUTINES and not has_parsed_body(obj):
        left_out = left_out | {"body"}
    texts = [text for name, text in obj.attributes.items() if name not in left_out]
    if obj.key.kind in (*_ROUTINES, "aggregate"):
        texts.append(obj.key.name.removeprefix(routine_name(obj.key.name)))
    return texts


def mentions(text: str, name: str) -> bool:
    """Whether a text contains this name as a whole, not as a part of a longer name."""
    return name in text and bool(re.search(rf'(?<![\w".]){re.escape(name)}(?![\w"])', text))


def has_parsed_body(obj: SchemaObject) -> bool:
    """Whether a function's body is SQL that CREATE parses (BEGIN ATOMIC, RETURN)."""
    return bool(re.match(r"\s*(BEGIN ATOMIC|RETURN)\b", obj.attributes.get("body", "")))


def routine_name(name: str) -> str:
    """A function's qualified name without the types of its arguments."""
    found = re.match(r'(?:[^("]|"(?:[^"]|"")*")+', name)
    assert found is not None
    return found[0]


def last_part(name: str) -> str:
    """The last part of a qualified name, with its quotes if it has any."""
    return split_last_part(name)[1]
