"""Drift as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from alembic_rehearsal.core.schema.difference import YES, Change, Difference
from alembic_rehearsal.core.schema.report import difference_data, differences_text
from alembic_rehearsal.drift.values import Drift, Fix

SCHEMA_VERSION = 1
_NOT = {"not null": "nullable", "unique": "not unique"}


def drift_text(drift: Drift, *, folder: Path) -> str:
    """The database's revisions, then the differences to the history, and to the models."""
    lines = [
        f"database  {drift.database}",
        f"          at {', '.join(drift.revisions)}, {len(drift.pending)} pending",
        f"server    {drift.server}",
    ]
    lines += [f"note      {drift.note}"] if drift.note else []
    lines += ["", f"against the history at {', '.join(drift.revisions)}"]
    lines += _indented(differences_text(drift.differences).splitlines())
    lines += _indented(f"not compared: {each}" for each in drift.not_compared)
    lines += ["", f"against the models at {', '.join(drift.heads)}"]
    lines += _indented(_model_lines(drift))
    if drift.fix is not None:
        lines += ["", *_fix_lines(drift.fix, folder)]
    return "\n".join(lines) + "\n"


def _model_lines(drift: Drift) -> Iterator[str]:
    found = drift.models
    if found.not_judged:
        yield f"not judged: {found.not_judged}"
        return
    yield from found.one_sided
    yield from map(_side_by_side, found.differences)
    yield f"{len(found.one_sided) + len(found.differences)} real"


def _side_by_side(difference: Difference) -> str:
    """A difference in words that do not suggest which of the two sides is older."""
    what = f"{difference.kind} {difference.name}"
    match difference.change:
        case Change.ADDED:
            text = f"{what} is in the models, not in the database"
        case Change.REMOVED:
            text = f"{what} is in the database, not in the models"
        case _:
            sides = (
                _attribute_text(each, difference) for each in (difference.first, difference.second)
            )
            text = f"{what}: {{}} in the database, {{}} in the models".format(*sides)
    return " ".join(text.split())


def _attribute_text(text: str, difference: Difference) -> str:
    if text == YES:
        return difference.attribute
    if not text:
        return _NOT.get(difference.attribute, f"no {difference.attribute}")
    return f"{difference.attribute} {text}"


def _fix_lines(fix: Fix, folder: Path) -> Iterator[str]:
    path = fix.path
    if path is None:
        yield f"fix the {fix.direction}: nothing was written"
    else:
        shown = path.relative_to(folder) if path.is_relative_to(folder) else path
        yield f"fix the {fix.direction}: {shown}"
    yield from _indented(f"after it: {each}" for each in fix.done)
    yield from _indented(f"WARNING {each}" for each in fix.warnings)
    yield from _indented(f"proven: {each}" for each in fix.proven)
    yield from _indented(f"not expressed: {each}" for each in fix.unexpressed)
    if path is not None:
        yield "  read it, edit it, and rehearse it: rehearsal run"


def _indented(lines: Iterator[str] | list[str] | tuple[str, ...]) -> list[str]:
    return [f"  {each}" for each in lines]


def drift_json(drift: Drift, *, folder: Path) -> str:
    """One object: what was compared, `real` (how many), and the differences of both parts."""
    models = drift.models
    content = {
        "schema_version": SCHEMA_VERSION,
        "database": drift.database,
        "revisions": list(drift.revisions),
        "pending": list(drift.pending),
        "heads": list(drift.heads),
        "server": drift.server,
        "note": drift.note or None,
        "real": len(drift.real) + len(models.differences) + len(models.one_sided),
        "history": [difference_data(each) for each in drift.differences],
        "not_compared": list(drift.not_compared),
        "models": {
            "not_judged": models.not_judged or None,
            "tables": list(models.one_sided),
            "differences": [
                {**difference_data(each), "text": _side_by_side(each)}
                for each in models.differences
            ],
        },
        "fix": _fix_data(drift.fix) if drift.fix else None,
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _fix_data(fix: Fix) -> dict[str, object]:
    return {
        "direction": str(fix.direction),
        "path": str(fix.path) if fix.path else None,
        "ends": list(fix.done),
        "warnings": list(fix.warnings),
        "proven": list(fix.proven),
        "not_expressed": list(fix.unexpressed),
    }


DRIFT_FORMATS: dict[str, Callable[..., str]] = {"text": drift_text, "json": drift_json}
