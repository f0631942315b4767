"""The result of `rehearsal identify` as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from alembic_rehearsal.core.schema.report import difference_data
from alembic_rehearsal.core.values.phrases import quantity, revisions_text
from alembic_rehearsal.identify.match import Identity, SchemaMatch, StampMatch

SCHEMA_VERSION = 1
_WIDTH = 14


def identity_text(found: Identity) -> str:
    """Its stamp, the revisions that it matches, and the next command to type."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Identity) -> Iterator[str]:
    yield _row("schema", found.where)
    if found.note:
        yield _row("", found.note)
    yield _row("stamped with", revisions_text(found.stamp) + _stamp_verdict(found))
    yield from _mismatch_lines(found)
    exact = found.match.exact
    for number, each in enumerate(exact):
        yield _row("schema of" if number == 0 else "and of", _revision_text(each, found))
    if len(exact) > 1:
        yield _row("", "the revisions between them change no object of the schema")
    if not exact:
        yield from _nearest_lines(found)
    yield from (_row("not compared", each) for each in _not_compared(found.match))
    yield from (_row("next", each) for each in _next_commands(found))


def _stamp_verdict(found: Identity) -> str:
    if found.unknown:
        return f", of which the history lacks {revisions_text(found.unknown)}"
    if found.stamp_mismatches:
        return ", but the schema differs from it"
    if found.stamp_mismatches is None:
        return ""
    return ", and the schema matches it" + (
        ", as far as it was compared" if found.match.unread else ""
    )


def _mismatch_lines(found: Identity) -> Iterator[str]:
    for each in found.stamp_mismatches or ():
        yield _row("", f"  {each.text}")


def _nearest_lines(found: Identity) -> Iterator[str]:
    nearest = found.match.nearest
    yield _row("schema of", "no revision")
    if nearest is not None:
        count = quantity(len(found.differences), "difference")
        yield _row("nearest", f"{_revision_text(nearest, found)}, {count} from there:")
        yield from (_row("", f"  {each.text}") for each in found.differences)


def _not_compared(found: SchemaMatch) -> Iterator[str]:
    yield from (f"{kind}: {why}" for kind, why in sorted(found.unread.items()))
    for each in sorted(found.unsure):
        yield f"{each}: a revision that is not applied there changes it, too"


def _next_commands(found: Identity) -> Iterator[str]:
    if found.match.exact and found.stamp and not found.stamp_mismatches and not found.unknown:
        return
    if found.stamp_choice is not None and set(found.stamp_choice) != set(found.stamp):
        revisions = " ".join(found.stamp_choice) or "base"
        yield f"alembic stamp --purge {revisions}   (or: rehearsal-init --adopt)"
    elif found.match.exact and (found.match.unread or found.match.unsure):
        if found.match.unread:
            yield "rehearsal identify URL   (as a role that may read all of it)"
        yield "rehearsal-init --adopt REVISION   (of these, where you know the rest to be its)"
    elif len(found.match.exact) > 1:
        yield "rehearsal-init --adopt REVISION   (one of these: check which rows are there)"
    else:
        yield "rehearsal drift --against URL --fix database   (brings it to the history)"


def _revision_text(match: StampMatch, found: Identity) -> str:
    known = [found.history.find(id) for id in match.stamp]
    docs = "; ".join(each.doc for each in known if each and each.doc)
    text = f"{revisions_text(match.stamp)}{f'  ({docs})' if docs else ''}"
    return f"{text}, as the snapshot of production has it" if match.is_production else text


def _row(label: str, text: str) -> str:
    return f"{label:<{_WIDTH}}{text}".rstrip()


def identity_json(found: Identity) -> str:
    """One object: `stamp`, `alike`, `choice`, `nearest`, `differences`, `not_compared` and more.

    A stamp is a list of revisions; `alike` is the list of the stamps that match exactly.
    """
    nearest = found.match.nearest
    content: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "stamp": list(found.stamp),
        "unknown": list(found.unknown),
        "stamp_is_true": None if found.stamp_mismatches is None else not found.stamp_mismatches,
        "unlike_stamp": [each.text for each in found.stamp_mismatches or ()],
        "alike": [list(each.stamp) for each in found.match.exact],
        "choice": None if found.stamp_choice is None else list(found.stamp_choice),
        "not_compared": list(_not_compared(found.match)),
        "nearest": list(nearest.stamp) if nearest else None,
        "differences": [difference_data(each) for each in found.differences],
        "note": found.note,
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


IDENTITY_FORMATS: dict[str, Callable[[Identity], str]] = {
    "text": identity_text,
    "json": identity_json,
}
