"""A rehearsal as separate tests, each of which passes, fails or is skipped.

Which items there are depends on the history alone; the verdict of each comes from the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from alembic_rehearsal.core.history.revisions import Downgrade, History, Revision
from alembic_rehearsal.core.values.did_you_mean import did_you_mean
from alembic_rehearsal.core.values.errors import UsageError
from alembic_rehearsal.rehearsal.checks.all_checks import CHECKS, CODES
from alembic_rehearsal.rehearsal.checks.check import Check
from alembic_rehearsal.rehearsal.checks.wording import describe_start
from alembic_rehearsal.rehearsal.facts.downgrade import FullDowngrade, Stairway
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.findings import Finding
from alembic_rehearsal.rehearsal.facts.report import Report
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.judging.judge import why_not_judged
from alembic_rehearsal.rehearsal.judging.not_judged import why_walk_stopped
from alembic_rehearsal.rehearsal.judging.selection import without_skipped

UNREACHED = "not reached: its upgrade fails, or one before it"
NOT_RUN = "it was not run: every starting database has it already"
NOT_WALKED = "no walk down from head reached it"


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One check, or one revision of a check that judges revisions one by one."""

    check: Check
    revision: Revision | None = None

    @property
    def code(self) -> str:
        return self.check.code

    @property
    def revision_id(self) -> str:
        """The revision's id, "" for a check of the whole history."""
        return self.revision.id if self.revision else ""

    @property
    def name(self) -> str:
        """`U3`, or `D2::58f9a3d6c0e1`."""
        return f"{self.code}::{self.revision_id}" if self.revision else self.code


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one item: its findings, and why it was not judged, "" where it was."""

    findings: tuple[Finding, ...] = ()
    not_judged: str = ""

    @property
    def fails(self) -> bool:
        return any(each.fails for each in self.findings)


def check_items(history: History, skipped: Sequence[str] = ()) -> Iterator[CheckItem]:
    """Every item of a history, in the order of the checks and then of the revisions.

    Not those of checks that the settings skip, but always the one that says why a history does
    not load; raises `UsageError` for a check that does not exist.
    """
    codes = without_skipped(None, skipped)
    for check in CHECKS:
        is_due = check.is_always_judged and history.problem is not None
        if codes is not None and check.code not in codes and not is_due:
            continue
        if check.applies_to is None:
            yield CheckItem(check)
        else:
            yield from (
                CheckItem(check, each) for each in history.revisions if check.applies_to(each)
            )


def select_items(items: Sequence[CheckItem], names: Iterable[str]) -> tuple[CheckItem, ...]:
    """The items with these names: one item, all of a check, or an id's beginning (`D2::58f`).

    Raises `UsageError` for a name that matches no item.
    """
    selected: set[str] = set()
    for name in names:
        check, _, revision = name.partition("::")
        found = {
            each.name
            for each in items
            if each.code == check and each.revision_id.startswith(revision)
        }
        if not found:
            raise UsageError(
                f"no test of the rehearsal is called {name}"
                f"{did_you_mean(name, (*CODES, *(each.name for each in items)))}.",
                remedies=("pytest --rehearsal --collect-only -q rehearsal   (lists them)",),
            )
        selected |= found
    return tuple(each for each in items if each.name in selected)


def select_items_unloaded(
    items: Sequence[CheckItem], names: Iterable[str]
) -> tuple[CheckItem, ...]:
    """The items that these names mean where the history does not load, and the one that says so.

    Which revisions there are is not known then, so that no name can be refused.
    """
    codes = {name.partition("::")[0] for name in names}
    return tuple(each for each in items if each.check.is_always_judged or each.code in codes)


def needed_codes(chosen: Iterable[CheckItem], items: Iterable[CheckItem]) -> frozenset[str] | None:
    """The codes of the checks that the chosen items need, None where that is every check.

    Checks that they yield to are included: their findings must be known.
    """
    checks = {each.check for each in chosen}
    codes = {each.code for each in checks}.union(*(each.yields_to for each in checks))
    return None if codes >= {each.code for each in items} else frozenset(codes)


def find_verdict(item: CheckItem, report: Report) -> Verdict:
    """The verdict of a report on an item; without findings it was judged and is sound."""
    findings = tuple(each for each in report.findings if _belongs_to(each, item))
    if findings:
        return Verdict(findings)
    evidence = report.run.evidence
    why = why_not_judged(item.check, evidence) or _why_yielded(item, report)
    if not why and item.revision is None:
        why = "; ".join(each.why for each in report.not_judged if each.code == item.code)
    elif not why and item.revision is not None:
        why = _why_not_seen(item.check, item.revision, evidence)
    return Verdict(not_judged=why)


def findings_of_items(report: Report, names: Set[str]) -> tuple[Finding, ...]:
    """The findings of the items with these names; all findings of an interrupted rehearsal."""
    return tuple(
        each
        for each in report.findings
        if report.run.interrupted or names & {each.code, f"{each.code}::{each.revision}"}
    )


def _why_yielded(item: CheckItem, report: Report) -> str:
    for each in report.findings:
        if each.code in item.check.yields_to and item.revision_id in ("", each.revision):
            return f"{each.code} reports it"
    return ""


def _belongs_to(finding: Finding, item: CheckItem) -> bool:
    return finding.code == item.code and item.revision_id in ("", finding.revision)


def _why_not_seen(check: Check, revision: Revision, evidence: Evidence) -> str:
    """Why a check that has its facts could not judge one revision, "" where it could."""
    if _needs_round_trips(check, revision) and Stairway in evidence.facts:
        stairway = evidence.fact(Stairway)
        if revision.id in stairway.unreached:
            return UNREACHED
        if revision.id not in {each.revision for each in stairway.round_trips}:
            return NOT_RUN
    return _why_not_walked(revision, evidence) if FullDowngrade in check.needs else ""


def _why_not_walked(revision: Revision, evidence: Evidence) -> str:
    """Why no walk down from head took this revision down, "" where one did."""
    walks = evidence.fact(FullDowngrade).walks
    for walk in walks:
        is_in_walk = walk.start is Start.EMPTY or evidence.is_pending(revision.id)
        if is_in_walk and revision.id not in walk.downgraded and (why := why_walk_stopped(walk)):
            return f"from {describe_start(walk.start)}, {why}"
    return "" if any(revision.id in walk.downgraded for walk in walks) else NOT_WALKED


def _needs_round_trips(check: Check, revision: Revision) -> bool:
    """Whether the verdict depends on a round trip: D1 needs one only for an empty downgrade."""
    return Stairway in check.needs or (
        Stairway in check.uses and revision.downgrade is Downgrade.EMPTY
    )
