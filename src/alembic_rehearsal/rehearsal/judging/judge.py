"""Runs the checks on the evidence and builds the report of a rehearsal.

The only place that decides whether a finding is waived, applied, or fails the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from alembic_rehearsal.core.settings.values import Waiver
from alembic_rehearsal.rehearsal.checks.all_checks import CHECKS
from alembic_rehearsal.rehearsal.checks.check import Check
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.findings import Finding, NotJudged, Severity
from alembic_rehearsal.rehearsal.facts.report import RehearsalRun, Report
from alembic_rehearsal.rehearsal.judging.grouping import group_findings
from alembic_rehearsal.rehearsal.judging.not_judged import check_gaps
from alembic_rehearsal.rehearsal.judging.waivers import unneeded_waivers, waiver_reason


def build_report(run: RehearsalRun) -> Report:
    """Judge a run and return its report."""
    findings, not_judged = judge(run.evidence, run.waivers, all_fail=run.fails_on_applied)
    return Report(
        run,
        tuple(group_findings(findings)),
        not_judged,
        other_shard_checks=tuple(
            each.code for each in _chosen_checks(run.evidence) if _is_in_other_shard(each, run)
        ),
        unneeded_waivers=unneeded_waivers(run.waivers, run.evidence, findings),
    )


def judge(
    evidence: Evidence, waivers: Sequence[Waiver] = (), *, all_fail: bool = False
) -> tuple[tuple[Finding, ...], tuple[NotJudged, ...]]:
    """Run every chosen check that has its facts; return the findings and what was not judged.

    Findings are in the order of the history, those about no revision last.  A finding on a
    revision that production has applied does not fail the run unless `all_fail`: nobody
    can change that revision any more.
    """
    findings: list[Finding] = []
    not_judged: list[NotJudged] = []
    for each in _chosen_checks(evidence):
        why = why_not_judged(each, evidence)
        if not why:
            findings.extend(_check_findings(each, evidence, waivers, all_fail))
            texts = check_gaps(each, evidence)
            not_judged.extend(NotJudged(each.code, each.title, text) for text in texts)
        elif not evidence.other_shard_facts.intersection(_missing_facts(each, evidence)):
            not_judged.append(NotJudged(each.code, each.title, why))
    places = {each.id: place for place, each in enumerate(evidence.history.revisions)}
    places[""] = len(places)
    findings.sort(key=lambda each: places.get(each.revision, -1))
    return tuple(findings), tuple(not_judged)


def why_not_judged(check: Check, evidence: Evidence) -> str:
    """Why a fact that the check needs is missing, "" where none is."""
    missing = _missing_facts(check, evidence)
    return evidence.skipped.get(missing[0], "its facts are missing") if missing else ""


def _chosen_checks(evidence: Evidence) -> Iterator[Check]:
    chosen = evidence.scope
    return (each for each in CHECKS if each.is_always_judged or chosen.includes(each.code))


def _missing_facts(check: Check, evidence: Evidence) -> list[type]:
    return [kind for kind in check.needs if kind not in evidence.facts]


def _is_in_other_shard(check: Check, run: RehearsalRun) -> bool:
    return bool(run.evidence.other_shard_facts.intersection(_missing_facts(check, run.evidence)))


def _check_findings(
    check: Check, evidence: Evidence, waivers: Sequence[Waiver], all_fail: bool
) -> Iterator[Finding]:
    judges_left_out = check.whole_history or check.is_blocking
    for found in check.judge(evidence):
        if found.revision in evidence.scope.left_out and not judges_left_out:
            continue
        applied = found.revision in evidence.applied and not check.whole_history
        finding = replace(
            found,
            code=check.code,
            title=check.title,
            severity=check.severity,
            why=found.why or check.why,
            applied=applied,
        )
        waived = waiver_reason(waivers, finding)
        fails = check.severity is Severity.ERROR and not waived and (all_fail or not applied)
        yield replace(finding, waived=waived, fails=fails)
