"""Which revision a schema is that of, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from alembic_rehearsal.core.schema.report import difference_data
from alembic_rehearsal.core.values.phrases import quantity, revisions_text
from alembic_rehearsal.identify.match import Identified, Identity, Likeness

SCHEMA_VERSION = 1
_WIDTH = 14


def identity_text(found: Identity) -> str:
    """What it says of itself, what it is, and what can be typed about it."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Identity) -> Iterator[str]:
    yield _row("schema", found.where)
    if found.note:
        yield _row("", found.note)
    yield _row("stamped with", revisions_text(found.stamp) + _truth(found))
    yield from _lies(found)
    alike = found.identified.alike
    for place, each in enumerate(alike):
        yield _row("schema of" if place == 0 else "and of", _revision(each, found))
    if len(alike) > 1:
        yield _row("", "what lies between them changes no object of the schema")
    if not alike:
        yield from _nearest(found)
    yield from (_row("not compared", each) for each in _not_compared(found.identified))
    yield from (_row("next", each) for each in _next(found))


def _truth(found: Identity) -> str:
    if found.unknown:
        return f", of which the history lacks {revisions_text(found.unknown)}"
    if found.lies:
        return ", and it is not that"
    if found.lies is None:
        return ""
    return ", and so it is" + (", as far as it was compared" if found.identified.unread else "")


def _lies(found: Identity) -> Iterator[str]:
    for each in found.lies or ():
        yield _row("", f"  {each.text}")


def _nearest(found: Identity) -> Iterator[str]:
    nearest = found.identified.nearest
    yield _row("schema of", "no revision")
    if nearest is not None:
        count = quantity(len(found.differences), "difference")
        yield _row("nearest", f"{_revision(nearest, found)}, {count} from there:")
        yield from (_row("", f"  {each.text}") for each in found.differences)


def _not_compared(found: Identified) -> Iterator[str]:
    yield from (f"{kind}: {why}" for kind, why in sorted(found.unread.items()))
    for each in sorted(found.unsure):
        yield f"{each}: a revision that is not applied there changes it, too"


def _next(found: Identity) -> Iterator[str]:
    if found.identified.alike and found.stamp and not found.lies and not found.unknown:
        return
    if found.choice is not None and set(found.choice) != set(found.stamp):
        revisions = " ".join(found.choice) or "base"
        yield f"alembic stamp --purge {revisions}   (or: rehearsal-init --adopt)"
    elif found.identified.alike and (found.identified.unread or found.identified.unsure):
        if found.identified.unread:
            yield "rehearsal identify URL   (as a role that may read all of it)"
        yield "rehearsal-init --adopt REVISION   (of these, where you know the rest to be its)"
    elif len(found.identified.alike) > 1:
        yield "rehearsal-init --adopt REVISION   (of these: whose rows are there?)"
    else:
        yield "rehearsal drift --against URL --fix database   (brings it to the history)"


def _revision(likeness: Likeness, found: Identity) -> str:
    known = [found.history.find(id) for id in likeness.stamp]
    docs = "; ".join(each.doc for each in known if each and each.doc)
    said = f"{revisions_text(likeness.stamp)}{f'  ({docs})' if docs else ''}"
    return f"{said}, as the snapshot of production has it" if likeness.of_production else said


def _row(label: str, text: str) -> str:
    return f"{label:<{_WIDTH}}{text}".rstrip()


def identity_json(found: Identity) -> str:
    """One object: `stamp`, `alike`, `choice`, `nearest`, `differences`, `not_compared`.

    Lists of revisions are stamps.
    """
    nearest = found.identified.nearest
    content: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "stamp": list(found.stamp),
        "unknown": list(found.unknown),
        "stamp_is_true": None if found.lies is None else not found.lies,
        "unlike_stamp": [each.text for each in found.lies or ()],
        "alike": [list(each.stamp) for each in found.identified.alike],
        "choice": None if found.choice is None else list(found.choice),
        "not_compared": list(_not_compared(found.identified)),
        "nearest": list(nearest.stamp) if nearest else None,
        "differences": [difference_data(each) for each in found.differences],
        "note": found.note,
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


IDENTITIES: dict[str, Callable[[Identity], str]] = {"text": identity_text, "json": identity_json}
