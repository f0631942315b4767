"""Chooses the experiments to run: those whose facts are needed, and a shard's share of them.

Runs none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alembic_rehearsal.rehearsal.runner.context import Experiment


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """The experiments to run in this shard, in order, and the facts that only others make."""

    experiments: tuple[Experiment, ...]
    other_shard_facts: frozenset[type] = frozenset()


def plan_shard(
    experiments: Sequence[Experiment], wanted: Iterable[type], shard: tuple[int, int]
) -> ShardPlan:
    """Choose what this shard runs of all that the wanted facts need.

    `shard` is its number and how many there are.  Experiments that no other one uses are dealt
    out in turn; every shard runs its part of the divisible ones, and whatever its own
    experiments need.
    """
    chosen = _needed_experiments(experiments, wanted)
    number, shards = shard
    used = {kind for each in chosen for kind in (*each.needs, *each.after)}
    ends = [each for each in chosen if each.makes not in used and not each.is_divisible]
    own = {each.makes for each in ends[number - 1 :: shards]}
    own |= {each.makes for each in chosen if each.is_divisible}
    here = _needed_experiments(experiments, own)
    return ShardPlan(here, frozenset(each.makes for each in chosen if each not in here))


def _needed_experiments(
    experiments: Sequence[Experiment], wanted: Iterable[type]
) -> tuple[Experiment, ...]:
    """The experiments that make these facts, and all whose facts those need or use."""
    makers = {each.makes: each for each in experiments}
    found: set[Experiment] = set()
    waiting = [makers[kind] for kind in wanted if kind in makers]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += [makers[kind] for kind in (*each.needs, *each.after) if kind in makers]
    return tuple(each for each in experiments if each in found)
