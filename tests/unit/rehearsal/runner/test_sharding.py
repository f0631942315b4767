"""Which experiments a run executes, by the chosen checks and by shard."""

from __future__ import annotations

import pytest

from alembic_rehearsal.rehearsal.checks.all_checks import CHECKS
from alembic_rehearsal.rehearsal.experiments.all_experiments import EXPERIMENTS
from alembic_rehearsal.rehearsal.facts.downgrade import Stairway
from alembic_rehearsal.rehearsal.facts.evidence import LoadedHistory
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.facts.upgrade import (
    RestoredSnapshot,
    StartComparison,
    UpgradeFromEmpty,
    UpgradeFromSnapshot,
)
from alembic_rehearsal.rehearsal.judging.selection import facts_for
from alembic_rehearsal.rehearsal.runner.sharding import ShardPlan, plan_shard

ALL = (1, 1)


def made(found: ShardPlan) -> set[type]:
    return {each.makes for each in found.experiments}


def test_a_whole_run_has_every_experiment_in_its_order() -> None:
    found = plan_shard(EXPERIMENTS, facts_for(Scope()), ALL)
    assert found.experiments == EXPERIMENTS
    assert found.other_shard_facts == frozenset()


def test_only_what_the_chosen_checks_need_is_run() -> None:
    assert made(plan_shard(EXPERIMENTS, {LoadedHistory}, ALL)) == set()
    assert made(plan_shard(EXPERIMENTS, {Stairway}, ALL)) == {RestoredSnapshot, Stairway}
    assert made(plan_shard(EXPERIMENTS, {StartComparison}, ALL)) == {
        *(UpgradeFromEmpty, RestoredSnapshot, UpgradeFromSnapshot, StartComparison)
    }


@pytest.mark.parametrize("each", CHECKS, ids=lambda each: each.code)
def test_a_check_that_is_chosen_alone_has_all_its_facts(each: object) -> None:
    scope = Scope(frozenset({each.code}))  # type: ignore[attr-defined]
    makers = {experiment.makes for experiment in EXPERIMENTS}
    wanted = facts_for(scope)
    assert wanted & makers <= made(plan_shard(EXPERIMENTS, wanted, ALL))


@pytest.mark.parametrize("count", [1, 2, 3, 8, 30])
def test_together_the_shards_run_all_and_none_misses_what_it_needs(count: int) -> None:
    wanted = facts_for(Scope())
    plans = [plan_shard(EXPERIMENTS, wanted, (number, count)) for number in range(1, count + 1)]
    assert set().union(*(made(each) for each in plans)) == {each.makes for each in EXPERIMENTS}
    for each in plans:
        here = made(each)
        assert Stairway in here
        assert here | each.other_shard_facts == {every.makes for every in EXPERIMENTS}
        assert not here & each.other_shard_facts
        for experiment in each.experiments:
            assert {*experiment.needs, *experiment.after} & each.other_shard_facts == set()


def test_an_experiment_that_nobody_needs_is_in_one_shard_alone() -> None:
    wanted = facts_for(Scope())
    plans = [plan_shard(EXPERIMENTS, wanted, (number, 3)) for number in (1, 2, 3)]
    assert sum(StartComparison in made(each) for each in plans) == 1


@pytest.mark.parametrize("count", [0, 1, 5, 17])
@pytest.mark.parametrize("shards", [1, 2, 3, 8])
def test_the_parts_of_all_shards_are_the_whole(count: int, shards: int) -> None:
    parts = [Scope(shard=(number, shards)).shard_range(count) for number in range(1, shards + 1)]
    assert [each for part in parts for each in part] == list(range(count))
