"""The report for people: what was done, each finding in full, what was not judged."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from alembic_rehearsal.facts import Act, Migrated, Report
from alembic_rehearsal.words import Finding, NotJudged

_WIDTH = 100
_INDENT = "    "


def render(report: Report, *, folder: Path) -> str:
    """The whole report; paths are shown relative to `folder` where they lie below it."""
    blocks = [
        "\n".join(_opening(report)),
        "\n".join(_act(act) for act in report.acts),
        *(_finding(finding, folder) for finding in report.findings),
        "\n".join(_not_judged(report.not_judged)),
        summary(report),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def summary(report: Report) -> str:
    """One line: how many of what, and what the exit code will be made of."""
    fail = sum(finding.fails for finding in report.findings)
    others = len(report.findings) - fail
    verdict = f"{fail} finding{'s'[: fail != 1]} to mend" if fail else "clean"
    parts = [verdict]
    if others:
        parts.append(f"{others} more shown (applied, waived or no error)")
    if report.not_judged:
        parts.append(f"{len(report.not_judged)} not judged")
    return f"{', '.join(parts)}; {report.seconds:.1f} s"


def _opening(report: Report) -> Iterator[str]:
    history = report.history
    heads = ", ".join(history.heads) or "none"
    count = len(history.revisions)
    yield f"history     {count} revision{'s'[: count != 1]}, head {heads}"
    if report.snapshot is None:
        yield "production  unknown: no snapshot, so every revision counts as pending"
    else:
        at = ", ".join(report.snapshot.provenance.revisions) or "no revision"
        yield f"production  at {at}, {len(report.pending)} pending"
    if report.server is not None:
        yield f"server      PostgreSQL {report.server.version} ({report.server.origin})"
        if report.server.note:
            yield f"            {report.server.note}"
    for detour in report.detours:
        yield f"fence       {detour.outcome}: {detour.asked} ({detour.driver})"


def _act(act: Act) -> str:
    if act.skipped:
        return f"  skipped  {act.name}: {act.skipped}"
    return f"  {act.seconds:5.2f} s  {act.name}"


def _finding(finding: Finding, folder: Path) -> str:
    lines = [
        f"{finding.code}  {place(finding, folder)}   {finding.revision or finding.object}".rstrip()
    ]
    lines += _lines(finding.what)
    lines += _lines(finding.why, label="why")
    lines += _lines(finding.do, label="do")
    lines += _lines(f"rehearsal explain {finding.code}", label="")
    if finding.waived:
        lines += _lines(f"waived: {finding.waived}")
    elif finding.applied and not finding.fails:
        lines += _lines("production has this revision already: shown, and does not fail the run")
    return "\n".join(lines)


def place(finding: Finding, folder: Path) -> str:
    """`path:line` as editors take it, relative to `folder` where that is shorter."""
    if finding.path is None:
        return "(no file)"
    path = finding.path
    if path.is_relative_to(folder):
        path = path.relative_to(folder)
    return f"{path}:{finding.line}" if finding.line else str(path)


def _lines(text: str, *, label: str | None = None) -> list[str]:
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


def _not_judged(all_of_them: tuple[NotJudged, ...]) -> Iterator[str]:
    if all_of_them:
        yield "not judged:"
    for each in all_of_them:
        yield f"  {each.code}  {each.title}: {each.why}"


def migrated(outcome: Migrated, variable: str) -> str:
    """The end of `migrate`: one line of what was done, and the line to export.

    The password of a server that is not ours is not printed.
    """
    count = len(outcome.steps)
    done = f"{count} revision{'s'[: count != 1]} applied" if count else "nothing pending"
    database = outcome.database
    export = f"export {variable}='{database.url()}'"
    if not database.server.ours:
        export = f"rehearsal env   (writes {variable} to .env: {database.masked})"
    return (
        f"{outcome.start}, {done}, head {', '.join(outcome.heads)}, {outcome.tables} tables, "
        f"{outcome.seconds:.1f} s\n"
        f"{export}\n"
    )
