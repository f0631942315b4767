"""Telling: a report becomes text, by format."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from alembic_rehearsal.facts import Report
from alembic_rehearsal.report import machine, text


class Format(Protocol):
    """Turns a report into the text that goes to stdout."""

    def __call__(self, report: Report, *, folder: Path) -> str: ...


FORMATS: dict[str, Format] = {
    "text": text.render,
    "json": machine.as_json,
    "junit": machine.as_junit,
    "markdown": machine.as_markdown,
    "github": machine.as_github,
}
