"""A check: data that documents it, and one pure function that turns facts into findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from alembic_rehearsal.core.history.revisions import Revision
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.findings import Finding, Severity

Judge = Callable[[Evidence], Iterator[Finding]]
GapFinder = Callable[[Evidence], Iterator[str]]
RevisionFilter = Callable[[Revision], bool]


@dataclass(frozen=True, slots=True)
class Check:
    """One rule, with all that its documentation page says.

    `why` is the harm when the rule is broken and `remedy` what to do in general, both whole
    sentences; `source` is the manual page or measured fact that the rule is based on.
    `judge` turns evidence into findings.  `needs` are the types of facts without which it is not
    judged, `uses` those that it reads where they exist.  `whole_history` says that it judges the
    history as a whole: a new revision can mend its findings, so that they fail the run even on
    a revision that production has.  `is_blocking` says that its findings keep other revisions
    from being reached, so that they are reported for left-out revisions, too.  `find_gaps` gives
    a text for each part that it could not judge although it has its facts.  `applies_to`, where
    it judges revisions one by one, says which ones; each finding then names one of them.
    `yields_to` are codes of checks: where one of them has a finding, this check reports none.
    `is_always_judged` says that it is judged whatever checks were chosen: while it has a
    finding, no other check can be judged.
    """

    code: str
    title: str
    severity: Severity
    why: str
    remedy: str
    source: str
    judge: Judge
    needs: tuple[type, ...] = ()
    whole_history: bool = False
    uses: tuple[type, ...] = ()
    is_blocking: bool = False
    find_gaps: GapFinder = lambda evidence: iter(())
    applies_to: RevisionFilter | None = None
    yields_to: tuple[str, ...] = ()
    is_always_judged: bool = False

    @property
    def rule(self) -> str:
        """The rule in one sentence: the first line of the function's docstring."""
        return (self.judge.__doc__ or "").strip().splitlines()[0]


def check(
    code: str,
    title: str,
    *,
    why: str,
    remedy: str,
    source: str,
    severity: Severity = Severity.ERROR,
    needs: tuple[type, ...] = (),
    whole_history: bool = False,
    uses: tuple[type, ...] = (),
    is_blocking: bool = False,
    find_gaps: GapFinder = lambda evidence: iter(()),
    applies_to: RevisionFilter | None = None,
    yields_to: tuple[str, ...] = (),
    is_always_judged: bool = False,
) -> Callable[[Judge], Check]:
    """Decorate a judging function to make it a check; its docstring's first line is the rule."""

    def decorate(judge: Judge) -> Check:
        return Check(
            code,
            title,
            severity,
            why=why,
            remedy=remedy,
            source=source,
            judge=judge,
            needs=needs,
            whole_history=whole_history,
            uses=uses,
            is_blocking=is_blocking,
            find_gaps=find_gaps,
            applies_to=applies_to,
            yields_to=yields_to,
            is_always_judged=is_always_judged,
        )

    return decorate
