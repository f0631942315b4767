"""A picture, or the differences between two, as text and as JSON."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.schema.picture import Key, Picture, SchemaObject

SCHEMA_VERSION = 1


# --- pictures ----------------------------------------------------------------------------


def picture_text(picture: Picture) -> str:
    """Every object with its attributes, and its parts below it."""
    parts: dict[Key | None, list[SchemaObject]] = defaultdict(list)
    for schema_object in picture.objects.values():
        parts[schema_object.parent if schema_object.parent in picture.objects else None].append(
            schema_object
        )
    lines = [
        f"PostgreSQL {picture.major}, {len(picture.objects)} objects, "
        f"fingerprint {picture.fingerprint}"
    ]
    lines += [
        line
        for schema_object in _sorted_objects(parts[None])
        for line in _object_lines(schema_object, parts, "")
    ]
    lines += [f"not read: {kind}: {why}" for kind, why in sorted(picture.unread.items())]
    lines += [f"unknown: {name}" for name in picture.unknown]
    return "\n".join(lines) + "\n"


def picture_json(picture: Picture) -> str:
    """A JSON object: `schema_version`, `major`, `fingerprint`, `objects`, `unread`, `unknown`."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "major": picture.major,
        "fingerprint": picture.fingerprint,
        "objects": [_object_data(picture.objects[key]) for key in sorted(picture.objects)],
        "unread": dict(picture.unread),
        "unknown": list(picture.unknown),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _sorted_objects(objects: list[SchemaObject]) -> list[SchemaObject]:
    """Sorted by kind; columns in the order of their table, all other objects by name."""
    return sorted(
        objects,
        key=lambda each: (
            each.key.kind != "column",
            each.key.kind,
            int(each.attributes.get("position", 0)),
            each.key.name,
        ),
    )


def _object_lines(
    schema_object: SchemaObject, parts: dict[Key | None, list[SchemaObject]], indent: str
) -> Iterator[str]:
    yield f"{indent}{schema_object.key}"
    for name, value in schema_object.attributes.items():
        if name != "position":
            yield f"{indent}    {name}: {' '.join(value.split())}"
    for part in _sorted_objects(parts[schema_object.key]):
        yield from _object_lines(part, parts, indent + "  ")


def _object_data(schema_object: SchemaObject) -> dict[str, Any]:
    return {
        "kind": schema_object.key.kind,
        "name": schema_object.key.name,
        "parent": str(schema_object.parent) if schema_object.parent else None,
        "attributes": dict(schema_object.attributes),
    }


# --- differences -------------------------------------------------------------------------


def differences_text(differences: tuple[Difference, ...]) -> str:
    """One line for each difference, the real ones first, and a last line with their numbers."""
    real = [each for each in differences if each.real]
    cosmetic = [each for each in differences if not each.real]
    lines = [each.text for each in real] + [f"{each.text}   (cosmetic)" for each in cosmetic]
    lines.append(f"{len(real)} real, {len(cosmetic)} cosmetic")
    return "\n".join(lines) + "\n"


def differences_json(differences: tuple[Difference, ...]) -> str:
    """A JSON object: `schema_version`, `real` (the number of them), `differences`."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "real": sum(each.real for each in differences),
        "differences": [difference_data(each) for each in differences],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def difference_data(difference: Difference) -> dict[str, Any]:
    """One difference as data for JSON; an absent value is None."""
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
