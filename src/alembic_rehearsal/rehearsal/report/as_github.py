"""The report as workflow commands of GitHub Actions."""

from __future__ import annotations

from pathlib import Path

from alembic_rehearsal.rehearsal.facts.findings import Finding, Severity
from alembic_rehearsal.rehearsal.facts.report import Report
from alembic_rehearsal.rehearsal.report.findings import path_text
from alembic_rehearsal.rehearsal.report.summary import summary


def as_github(report: Report, *, folder: Path) -> str:
    """Workflow commands: GitHub shows each finding at its line in a pull request."""
    return "".join(_annotation(finding, folder) for finding in report.findings) + (
        f"::notice title=rehearsal::{summary(report)}\n"
    )


def _annotation(finding: Finding, folder: Path) -> str:
    """One workflow command (GitHub's manual, Workflow commands: Setting an error message)."""
    level = "error" if finding.fails else "warning"
    if finding.waived or finding.severity is Severity.NOTE:
        level = "notice"
    path = path_text(finding, folder)
    where = f"file={_escaped_property(path)},line={finding.line or 1}," if path else ""
    do = f"waived: {finding.waived}" if finding.waived else finding.do
    text = _escaped(f"{finding.what}\n{do}")
    return f"::{level} {where}title={finding.code}::{text}\n"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
