"""The report for programs: JSON, JUnit XML, Markdown, and GitHub's workflow commands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from alembic_rehearsal.facts import Report
from alembic_rehearsal.facts.held import held_data
from alembic_rehearsal.findings import Finding, Severity
from alembic_rehearsal.report.findings import counts_as, place
from alembic_rehearsal.report.text import chosen, summary
from alembic_rehearsal.settings import Waiver

SCHEMA_VERSION = 1
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_json(report: Report, *, folder: Path) -> str:
    """One object: `schema_version`, `summary`, `scope`, `acts`, `detours`, `findings`, ...

    Keys are only ever added within one `schema_version`.  `held` is for `rehearsal report
    merge` alone, and on one line, since it has a value for each revision and step.
    """
    text = json.dumps(_content(report, folder), indent=2, ensure_ascii=False)
    held = json.dumps(held_data(report.held, folder), ensure_ascii=False)
    return f'{text[:-2]},\n  "held": {held}\n}}\n'


def as_junit(report: Report, *, folder: Path) -> str:
    """A test case for each finding and each check that was not judged.

    One that fails the run is a failure; what another one says is the output of a case that
    passes.
    """
    suite = ElementTree.Element("testsuite", name="rehearsal", time=f"{report.held.seconds:.3f}")
    for finding in report.findings:
        case = _case(suite, f"{finding.code} {finding.revision}".strip(), finding.title)
        if finding.fails:
            failure = ElementTree.SubElement(case, "failure", message=_xml(finding.what))
            failure.text = _xml(f"{place(finding, folder)}\n{finding.why}\n{finding.do}")
        else:
            output = ElementTree.SubElement(case, "system-out")
            output.text = _xml("\n".join(_shown(finding, folder)))
    for missing in report.not_judged:
        case = _case(suite, missing.code, missing.title)
        ElementTree.SubElement(case, "skipped", message=_xml(missing.why))
    if report.held.interrupted:
        case = _case(suite, "interrupted", "the rehearsal came to its end")
        ElementTree.SubElement(case, "error", message="interrupted: this is what was known")
    suite.set("errors", str(int(report.held.interrupted)))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(sum(finding.fails for finding in report.findings)))
    suite.set("skipped", str(len(report.not_judged)))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def as_markdown(report: Report, *, folder: Path) -> str:
    """A table for a pull request's comment or a job summary."""
    lines = [f"**Migration rehearsal:** {summary(report)}", ""]
    if choice := chosen(report):
        lines += [f"Chosen: {choice}.", ""]
    if report.findings:
        lines += ["| check | counts as | where | what | do |", "|---|---|---|---|---|"]
    for finding in report.findings:
        do = f"waived: {finding.waived}" if finding.waived else finding.do
        where = f"`{place(finding, folder)}`"
        cells = (finding.code, counts_as(finding), where, finding.what, do)
        lines.append("| " + " | ".join(_cell(each) for each in cells) + " |")
    lines += [f"- not judged: {each.code} {each.title}: {each.why}" for each in report.not_judged]
    if report.elsewhere:
        lines.append(f"- in another shard: {', '.join(report.elsewhere)}")
    lines += [f"- not needed any more: the waiver of {_waiver(each)}" for each in report.unneeded]
    return "\n".join(lines).rstrip() + "\n"


def as_github(report: Report, *, folder: Path) -> str:
    """Workflow commands, so that findings stand at their lines in a pull request."""
    return "".join(_annotation(finding, folder) for finding in report.findings) + (
        f"::notice title=rehearsal::{summary(report)}\n"
    )


def _content(report: Report, folder: Path) -> dict[str, Any]:
    scope = report.scope
    return {
        "schema_version": SCHEMA_VERSION,
        "summary": _summary(report),
        "scope": {
            "checks": None if scope.checks is None else sorted(scope.checks),
            "since": scope.since or None,
            "left_out": [each.id for each in report.history.revisions if each.id in scope.left_out],
            "shard": list(scope.shard) if scope.is_shard else None,
            "postgres": scope.postgres,
        },
        "acts": [
            {
                "name": act.name,
                "seconds": round(act.seconds, 3),
                "skipped": act.skipped or None,
                "note": act.note or None,
            }
            for act in report.held.acts
        ],
        "detours": [
            {"driver": each.driver, "asked": each.asked, "outcome": each.outcome}
            for each in report.detours
        ],
        "findings": [_finding(finding, folder) for finding in report.findings],
        "not_judged": [
            {"code": each.code, "title": each.title, "why": each.why} for each in report.not_judged
        ],
        "in_another_shard": list(report.elsewhere),
        "waivers_not_needed": [
            {
                "code": each.code,
                "revision": each.revision or None,
                "object": each.object or None,
                "reason": each.reason,
            }
            for each in report.unneeded
        ],
    }


def _summary(report: Report) -> dict[str, Any]:
    held = report.held
    return {
        "failed": report.failed,
        "interrupted": held.interrupted,
        "revisions": len(report.history.revisions),
        "heads": list(report.history.heads),
        "production": list(report.snapshot.provenance.revisions) if report.snapshot else None,
        "pending": list(report.pending),
        "server": held.server.version if held.server else None,
        "server_origin": held.server.origin if held.server else None,
        "note": held.server.note if held.server else "",
        "waived": sum(bool(finding.waived) for finding in report.findings),
        "seconds": round(held.seconds, 3),
        "cores": held.cores,
        "parts": held.parts,
        "seed": held.seed,
    }


def _finding(finding: Finding, folder: Path) -> dict[str, Any]:
    return {
        "code": finding.code,
        "title": finding.title,
        "severity": finding.severity.value,
        "revision": finding.revision or None,
        "object": finding.object or None,
        "objects": list(finding.objects),
        "path": _path(finding, folder) or None,
        "line": finding.line or None,
        "what": finding.what,
        "why": finding.why,
        "do": finding.do,
        "applied": finding.applied,
        "waived": finding.waived or None,
        "fails": finding.fails,
    }


def _shown(finding: Finding, folder: Path) -> Iterator[str]:
    """What there is to say of a finding that fails nothing."""
    yield f"{counts_as(finding)}: {finding.what}"
    yield from (place(finding, folder), finding.why, finding.do)
    if finding.waived:
        yield f"waived: {finding.waived}"


def _case(suite: ElementTree.Element, name: str, title: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=f"rehearsal.{title}", name=name)


def _waiver(waiver: Waiver) -> str:
    return f"{waiver.code} for {waiver.revision or waiver.object} ({waiver.reason})"


def _path(finding: Finding, folder: Path) -> str:
    """Where the finding is, without its line; "" where it is in no file."""
    return place(replace(finding, line=0), folder) if finding.path else ""


def _xml(text: str) -> str:
    """Text without the characters that XML 1.0 cannot hold, not even escaped."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _cell(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<br>".join(text.replace("|", "\\|").splitlines())


def _annotation(finding: Finding, folder: Path) -> str:
    """One workflow command (GitHub's manual, Workflow commands: Setting an error message)."""
    level = "error" if finding.fails else "warning"
    if finding.waived or finding.severity is Severity.NOTE:
        level = "notice"
    path = _path(finding, folder)
    where = f"file={_property(path)},line={finding.line or 1}," if path else ""
    do = f"waived: {finding.waived}" if finding.waived else finding.do
    text = _escaped(f"{finding.what}\n{do}")
    return f"::{level} {where}title={finding.code}::{text}\n"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
