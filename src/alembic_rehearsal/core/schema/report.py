"""A schema, or what two of them do not agree on, for people and for programs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.schema.picture import Key, Picture, Thing

SCHEMA_VERSION = 1


# --- one schema --------------------------------------------------------------------------


def picture_text(picture: Picture) -> str:
    """Every object with its attributes, what belongs to it below it."""
    parts: dict[Key | None, list[Thing]] = defaultdict(list)
    for thing in picture.things.values():
        parts[thing.parent if thing.parent in picture.things else None].append(thing)
    lines = [
        f"PostgreSQL {picture.major}, {len(picture.things)} objects, "
        f"fingerprint {picture.fingerprint}"
    ]
    lines += [line for thing in _in_order(parts[None]) for line in _told(thing, parts, "")]
    lines += [f"not read: {kind}: {why}" for kind, why in sorted(picture.unread.items())]
    lines += [f"unknown: {name}" for name in picture.unknown]
    return "\n".join(lines) + "\n"


def picture_json(picture: Picture) -> str:
    """One object: `schema_version`, `major`, `fingerprint`, `objects`, `unread`, `unknown`."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "major": picture.major,
        "fingerprint": picture.fingerprint,
        "objects": [_thing_data(picture.things[key]) for key in sorted(picture.things)],
        "unread": dict(picture.unread),
        "unknown": list(picture.unknown),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _in_order(things: list[Thing]) -> list[Thing]:
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


def _told(thing: Thing, parts: dict[Key | None, list[Thing]], indent: str) -> Iterator[str]:
    yield f"{indent}{thing.key}"
    for name, value in thing.attributes.items():
        if name != "position":
            yield f"{indent}    {name}: {' '.join(value.split())}"
    for part in _in_order(parts[thing.key]):
        yield from _told(part, parts, indent + "  ")


def _thing_data(thing: Thing) -> dict[str, Any]:
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


PICTURES: dict[str, Callable[[Picture], str]] = {"text": picture_text, "json": picture_json}
DIFFERENCES: dict[str, Callable[[tuple[Difference, ...]], str]] = {
    "text": differences_text,
    "json": differences_json,
}
