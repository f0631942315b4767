"""What facts leave open: of what a check that looks at them is not judged, and why."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.core.values.phrases import first_few, quantity
from alembic_rehearsal.rehearsal.checks.check import Check
from alembic_rehearsal.rehearsal.checks.wording import describe_start
from alembic_rehearsal.rehearsal.facts.branches import Fork, ForkOrders
from alembic_rehearsal.rehearsal.facts.downgrade import DowngradeWalk, FullDowngrade, Stairway
from alembic_rehearsal.rehearsal.facts.evidence import Evidence


def check_gaps(check: Check, evidence: Evidence) -> Iterator[str]:
    """Of what a check that has its facts is not judged, all the same, a sentence each."""
    for kind in (*check.needs, *check.uses):
        yield from fact_gaps(evidence, kind)
    yield from check.find_gaps(evidence)


def fact_gaps(evidence: Evidence, kind: type) -> Iterator[str]:
    """What a fact of this type did not see, one sentence each; none where it saw all."""
    fact = evidence.facts.get(kind)
    if isinstance(fact, Stairway):
        if fact.unreached:
            yield f"not reached: {first_few(fact.unreached)}"
        if fact.missed:
            yield f"interrupted before {first_few(fact.missed)}"
        if kind in evidence.skipped:  # by one of the shards that it was divided among
            yield f"one shard: {evidence.skipped[kind]}"
    elif isinstance(fact, FullDowngrade):
        for way in fact.walks:
            if why := why_walk_stopped(way):
                yield f"from {describe_start(way.start)}, {why}"
    elif isinstance(fact, ForkOrders):
        for fork in fact.forks:
            if why := _why_fork_not_judged(fork):
                yield f"from {describe_start(fork.start)}, the fork of {first_few(fork.revisions)}: {why}"


def why_walk_stopped(walk: DowngradeWalk) -> str:
    """Why a walk down did not get as far as it could have, "" where it did."""
    if walk.is_interrupted:
        return f"interrupted: {len(walk.downgraded)} of {walk.planned} revisions were taken down"
    if walk.broken_by is not None:
        return f"it broke off: {walk.broken_by.failed_step}{walk.broken_by.message}"
    return ""


def _why_fork_not_judged(fork: Fork) -> str:
    if fork.is_unreached:
        return "upgraded in Alembic's own order it fails, here or before"
    if fork.is_nondeterministic:
        return "one and the same order ends in another schema each time"
    if fork.is_interrupted:
        return f"interrupted after {quantity(fork.order_count, 'order')}"
    return ""
