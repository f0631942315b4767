"""The report as text for people: what was run, each finding, and what was not judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from alembic_rehearsal.core.settings.values import Waiver
from alembic_rehearsal.core.values.phrases import quantity, revisions_text
from alembic_rehearsal.rehearsal.facts.evidence import ExperimentResult
from alembic_rehearsal.rehearsal.facts.findings import Finding
from alembic_rehearsal.rehearsal.facts.report import Report
from alembic_rehearsal.rehearsal.report.findings import finding_blocks
from alembic_rehearsal.rehearsal.report.summary import scope_text, summary


def as_text(report: Report, *, folder: Path) -> str:
    """The whole report; paths are shown relative to `folder` where they lie below it."""
    parts = [
        "\n".join(_opening_lines(report)),
        "\n".join(_result_lines(report)),
        *finding_blocks(report.findings, folder),
        "\n".join(_not_judged_lines(report)),
        "\n".join(_unneeded_waiver_line(each) for each in report.unneeded_waivers),
        summary(report),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def text_after_tests(report: Report, shown: Sequence[Finding], *, folder: Path) -> str:
    """The text after the tests of pytest: what was rehearsed on which server, findings `shown`.

    Findings that failed a test were printed with that test.
    """
    parts = [
        "\n".join(_opening_lines(report)),
        *finding_blocks(shown, folder),
        "\n".join(_unneeded_waiver_line(each) for each in report.unneeded_waivers),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _opening_lines(report: Report) -> Iterator[str]:
    history = report.history
    heads = ", ".join(history.heads) or "none"
    if choice := scope_text(report):
        yield f"chosen      {choice}"
    yield f"history     {quantity(len(history.revisions), 'revision')}, head {heads}"
    if report.snapshot is None:
        yield "production  unknown: no snapshot, so every revision counts as pending"
    else:
        at = revisions_text(report.snapshot.provenance.revisions)
        yield f"production  at {at}, {len(report.pending)} pending"
    if server := report.run.server:
        yield f"server      PostgreSQL {server.version} ({server.origin})"
        if server.note:
            yield f"            {server.note}"
    for detour in report.detours:
        yield f"fence       {detour.outcome}: {detour.asked} ({detour.driver})"


def _result_lines(report: Report) -> Iterator[str]:
    """The seconds of each experiment; several run at once, so that their sum exceeds the total."""
    run = report.run
    yield from (_result_line(each) for each in run.results)
    if run.parts > 1:
        yield f"  {run.seconds:5.2f} s  the longest of {run.parts} parts"
    elif run.results:
        yield f"  {run.seconds:5.2f} s  in all, on {quantity(run.cores, 'core')}"


def _result_line(result: ExperimentResult) -> str:
    if result.skipped:
        return f"  skipped  {result.name}: {result.skipped}"
    note = f": {result.note}" if result.note else ""
    return f"  {result.seconds:5.2f} s  {result.name}{note}"


def _not_judged_lines(report: Report) -> Iterator[str]:
    if report.not_judged:
        yield "not judged:"
    for each in report.not_judged:
        yield f"  {each.code}  {each.title}: {each.why}"
    if report.other_shard_checks:
        yield f"in another shard: {', '.join(report.other_shard_checks)}"


def _unneeded_waiver_line(waiver: Waiver) -> str:
    about = waiver.revision or waiver.object
    return f"the waiver of {waiver.code} for {about} is no longer needed ({waiver.reason})"
