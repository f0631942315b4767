"""The formats of a report, by the name that `--format` takes."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from alembic_rehearsal.rehearsal.facts.report import Report
from alembic_rehearsal.rehearsal.report import text
from alembic_rehearsal.rehearsal.report.as_github import as_github
from alembic_rehearsal.rehearsal.report.as_json import as_json
from alembic_rehearsal.rehearsal.report.as_junit import as_junit
from alembic_rehearsal.rehearsal.report.as_markdown import as_markdown


class Format(Protocol):
    """Turns a report into the text that goes to stdout."""

    def __call__(self, report: Report, *, folder: Path) -> str: ...


FORMATS: dict[str, Format] = {
    "text": text.as_text,
    "json": as_json,
    "junit": as_junit,
    "markdown": as_markdown,
    "github": as_github,
}
