"""Findings for people: in full, and in a line or two those that are waived or one of many."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from alembic_rehearsal.rehearsal.facts.findings import Finding, Severity

MANY = 10  # findings of one check that are told in full; of the others a line each
_WIDTH = 100
_INDENT = "    "


def finding_blocks(findings: Sequence[Finding], folder: Path) -> Iterator[str]:
    """Each finding in its place; those of which there are many by check, after the others.

    Of many those that fail the run come first, so that none of them is shortened for one
    that nobody can mend.
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
    """What is wrong, where, why it matters, and what to type."""
    lines = [_head(finding, folder)]
    lines += _paragraph_lines(finding.what)
    lines += _paragraph_lines(finding.why, label="why")
    lines += _paragraph_lines(finding.do, label="do")
    lines += _paragraph_lines(f"rehearsal explain {finding.code}", label="")
    if finding.applied and not finding.fails:
        lines += _paragraph_lines(
            "production has this revision already: shown, and does not fail the run"
        )
    return "\n".join(lines)


def counts_as(finding: Finding) -> str:
    """How severe it is, and why it does not fail the run all the same: "error, applied"."""
    waived = ", waived" if finding.waived else ""
    applied = ", applied" if finding.applied and not finding.fails and not waived else ""
    return f"{finding.severity}{waived or applied}"


def location(finding: Finding, folder: Path) -> str:
    """`path:line` as editors take it, relative to `folder` where that is shorter."""
    if finding.path is None:
        return "(no file)"
    path = finding.path
    if path.is_relative_to(folder):
        path = path.relative_to(folder)
    return f"{path}:{finding.line}" if finding.line else str(path)


def _head(finding: Finding, folder: Path) -> str:
    """Where it is and what it is about; of a warning or a note, that it is one."""
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
    """The first line of what is wrong, as far as it fits."""
    return textwrap.shorten(finding.what.splitlines()[0], _WIDTH, placeholder=" ...")


def _paragraph_lines(text: str, *, label: str | None = None) -> list[str]:
    """A paragraph; what can be typed is not wrapped.

    With a label, even an empty one, it stands to the right of a column of labels.
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
    """Where the finding is, without its line; "" where it is in no file."""
    return location(replace(finding, line=0), folder) if finding.path else ""
