"""The report as Markdown, for a pull request's comment or a job summary."""

from __future__ import annotations

from pathlib import Path

from alembic_rehearsal.core.settings.values import Waiver
from alembic_rehearsal.rehearsal.facts.report import Report
from alembic_rehearsal.rehearsal.report.findings import counts_as, location
from alembic_rehearsal.rehearsal.report.summary import scope_text, summary


def as_markdown(report: Report, *, folder: Path) -> str:
    """A summary line, a table of the findings, and a list of what was not judged."""
    lines = [f"**Migration rehearsal:** {summary(report)}", ""]
    if choice := scope_text(report):
        lines += [f"Chosen: {choice}.", ""]
    if report.findings:
        lines += ["| check | counts as | where | what | do |", "|---|---|---|---|---|"]
    for finding in report.findings:
        do = f"waived: {finding.waived}" if finding.waived else finding.do
        where = f"`{location(finding, folder)}`"
        cells = (finding.code, counts_as(finding), where, finding.what, do)
        lines.append("| " + " | ".join(_cell(each) for each in cells) + " |")
    lines += [f"- not judged: {each.code} {each.title}: {each.why}" for each in report.not_judged]
    if report.other_shard_checks:
        lines.append(f"- in another shard: {', '.join(report.other_shard_checks)}")
    lines += [
        f"- no longer needed: the waiver of {_waiver_text(each)}"
        for each in report.unneeded_waivers
    ]
    return "\n".join(lines).rstrip() + "\n"


def _waiver_text(waiver: Waiver) -> str:
    return f"{waiver.code} for {waiver.revision or waiver.object} ({waiver.reason})"


def _cell(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<br>".join(text.replace("|", "\\|").splitlines())
