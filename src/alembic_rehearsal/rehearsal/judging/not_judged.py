"""What facts leave open: of what a check that looks at them is not judged, and why."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.core.values.phrases import first_few, quantity
from alembic_rehearsal.rehearsal.checks.check import Check
from alembic_rehearsal.rehearsal.checks.wording import started
from alembic_rehearsal.rehearsal.facts.branches import Fork, Orders
from alembic_rehearsal.rehearsal.facts.downgrade import FullDowngrade, Stairway, WayDown
from alembic_rehearsal.rehearsal.facts.evidence import Evidence


def not_seen(check: Check, scene: Evidence) -> Iterator[str]:
    """Of what a check that has its facts is not judged, all the same, a sentence each."""
    for kind in (*check.needs, *check.uses):
        yield from gaps(scene, kind)
    yield from check.unseen(scene)


def gaps(scene: Evidence, kind: type) -> Iterator[str]:
    """What a fact of this type did not see, one sentence each; none where it saw all."""
    fact = scene.facts.get(kind)
    if isinstance(fact, Stairway):
        if fact.unreached:
            yield f"not reached: {first_few(fact.unreached)}"
        if fact.missed:
            yield f"interrupted before {first_few(fact.missed)}"
        if kind in scene.skipped:  # by one of the shards that it was divided among
            yield f"one shard: {scene.skipped[kind]}"
    elif isinstance(fact, FullDowngrade):
        for way in fact.ways:
            if why := of_way(way):
                yield f"from {started(way.start)}, {why}"
    elif isinstance(fact, Orders):
        for fork in fact.forks:
            if why := _of_fork(fork):
                yield f"from {started(fork.start)}, the fork of {first_few(fork.revisions)}: {why}"


def of_way(way: WayDown) -> str:
    """Why a walk down did not get as far as it could have, "" where it did."""
    if way.is_cut_short:
        return f"interrupted: {len(way.walked)} of {way.planned} revisions were taken down"
    if way.broken_by is not None:
        return f"it broke off: {way.broken_by.failed_step}{way.broken_by.message}"
    return ""


def _of_fork(fork: Fork) -> str:
    if fork.unreached:
        return "upgraded in Alembic's own order it fails, here or before"
    if fork.unsteady:
        return "one and the same order ends in another schema each time"
    if fork.is_cut_short:
        return f"interrupted after {quantity(fork.orders, 'order')}"
    return ""
