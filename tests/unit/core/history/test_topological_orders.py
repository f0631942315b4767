"""Orders of a history: compared with brute force for small ones, consistent for large ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import islice, permutations
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_rehearsal.core.history.topological_orders import (
    MAX_ORDERS,
    Order,
    OrderSample,
    Region,
    choose_orders,
    every_order,
    find_regions,
    find_swap,
    reversed_pairs,
)

Needs = Mapping[str, tuple[str, ...]]
unhurried = settings(deadline=None, max_examples=60)  # a busy machine is no failure
DIAMOND: Needs = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c")}


@st.composite
def histories(draw: st.DrawFn, *, at_most: int = 6) -> Needs:
    """Any history: each revision needs some of those before it."""
    ids = [f"r{number}" for number in range(draw(st.integers(1, at_most)))]
    return {
        id: tuple(draw(st.lists(st.sampled_from(ids[:at]), unique=True))) if at else ()
        for at, id in enumerate(ids)
    }


@st.composite
def forks(draw: st.DrawFn, *, at_most: int = 6) -> tuple[Region, Needs]:
    """Any region with more than one legal order, and the history that it is in."""
    needs = draw(histories(at_most=at_most).filter(lambda each: find_regions(list(each), each)))
    return draw(st.sampled_from(find_regions(list(needs), needs))), needs


def parallel(*lengths: int) -> Region:
    """One region of independent branches."""
    needs: dict[str, tuple[str, ...]] = {}
    for branch, length in zip("abcdefgh", lengths, strict=False):
        for number in range(length):
            needs[f"{branch}{number}"] = (f"{branch}{number - 1}",) if number else ()
    (region,) = find_regions(list(needs), needs)
    return region


def is_legal(order: Order, needs: Needs) -> bool:
    return all(
        order.index(need) < at for at, id in enumerate(order) for need in needs[id] if need in order
    )


def all_legal(ids: Order, needs: Needs) -> set[Order]:
    return {each for each in permutations(ids) if is_legal(each, needs)}


# --- regions -----------------------------------------------------------------------------


def test_a_line_has_nothing_to_order() -> None:
    assert find_regions("abc", {"a": (), "b": ("a",), "c": ("b",)}) == ()


def test_a_fork_and_its_merge_leave_a_region_between_two_cuts() -> None:
    (region,) = find_regions("abcd", DIAMOND)
    assert (region.start, region.revisions, region.stop) == (1, ("b", "c"), 3)


def test_two_unmerged_heads_are_a_region_with_an_open_end() -> None:
    (region,) = find_regions("abc", {"a": (), "b": ("a",), "c": ("a",)})
    assert region.revisions == ("b", "c")


def test_two_forks_in_a_row_are_two_regions() -> None:
    needs = {**DIAMOND, "e": ("d",), "f": ("d",)}
    assert [each.revisions for each in find_regions("abcdef", needs)] == [("b", "c"), ("e", "f")]


def test_branches_that_two_merges_join_are_cut_between_two_revisions() -> None:
    needs = {**DIAMOND, "e": ("b", "c")}
    assert [each.revisions for each in find_regions("abcde", needs)] == [("b", "c"), ("d", "e")]


def test_a_dependency_between_branches_counts_as_a_parent_does() -> None:
    needs = {**DIAMOND, "c": ("a", "b")}
    assert find_regions("abcd", needs) == ()


def test_needs_outside_the_plan_count_as_applied() -> None:
    needs = {**DIAMOND, "e": ("a", "d")}
    (region,) = find_regions("bcde", needs)
    assert (region.start, region.revisions) == (0, ("b", "c"))


@unhurried
@given(histories())
def test_the_orders_of_the_regions_combine_to_all_orders_of_the_history(needs: Needs) -> None:
    whole = tuple(needs)
    made: set[Order] = {()}
    at = 0
    for region in find_regions(whole, needs):
        between = whole[at : region.start]
        made = {(*head, *between, *own) for head in made for own in every_order(region)}
        at = region.stop
    assert {(*head, *whole[at:]) for head in made} == all_legal(whole, needs)


@unhurried
@given(histories(at_most=12))
def test_no_region_can_be_cut_any_further(needs: Needs) -> None:
    for region in find_regions(list(needs), needs):
        assert len(list(islice(every_order(region), 2))) == 2
        for at in range(1, len(region.revisions)):
            before = (1 << at) - 1
            assert any(each & before != before for each in region.ancestors[at:])


# --- orders ------------------------------------------------------------------------------


@unhurried
@given(forks())
def test_every_order_is_legal_there_once_and_none_is_left_out(fork: tuple[Region, Needs]) -> None:
    region, needs = fork
    found = list(every_order(region))
    assert found[0] == region.revisions
    assert len(found) == len(set(found))
    assert set(found) == all_legal(region.revisions, needs)


def test_orders_come_one_at_a_time_however_many_there_are() -> None:
    region = parallel(40, 40)  # 10^23 of them
    assert len(list(islice(every_order(region), 100))) == 100


def test_a_thousand_parallel_revisions_do_not_recurse() -> None:
    assert len(next(every_order(parallel(500, 500)))) == 1000


@unhurried
@given(forks(at_most=12), st.integers(1, 30), st.integers())
def test_a_sample_is_legal_distinct_within_its_limit_and_begins_with_the_plan(
    fork: tuple[Region, Needs], limit: int, seed: int
) -> None:
    region, needs = fork
    sample = choose_orders(region, limit=limit, seed=seed)
    assert sample.orders[0] == region.revisions
    assert len(set(sample.orders)) == len(sample.orders) <= limit
    assert all(is_legal(each, needs) for each in sample.orders)
    assert all(sorted(each) == sorted(region.revisions) for each in sample.orders)
    assert sample.is_complete == (len(list(islice(every_order(region), limit + 1))) <= limit)


def test_up_to_the_limit_all_orders_are_chosen() -> None:
    assert choose_orders(parallel(1, 1, 1, 1)) == OrderSample(
        tuple(every_order(parallel(1, 1, 1, 1))), is_complete=True
    )


def test_a_sample_is_full_and_has_each_branch_first() -> None:
    region = parallel(4, 4, 4)
    sample = choose_orders(region)
    assert (len(sample.orders), sample.is_complete) == (MAX_ORDERS, False)
    for branch in "abc":
        own = tuple(f"{branch}{number}" for number in range(4))
        assert own in {each[:4] for each in sample.orders}
        assert own in {each[-4:] for each in sample.orders} or branch == "b"


@unhurried
@given(st.lists(st.integers(3, 6), min_size=2, max_size=4))
def test_a_sample_reverses_every_pair_of_two_branches(lengths: list[int]) -> None:
    region = parallel(*lengths)
    seen = {
        pair
        for each in choose_orders(region).orders
        for pair in reversed_pairs(region.revisions, each)
    }
    assert seen == {
        (one, other)
        for at, one in enumerate(region.revisions)
        for other in region.revisions[at + 1 :]
        if one[0] != other[0]
    }


def test_one_seed_gives_one_sample_and_another_seed_another() -> None:
    region = parallel(6, 6)
    assert choose_orders(region, seed=7) == choose_orders(region, seed=7)
    assert choose_orders(region, seed=7) != choose_orders(region, seed=8)


def test_the_orders_of_branches_are_drawn_about_equally_often() -> None:
    region = parallel(2, 3)
    seen = Counter(
        each
        for seed in range(1000)
        for each in choose_orders(region, limit=4, seed=seed).orders[3:]
    )
    total = comb(5, 2)
    assert len(seen) >= total - 3
    assert max(seen.values()) < 2 * min(seen.values())


# --- the pair ----------------------------------------------------------------------------


@unhurried
@given(forks(at_most=9), st.data())
def test_the_pair_that_matters_is_found_between_two_legal_orders(
    fork: tuple[Region, Needs], data: st.DataObject
) -> None:
    region, needs = fork
    orders = list(islice(every_order(region), 100))
    bad = data.draw(st.sampled_from(orders[1:]))
    deciding = data.draw(st.sampled_from(reversed_pairs(region.revisions, bad)))
    asked = []

    def ends_well(order: Order) -> bool:
        asked.append(order)
        return order.index(deciding[0]) < order.index(deciding[1])

    swap = find_swap(region.revisions, bad, ends_well)
    assert (swap.first, swap.second) == deciding
    assert all(is_legal(each, needs) for each in (*asked, swap.good, swap.bad))
    assert reversed_pairs(swap.good, swap.bad) == (deciding,)
    assert 2 ** (len(asked) - 1) <= len(reversed_pairs(region.revisions, bad))


@unhurried
@given(forks(at_most=9), st.data())
def test_the_two_orders_of_a_swap_end_differently(
    fork: tuple[Region, Needs], data: st.DataObject
) -> None:
    region, _ = fork
    orders = list(islice(every_order(region), 100))
    bad = data.draw(st.sampled_from(orders[1:]))
    well = {each: data.draw(st.booleans()) for each in orders} | {orders[0]: True, bad: False}
    swap = find_swap(orders[0], bad, lambda order: well.get(order, True))
    assert well.get(swap.good, True)
    assert not well.get(swap.bad, True)
    assert reversed_pairs(swap.good, swap.bad) == ((swap.first, swap.second),)


@pytest.mark.parametrize("at", [0, 3, 8])
def test_a_swap_of_neighbours_is_found_without_trying(at: int) -> None:
    good = tuple("abcdefghij")
    bad = (*good[:at], good[at + 1], good[at], *good[at + 2 :])
    swap = find_swap(good, bad, lambda _: pytest.fail("nothing lies between them"))
    assert (swap.first, swap.second, swap.bad) == (good[at], good[at + 1], bad)
