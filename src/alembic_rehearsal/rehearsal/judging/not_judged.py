"""What a check could not judge although it has its facts, and why."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.core.values.phrases import first_few, quantity
from alembic_rehearsal.rehearsal.checks.check import Check
from alembic_rehearsal.rehearsal.checks.wording import describe_start
from alembic_rehearsal.rehearsal.facts.branches import Fork, ForkOrders
from alembic_rehearsal.rehearsal.facts.downgrade import DowngradeWalk, FullDowngrade, Stairway
from alembic_rehearsal.rehearsal.facts.evidence import Evidence


def check_gaps(check: Check, evidence: Evidence) -> Iterator[str]:
    """The gaps of a check that has its facts: one text for each part that it could not judge."""
    for kind in (*check.needs, *check.uses):
        yield from fact_gaps(evidence, kind)
    yield from check.find_gaps(evidence)


def fact_gaps(evidence: Evidence, kind: type) -> Iterator[str]:
    """The gaps in the fact of this type, one text each; none where it is complete."""
    fact = evidence.facts.get(kind)
    if isinstance(fact, Stairway):
        if fact.unreached:
            yield f"not reached: {first_few(fact.unreached)}"
        if fact.missed:
            yield f"interrupted before {first_few(fact.missed)}"
        if kind in evidence.skipped:  # by one of the shards that share it
            yield f"one shard: {evidence.skipped[kind]}"
    elif isinstance(fact, FullDowngrade):
        for walk in fact.walks:
            if why := why_walk_stopped(walk):
                yield f"from {describe_start(walk.start)}, {why}"
    elif isinstance(fact, ForkOrders):
        for fork in fact.forks:
            if why := _why_fork_not_judged(fork):
                start, revisions = describe_start(fork.start), first_few(fork.revisions)
                yield f"from {start}, the fork of {revisions}: {why}"


def why_walk_stopped(walk: DowngradeWalk) -> str:
    """Why a walk down ended early, "" where it did not."""
    if walk.is_interrupted:
        return f"interrupted: {len(walk.downgraded)} of {walk.planned} revisions were taken down"
    if walk.broken_by is not None:
        return f"it stopped: {walk.broken_by.failed_step}{walk.broken_by.message}"
    return ""


def _why_fork_not_judged(fork: Fork) -> str:
    if fork.is_unreached:
        return "Alembic's own order fails, in this fork or before it"
    if fork.is_nondeterministic:
        return "the same order ends in another schema each time"
    if fork.is_interrupted:
        return f"interrupted after {quantity(fork.order_count, 'order')}"
    return ""
