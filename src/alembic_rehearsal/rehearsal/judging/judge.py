"""The one place that turns verdicts of checks into findings, and what was held into a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from alembic_rehearsal.core.settings.values import Waiver
from alembic_rehearsal.rehearsal.checks.catalogue import CHECKS
from alembic_rehearsal.rehearsal.checks.check import Check
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.findings import Finding, NotJudged, Severity
from alembic_rehearsal.rehearsal.facts.report import Held, Report
from alembic_rehearsal.rehearsal.judging.grouping import grouped
from alembic_rehearsal.rehearsal.judging.not_judged import not_seen
from alembic_rehearsal.rehearsal.judging.waivers import reason, unneeded


def report_on(held: Held) -> Report:
    """All that can be said of what was held."""
    findings, not_judged = judge(held.scene, held.waive, all_fail=held.fails_on_applied)
    return Report(
        held,
        tuple(grouped(findings)),
        not_judged,
        elsewhere=tuple(each.code for each in _asked_for(held.scene) if _is_elsewhere(each, held)),
        unneeded=unneeded(held.waive, held.scene, findings),
    )


def judge(
    scene: Evidence, waivers: Sequence[Waiver] = (), *, all_fail: bool = False
) -> tuple[tuple[Finding, ...], tuple[NotJudged, ...]]:
    """Run every check that was asked for and has its facts; name those that have not.

    Findings are in the order of the history, what is about no revision last.  One on a
    revision that production has applied does not fail the run unless `all_fail`: nobody
    can change it any more.
    """
    findings: list[Finding] = []
    not_judged: list[NotJudged] = []
    for each in _asked_for(scene):
        why = why_not_judged(each, scene)
        if not why:
            findings.extend(_verdicts(each, scene, waivers, all_fail))
            texts = not_seen(each, scene)
            not_judged.extend(NotJudged(each.code, each.title, text) for text in texts)
        elif not scene.elsewhere.intersection(_missing(each, scene)):
            not_judged.append(NotJudged(each.code, each.title, why))
    places = {each.id: place for place, each in enumerate(scene.history.revisions)}
    places[""] = len(places)
    findings.sort(key=lambda each: places.get(each.revision, -1))
    return tuple(findings), tuple(not_judged)


def why_not_judged(check: Check, scene: Evidence) -> str:
    """Why the facts are missing that a check cannot do without, "" where they are there."""
    missing = _missing(check, scene)
    return scene.skipped.get(missing[0], "its facts are missing") if missing else ""


def _asked_for(scene: Evidence) -> Iterator[Check]:
    return (each for each in CHECKS if scene.scope.asks_for(each.code))


def _missing(check: Check, scene: Evidence) -> list[type]:
    return [kind for kind in check.needs if kind not in scene.facts]


def _is_elsewhere(check: Check, held: Held) -> bool:
    return bool(held.scene.elsewhere.intersection(_missing(check, held.scene)))


def _verdicts(
    check: Check, scene: Evidence, waivers: Sequence[Waiver], all_fail: bool
) -> Iterator[Finding]:
    tells_of_all = check.whole or check.blocks
    for found in check.judge(scene):
        if found.revision in scene.scope.left_out and not tells_of_all:
            continue
        applied = found.revision in scene.applied and not check.whole
        finding = replace(
            found,
            code=check.code,
            title=check.title,
            severity=check.severity,
            why=found.why or check.why,
            applied=applied,
        )
        waived = reason(waivers, finding)
        fails = check.severity is Severity.ERROR and not waived and (all_fail or not applied)
        yield replace(finding, waived=waived, fails=fails)
