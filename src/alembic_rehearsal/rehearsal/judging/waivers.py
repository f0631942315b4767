"""Waivers: refused for unknown checks and revisions, matched with findings, and found unneeded."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_rehearsal.core.settings.values import Waiver
from alembic_rehearsal.core.values.did_you_mean import did_you_mean
from alembic_rehearsal.core.values.errors import UsageError
from alembic_rehearsal.rehearsal.checks.all_checks import CODES, find_check
from alembic_rehearsal.rehearsal.facts.downgrade import Stairway
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, LoadedHistory
from alembic_rehearsal.rehearsal.facts.findings import Finding
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.judging.not_judged import fact_gaps


def expect_known_checks(waivers: Sequence[Waiver]) -> None:
    """Raise `UsageError` for a waiver of a check that does not exist: it would match nothing."""
    for each in waivers:
        if each.code not in CODES:
            raise UsageError(
                f"a waiver names the check {each.code!r}, which does not exist"
                f"{did_you_mean(each.code, CODES)}.",
                remedies=("rehearsal explain   (lists every check)",),
            )


def expect_known_revisions(waivers: Sequence[Waiver], evidence: Evidence) -> None:
    """Raise `UsageError` for a waiver of a revision that neither history nor snapshot has.

    Does nothing where the history does not load: its revisions are unknown then.
    """
    if LoadedHistory not in evidence.facts:
        return
    stamped = evidence.snapshot.provenance.revisions if evidence.snapshot else ()
    known = (*(each.id for each in evidence.history.revisions), *stamped)
    for each in waivers:
        if each.revision and each.revision not in known:
            raise UsageError(
                f"the waiver of {each.code} names the revision {each.revision!r}, which the "
                f"history does not contain{did_you_mean(each.revision, known)}.",
                remedies=(f"{evidence.alembic} history", "take the waiver out of the settings"),
            )


def waiver_reason(waivers: Sequence[Waiver], finding: Finding) -> str:
    """The reason that the settings give for accepting this finding, "" where they do not."""
    return next((each.reason for each in waivers if _matches(each, finding)), "")


def unneeded_waivers(
    waivers: Sequence[Waiver], evidence: Evidence, findings: Sequence[Finding]
) -> tuple[Waiver, ...]:
    """The waivers that match no finding, although all that they could match was judged."""
    unreached = _unreached_revisions(evidence)
    return tuple(
        each
        for each in waivers
        if evidence.is_complete
        and _is_judged(each, evidence)
        and not (unreached if each.object else each.revision in unreached)
        and not any(_matches(each, finding) for finding in findings)
    )


def _matches(waiver: Waiver, finding: Finding) -> bool:
    """Whether a waiver names the finding's revision, its object, or its whole group."""
    objects = (finding.object, finding.group or finding.object)
    about = (finding.code, finding.revision)
    return (waiver.code, waiver.revision) == about and waiver.object in objects


def _is_judged(waiver: Waiver, evidence: Evidence) -> bool:
    check = find_check(waiver.code)
    return (
        check is not None
        and evidence.scope.includes(check.code)
        and waiver.revision not in evidence.scope.left_out
        and all(kind in evidence.facts for kind in check.needs)
        and not any(
            why for kind in check.needs if kind is not Stairway for why in fact_gaps(evidence, kind)
        )
        and not any(check.find_gaps(evidence))
    )


def _unreached_revisions(evidence: Evidence) -> frozenset[str]:
    """The revisions that an upgrade or round trip did not reach, because an earlier one fails."""
    unreached = set(evidence.fact(Stairway).unreached) if Stairway in evidence.facts else set()
    for start, upgrade in evidence.upgrades.items():
        if upgrade.failure is not None:
            passed = {step.revision for step in upgrade.steps} | {upgrade.failure.revision}
            before = evidence.applied if start is Start.SNAPSHOT else frozenset()
            unreached |= {each.id for each in evidence.history.revisions} - passed - before
    return frozenset(unreached)
