"""Every check, by family; and the one place that turns their verdicts into findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from alembic_rehearsal.checks import downgrade, history, upgrade, ways
from alembic_rehearsal.checks.check import Check
from alembic_rehearsal.errors import Usage
from alembic_rehearsal.facts import Loaded, Scene
from alembic_rehearsal.settings import Waiver, did_you_mean
from alembic_rehearsal.words import Finding, NotJudged, Severity

CHECKS: tuple[Check, ...] = (
    *history.CHECKS,
    *upgrade.CHECKS,
    *ways.CHECKS,
    *downgrade.CHECKS,
)


def find_check(code: str) -> Check | None:
    """The check with this code, whatever its case."""
    return next((each for each in CHECKS if each.code == code.upper()), None)


def expect_known(waivers: Sequence[Waiver]) -> None:
    """Raise `Usage` for a waiver of a check that does not exist: it would waive nothing."""
    codes = tuple(each.code for each in CHECKS)
    for each in waivers:
        if each.code not in codes:
            raise Usage(
                f"a waiver names the check {each.code!r}, which does not exist"
                f"{did_you_mean(each.code, codes)}.",
                ways_out=("rehearsal explain   (lists every check)",),
            )


def expect_revisions(waivers: Sequence[Waiver], scene: Scene) -> None:
    """Raise `Usage` for a waiver of a revision that neither history nor snapshot has.

    A history that does not load has no revisions to compare with.
    """
    if Loaded not in scene.facts:
        return
    stamped = scene.snapshot.provenance.revisions if scene.snapshot else ()
    known = (*(each.id for each in scene.history.revisions), *stamped)
    for each in waivers:
        if each.revision and each.revision not in known:
            raise Usage(
                f"the waiver of {each.code} names the revision {each.revision!r}, which the "
                f"history does not contain{did_you_mean(each.revision, known)}.",
                ways_out=("alembic history", "take the waiver out of the settings"),
            )


def judge(
    scene: Scene, waivers: Sequence[Waiver] = (), *, all_fail: bool = False
) -> tuple[tuple[Finding, ...], tuple[NotJudged, ...]]:
    """Run every check that has its facts; name those that have not.

    A finding on a revision that production has applied does not fail the run unless
    `all_fail`: nobody can change it any more.
    """
    findings: list[Finding] = []
    not_judged: list[NotJudged] = []
    for each in CHECKS:
        missing = [kind for kind in each.needs if kind not in scene.facts]
        if missing:
            why = scene.skipped.get(missing[0], "its facts are missing")
            not_judged.append(NotJudged(each.code, each.title, why))
        else:
            findings.extend(_verdicts(each, scene, waivers, all_fail))
    return tuple(findings), tuple(not_judged)


def _verdicts(
    check: Check, scene: Scene, waivers: Sequence[Waiver], all_fail: bool
) -> Iterator[Finding]:
    for found in check.judge(scene):
        applied = found.revision in scene.applied and not check.whole
        about = (check.code, found.revision, found.object)
        fit = (each for each in waivers if (each.code, each.revision, each.object) == about)
        waived = next((each.reason for each in fit), "")
        yield replace(
            found,
            code=check.code,
            title=check.title,
            severity=check.severity,
            why=check.why,
            applied=applied,
            waived=waived,
            fails=check.severity is Severity.ERROR and not waived and (all_fail or not applied),
        )
