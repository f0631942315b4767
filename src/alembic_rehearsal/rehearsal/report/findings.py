"""Findings as text for people: in full, or in a line where they are waived or one of many.

`location` and `path_text` say where a finding is; the other formats use them, too.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from alembic_rehearsal.rehearsal.facts.findings import Finding, Severity

MANY = 10  # findings of one check that are shown in full; the others get a line each
_WIDTH = 100
_INDENT = "    "


def finding_blocks(findings: Sequence[Finding], folder: Path) -> Iterator[str]:
    """One text for each finding, in their order; where a check has many, they come together.

    Checks with more than `MANY` findings come after the others.  Of those the findings that fail
    the run come first, so that the ones that can be mended are shown in full.  Waived findings
    come last.
    """
    count = Counter(each.code for each in findings if not each.waived)
    many = {code: number for code, number in count.items() if number > MANY}
    yield from (
        full_text(each, folder) for each in findings if not each.waived and each.code not in many
    )
    for code, number in many.items():
        group = [each for each in findings if each.code == code and not each.waived]
        group.sort(key=lambda each: not each.fails)
        yield f"{code}  {number} {_plural(group[0].severity)}: {group[0].title}"
        yield from (full_text(each, folder) for each in group[:MANY])
        yield "\n".join(_short_line(each, folder) for each in group[MANY:])
    yield from (_waived_block(each, folder) for each in findings if each.waived)


def full_text(finding: Finding, folder: Path) -> str:
    """The whole text of a finding: where, what is wrong, why it matters, and what to type."""
    lines = [_head(finding, folder)]
    lines += _paragraph_lines(finding.what)
    lines += _paragraph_lines(finding.why, label="why")
    lines += _paragraph_lines(finding.do, label="do")
    lines += _paragraph_lines(f"rehearsal explain {finding.code}", label="")
    if finding.applied and not finding.fails:
        lines += _paragraph_lines(
            "production has this revision already: the finding does not fail the run"
        )
    return "\n".join(lines)


def counts_as(finding: Finding) -> str:
    """The severity, and for an error that does not fail the run the reason: "error, applied"."""
    waived = ", waived" if finding.waived else ""
    applied = ", applied" if finding.applied and not finding.fails and not waived else ""
    return f"{finding.severity}{waived or applied}"


def location(finding: Finding, folder: Path) -> str:
    """`path:line` as editors read it, relative to `folder` where the path is below it."""
    if finding.path is None:
        return "(no file)"
    path = finding.path
    if path.is_relative_to(folder):
        path = path.relative_to(folder)
    return f"{path}:{finding.line}" if finding.line else str(path)


def _head(finding: Finding, folder: Path) -> str:
    """The code, the place, the revision or object, and the severity where it is not an error."""
    parts = [location(finding, folder), finding.revision or finding.object]
    if finding.severity is not Severity.ERROR:
        parts.append(f"(a {finding.severity})")
    return f"{finding.code}  {'   '.join(filter(None, parts))}"


def _plural(severity: Severity) -> str:
    return "findings" if severity is Severity.ERROR else f"{severity}s"


def _waived_block(finding: Finding, folder: Path) -> str:
    return "\n".join(
        [
            _head(finding, folder),
            f"{_INDENT}waived: {finding.waived}",
            _INDENT + _first_line(finding),
        ]
    )


def _short_line(finding: Finding, folder: Path) -> str:
    return f"{_head(finding, folder)}   {_first_line(finding)}"


def _first_line(finding: Finding) -> str:
    """The first line of what is wrong, shortened to fit one line."""
    return textwrap.shorten(finding.what.splitlines()[0], _WIDTH, placeholder=" ...")


def _paragraph_lines(text: str, *, label: str | None = None) -> list[str]:
    """The indented lines of a text; lines of "do" are not wrapped, as they are typed.

    With a label, even an empty one, the text is indented behind the column of labels.
    """
    column = "" if label is None else f"{label:<5}"
    first, rest = _INDENT + column, _INDENT + " " * len(column)
    lines: list[str] = []
    for paragraph in text.splitlines():
        wrapped = [paragraph]
        if label != "do":
            wrapped = textwrap.wrap(paragraph, _WIDTH - len(first), break_on_hyphens=False)
        lines += [(rest if lines or index else first) + each for index, each in enumerate(wrapped)]
    return lines


def path_text(finding: Finding, folder: Path) -> str:
    """The path of the finding without its line; "" where it is in no file."""
    return location(replace(finding, line=0), folder) if finding.path else ""
