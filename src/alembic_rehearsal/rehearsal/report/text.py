"""The report for people: what was done, each finding, what was not judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from alembic_rehearsal.facts import Act, Migrated, Report
from alembic_rehearsal.findings import Finding
from alembic_rehearsal.phrases import counted, named
from alembic_rehearsal.report.findings import blocks
from alembic_rehearsal.settings import Waiver


def render(report: Report, *, folder: Path) -> str:
    """The whole report; paths are shown relative to `folder` where they lie below it."""
    parts = [
        "\n".join(_opening(report)),
        "\n".join(_acts(report)),
        *blocks(report.findings, folder),
        "\n".join(_not_judged(report)),
        "\n".join(_unneeded(each) for each in report.unneeded),
        summary(report),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def beside_tests(report: Report, shown: Sequence[Finding], *, folder: Path) -> str:
    """What is left to say where tests have told what fails: on what, and the findings `shown`."""
    parts = [
        "\n".join(_opening(report)),
        *blocks(shown, folder),
        "\n".join(_unneeded(each) for each in report.unneeded),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def summary(report: Report) -> str:
    """One line: how many of what, and what the exit code will be made of."""
    fail = sum(finding.fails for finding in report.findings)
    waived = sum(bool(finding.waived) for finding in report.findings)
    others = len(report.findings) - fail - waived
    so_far = " so far" if report.held.interrupted else ""
    parts = ["interrupted"] if report.held.interrupted else []
    parts.append((counted(fail, "finding") + " to mend" if fail else "clean") + so_far)
    if waived:
        parts.append(f"{waived} waived")
    if others:
        parts.append(f"{others} more shown (applied or no error)")
    if report.not_judged:
        parts.append(f"{len(report.not_judged)} not judged")
    return f"{', '.join(parts)}; {report.held.seconds:.1f} s"


def chosen(report: Report) -> str:
    """What of all there is was asked for, "" where it was everything."""
    scope = report.scope
    parts = []
    if scope.checks is not None:
        parts.append(f"checks {', '.join(sorted(scope.checks, key=_by_number))}")
    if scope.since:
        left_out = counted(len(scope.left_out), "revision")
        parts.append(f"after {scope.since} ({left_out} run and not judged one by one)")
    if scope.postgres:
        parts.append(f"PostgreSQL {scope.postgres}")
    if scope.is_shard:
        parts.append("shard {} of {}".format(*scope.shard))
    return "; ".join(parts)


def _by_number(code: str) -> tuple[str, int]:
    return code[0], int(code[1:]) if code[1:].isdigit() else 0


def _opening(report: Report) -> Iterator[str]:
    history = report.history
    heads = ", ".join(history.heads) or "none"
    if choice := chosen(report):
        yield f"chosen      {choice}"
    yield f"history     {counted(len(history.revisions), 'revision')}, head {heads}"
    if report.snapshot is None:
        yield "production  unknown: no snapshot, so every revision counts as pending"
    else:
        at = named(report.snapshot.provenance.revisions)
        yield f"production  at {at}, {len(report.pending)} pending"
    if server := report.held.server:
        yield f"server      PostgreSQL {server.version} ({server.origin})"
        if server.note:
            yield f"            {server.note}"
    for detour in report.detours:
        yield f"fence       {detour.outcome}: {detour.asked} ({detour.driver})"


def _acts(report: Report) -> Iterator[str]:
    """The seconds of each act; several are under way at once, so that they add up to more."""
    held = report.held
    yield from (_act(act) for act in held.acts)
    if held.parts > 1:
        yield f"  {held.seconds:5.2f} s  the longest of {held.parts} parts"
    elif held.acts:
        yield f"  {held.seconds:5.2f} s  in all, on {counted(held.cores, 'core')}"


def _act(act: Act) -> str:
    if act.skipped:
        return f"  skipped  {act.name}: {act.skipped}"
    note = f": {act.note}" if act.note else ""
    return f"  {act.seconds:5.2f} s  {act.name}{note}"


def _not_judged(report: Report) -> Iterator[str]:
    if report.not_judged:
        yield "not judged:"
    for each in report.not_judged:
        yield f"  {each.code}  {each.title}: {each.why}"
    if report.elsewhere:
        yield f"in another shard: {', '.join(report.elsewhere)}"


def _unneeded(waiver: Waiver) -> str:
    about = waiver.revision or waiver.object
    return f"the waiver of {waiver.code} for {about} is not needed any more ({waiver.reason})"


def migrated(outcome: Migrated, variable: str) -> str:
    """The end of `migrate`: one line of what was done, and the line to export.

    The password of a server that is not ours is not printed.
    """
    count = len(outcome.steps)
    done = f"{counted(count, 'revision')} applied" if count else "nothing pending"
    database = outcome.database
    export = f"export {variable}='{database.url()}'"
    if not database.server.ours:
        export = f"rehearsal env   (writes {variable} to .env: {database.masked})"
    return (
        f"{outcome.start}, {done}, head {', '.join(outcome.heads)}, {outcome.tables} tables, "
        f"{outcome.seconds:.1f} s\n"
        f"{export}\n"
    )
