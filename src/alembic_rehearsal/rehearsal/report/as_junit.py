"""The report as JUnit XML, for tools that show test results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from alembic_rehearsal.rehearsal.facts.findings import Finding
from alembic_rehearsal.rehearsal.facts.report import Report
from alembic_rehearsal.rehearsal.report.findings import counts_as, location

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(report: Report, *, folder: Path) -> str:
    """A test case for each finding and for each check that was not judged.

    A finding that fails the run is a failure; any other one is a case that passes, with the
    finding as its output.
    """
    suite = ElementTree.Element("testsuite", name="rehearsal", time=f"{report.run.seconds:.3f}")
    for finding in report.findings:
        case = _add_case(suite, f"{finding.code} {finding.revision}".strip(), finding.title)
        if finding.fails:
            failure = ElementTree.SubElement(case, "failure", message=_xml_text(finding.what))
            failure.text = _xml_text(f"{location(finding, folder)}\n{finding.why}\n{finding.do}")
        else:
            output = ElementTree.SubElement(case, "system-out")
            output.text = _xml_text("\n".join(_output_lines(finding, folder)))
    for missing in report.not_judged:
        case = _add_case(suite, missing.code, missing.title)
        ElementTree.SubElement(case, "skipped", message=_xml_text(missing.why))
    if report.run.interrupted:
        case = _add_case(suite, "interrupted", "the rehearsal ran to its end")
        message = "interrupted: the report has what was known by then"
        ElementTree.SubElement(case, "error", message=message)
    suite.set("errors", str(int(report.run.interrupted)))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(sum(finding.fails for finding in report.findings)))
    suite.set("skipped", str(len(report.not_judged)))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _output_lines(finding: Finding, folder: Path) -> Iterator[str]:
    """The text of a finding that does not fail the run."""
    yield f"{counts_as(finding)}: {finding.what}"
    yield from (location(finding, folder), finding.why, finding.do)
    if finding.waived:
        yield f"waived: {finding.waived}"


def _add_case(suite: ElementTree.Element, name: str, title: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=f"rehearsal.{title}", name=name)


def _xml_text(text: str) -> str:
    """Text without the characters that XML 1.0 cannot hold, not even escaped."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
