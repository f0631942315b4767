"""Which experiments are to be performed: those that somebody needs, and a shard's share of them.

Performs none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alembic_rehearsal.rehearsal.runner.context import Experiment


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """What to perform here, in order, and the facts that are made in other shards alone."""

    experiments: tuple[Experiment, ...]
    other_shard_facts: frozenset[type] = frozenset()


def plan_shard(
    experiments: Sequence[Experiment], wanted: Iterable[type], shard: tuple[int, int]
) -> ShardPlan:
    """What this shard performs of all that the wanted facts need.

    Experiments that no other one looks at are dealt out in turn; each shard takes its piece
    of those that can be held in pieces, and performs for itself what its own ones need.
    """
    chosen = _needed_experiments(experiments, wanted)
    number, shards = shard
    looked_at = {kind for each in chosen for kind in (*each.needs, *each.after)}
    ends = [each for each in chosen if each.makes not in looked_at and not each.is_divisible]
    own = {each.makes for each in ends[number - 1 :: shards]}
    own |= {each.makes for each in chosen if each.is_divisible}
    here = _needed_experiments(experiments, own)
    return ShardPlan(here, frozenset(each.makes for each in chosen if each not in here))


def _needed_experiments(
    experiments: Sequence[Experiment], wanted: Iterable[type]
) -> tuple[Experiment, ...]:
    """The experiments that make these facts, and those whose facts they look at."""
    makers = {each.makes: each for each in experiments}
    found: set[Experiment] = set()
    waiting = [makers[kind] for kind in wanted if kind in makers]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += [makers[kind] for kind in (*each.needs, *each.after) if kind in makers]
    return tuple(each for each in experiments if each in found)
