"""The documentation pages of the checks, and their index, as Markdown.

`rehearsal explain` prints them; the files under `docs/checks/` have the same texts.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Protocol

INDEX = "README.md"


class Documented(Protocol):
    """The fields of a check that its page shows."""

    @property
    def code(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def remedy(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def rule(self) -> str: ...


def page(check: Documented) -> str:
    """The documentation of one check as Markdown."""
    return (
        f"# {check.code}: {check.title}\n\n"
        f"{_wrap(check.rule)}\n\n"
        f"Severity: {check.severity}.\n\n"
        f"## Why\n\n{_wrap(_sentence(check.why))}\n\n"
        f"## What to do\n\n{_wrap(_sentence(check.remedy))}\n\n"
        f"## See it\n\n"
        f"`examples/{check.code}/bad` is a history that this check rejects, "
        f"`examples/{check.code}/good` one that it accepts:\n\n"
        f"    rehearsal run --config examples/{check.code}/bad/alembic.ini\n\n"
        f"Source: {check.source}.\n"
    )


def index(checks: Iterable[Documented]) -> str:
    """The list of checks as Markdown, with a link to each page."""
    rows = "".join(
        f"| [{each.code}]({each.code}.md) | {each.title} | {each.severity} |\n" for each in checks
    )
    return (
        "# Checks\n\n"
        "What a rehearsal judges. `rehearsal explain CODE` prints one of these pages; "
        "`rehearsal explain --to docs/checks` writes them all.\n\n"
        "| code | rule | severity |\n|---|---|---|\n" + rows
    )


def pages(checks: Iterable[Documented]) -> Mapping[str, str]:
    """Every page, and the index, by file name."""
    checks = tuple(checks)
    return {INDEX: index(checks), **{f"{each.code}.md": page(each) for each in checks}}


def _sentence(text: str) -> str:
    text = text[0].upper() + text[1:]
    return text if text.endswith(".") else text + "."


def _wrap(text: str) -> str:
    return textwrap.fill(text, 90, break_on_hyphens=False)
