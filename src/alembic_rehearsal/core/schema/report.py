"""A schema, or what two of them do not agree on, for people and for programs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.schema.picture import Key, Picture, SchemaObject

SCHEMA_VERSION = 1


# --- one schema --------------------------------------------------------------------------


def picture_text(picture: Picture) -> str:
    """Every object with its attributes, what belongs to it below it."""
    parts: dict[Key | None, list[SchemaObject]] = defaultdict(list)
    for thing in picture.objects.values():
        parts[thing.parent if thing.parent in picture.objects else None].append(thing)
    lines = [
        f"PostgreSQL {picture.major}, {len(picture.objects)} objects, "
        f"fingerprint {picture.fingerprint}"
    ]
    lines += [
        line for thing in _sorted_objects(parts[None]) for line in _object_lines(thing, parts, "")
    ]
    lines += [f"not read: {kind}: {why}" for kind, why in sorted(picture.unread.items())]
    lines += [f"unknown: {name}" for name in picture.unknown]
    return "\n".join(lines) + "\n"


def picture_json(picture: Picture) -> str:
    """One object: `schema_version`, `major`, `fingerprint`, `objects`, `unread`, `unknown`."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "major": picture.major,
        "fingerprint": picture.fingerprint,
        "objects": [_object_data(picture.objects[key]) for key in sorted(picture.objects)],
        "unread": dict(picture.unread),
        "unknown": list(picture.unknown),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _sorted_objects(things: list[SchemaObject]) -> list[SchemaObject]:
    """By kind; columns as they stand in their table, everything else by name."""
    return sorted(
        things,
        key=lambda each: (
            each.key.kind != "column",
            each.key.kind,
            int(each.attributes.get("position", 0)),
            each.key.name,
        ),
    )


def _object_lines(
    thing: SchemaObject, parts: dict[Key | None, list[SchemaObject]], indent: str
) -> Iterator[str]:
    yield f"{indent}{thing.key}"
    for name, value in thing.attributes.items():
        if name != "position":
            yield f"{indent}    {name}: {' '.join(value.split())}"
    for part in _sorted_objects(parts[thing.key]):
        yield from _object_lines(part, parts, indent + "  ")


def _object_data(thing: SchemaObject) -> dict[str, Any]:
    return {
        "kind": thing.key.kind,
        "name": thing.key.name,
        "parent": str(thing.parent) if thing.parent else None,
        "attributes": dict(thing.attributes),
    }


# --- two of them -------------------------------------------------------------------------


def differences_text(differences: tuple[Difference, ...]) -> str:
    """A line a difference, the real ones first; a last line that counts them."""
    real = [each for each in differences if each.real]
    cosmetic = [each for each in differences if not each.real]
    lines = [each.text for each in real] + [f"{each.text}   (cosmetic)" for each in cosmetic]
    lines.append(f"{len(real)} real, {len(cosmetic)} cosmetic")
    return "\n".join(lines) + "\n"


def differences_json(differences: tuple[Difference, ...]) -> str:
    """One object: `schema_version`, `real` (how many), `differences`."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "real": sum(each.real for each in differences),
        "differences": [difference_data(each) for each in differences],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def difference_data(difference: Difference) -> dict[str, Any]:
    """One difference; what it has not is null."""
    return {
        "kind": difference.kind,
        "name": difference.name,
        "change": difference.change.name.lower(),
        "attribute": difference.attribute or None,
        "first": difference.first or None,
        "second": difference.second or None,
        "real": difference.real,
        "text": difference.text,
    }


PICTURE_FORMATS: dict[str, Callable[[Picture], str]] = {"text": picture_text, "json": picture_json}
DIFFERENCE_FORMATS: dict[str, Callable[[tuple[Difference, ...]], str]] = {
    "text": differences_text,
    "json": differences_json,
}
