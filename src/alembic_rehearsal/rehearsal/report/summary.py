"""One-line texts about a report: how many findings it has, and which part was asked for."""

from __future__ import annotations

from alembic_rehearsal.core.values.phrases import quantity
from alembic_rehearsal.rehearsal.facts.report import Report


def summary(report: Report) -> str:
    """One line: how many findings fail the run, how many do not, and the seconds."""
    fail = sum(finding.fails for finding in report.findings)
    waived = sum(bool(finding.waived) for finding in report.findings)
    others = len(report.findings) - fail - waived
    so_far = " so far" if report.run.interrupted else ""
    parts = ["interrupted"] if report.run.interrupted else []
    parts.append((quantity(fail, "finding") + " to mend" if fail else "clean") + so_far)
    if waived:
        parts.append(f"{waived} waived")
    if others:
        parts.append(f"{others} more shown (applied or no error)")
    if report.not_judged:
        parts.append(f"{len(report.not_judged)} not judged")
    return f"{', '.join(parts)}; {report.run.seconds:.1f} s"


def scope_text(report: Report) -> str:
    """The part of the rehearsal that was asked for, "" where it was everything."""
    scope = report.scope
    parts = []
    if scope.checks is not None:
        parts.append(f"checks {', '.join(sorted(scope.checks, key=_by_number))}")
    if scope.since:
        left_out = quantity(len(scope.left_out), "revision")
        parts.append(f"after {scope.since} ({left_out} run and not judged one by one)")
    if scope.postgres:
        parts.append(f"PostgreSQL {scope.postgres}")
    if scope.is_shard:
        parts.append("shard {} of {}".format(*scope.shard))
    return "; ".join(parts)


def _by_number(code: str) -> tuple[str, int]:
    return code[0], int(code[1:]) if code[1:].isdigit() else 0
