"""Family B: revisions of different branches, which databases may run in different orders."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.core.history.revisions import Revision
from alembic_rehearsal.rehearsal.checks.check import check
from alembic_rehearsal.rehearsal.checks.wording import describe_differences, describe_start
from alembic_rehearsal.rehearsal.facts.branches import Clash, Fork, ForkOrders
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.findings import Finding


@check(
    "B1",
    "every order of a fork ends in one schema",
    why="which branch a database runs first depends on which was merged and deployed first: "
    "production, staging and a fresh database end in different schemas, or an upgrade of one "
    "of them fails.",
    remedy="Make the branches independent, name the revision that the other branch needs in "
    "`depends_on`, or re-parent one branch on the other while nobody has run it.",
    source="Alembic manual, Working with Branches: Branch Dependencies",
    needs=(ForkOrders,),
)
def one_schema_in_every_order(evidence: Evidence) -> Iterator[Finding]:
    """Revisions that do not depend on each other give the same schema in any order."""
    reported: set[frozenset[str]] = set()
    for fork in evidence.fact(ForkOrders).forks:
        for clash in fork.clashes:
            pair = frozenset((clash.first, clash.second))
            first, second = (evidence.history.find(id) for id in (clash.first, clash.second))
            if first is not None and second is not None and pair not in reported:
                reported.add(pair)
                yield _order_finding(evidence, fork, clash, first, second)


def _order_finding(
    evidence: Evidence, fork: Fork, clash: Clash, first: Revision, second: Revision
) -> Finding:
    older, newer = first, second
    if _mend_priority(evidence, first) > _mend_priority(evidence, second):
        older, newer = second, first
    failure = clash.failure
    path, line = newer.path, 1
    if failure is None:
        result = f"the result is another schema: {describe_differences(clash.differences)}."
    else:
        result = f"{failure.direction} of {failure.revision} fails: {failure.full_message}"
        if failure.path == path:
            line = failure.line
    do = f'depends_on = "{older.id}"   (in {newer.path.name}: always run after {older.id} then)'
    if failure is not None and newer is first:
        do = f"mend {newer.id}: production has {older.id} already"
    return Finding(
        path=path,
        line=line,
        revision=newer.id,
        what=f"from {describe_start(fork.start)}, with {second.id} ({second.path.name}) before "
        f"{first.id} ({first.path.name}) instead of after it, {result}",
        do=do,
    )


def _mend_priority(evidence: Evidence, revision: Revision) -> tuple[bool, bool]:
    """Whether it is pending, and whether it is judged: the revision with the greater is mended."""
    return evidence.is_pending(revision.id), revision.id not in evidence.scope.left_out


CHECKS = (one_schema_in_every_order,)
