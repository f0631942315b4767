"""The legal orders of a forked history: those in which parents run before their children.

Pure: knows only which revision needs which, nothing of migrations, databases or pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from random import Random

MAX_ORDERS = 24  # orders that are run for one region; four parallel revisions have 24 orders
_DRAWS_PER_ORDER = 50  # random draws for each order of a sample, at most

Order = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """Consecutive revisions of a plan whose order can change among themselves.

    `start` is the number of revisions of the plan that come before it; `revisions` are in the
    order of the plan.  `ancestors` has, for each of them, the positions of its ancestors within
    the region, as the bits of a number.
    """

    start: int
    revisions: Order
    ancestors: tuple[int, ...]

    @property
    def stop(self) -> int:
        return self.start + len(self.revisions)


@dataclass(frozen=True, slots=True)
class OrderSample:
    """The orders of a region that are to be run, the plan's own first.

    `is_complete` is True if the region has no other order.
    """

    orders: tuple[Order, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Swap:
    """One swap of two neighbouring revisions that changes the result.

    The order `good` runs `first` directly before `second` and ends well; the order `bad` runs
    `second` directly before `first`, is the same otherwise, and does not end well.
    """

    first: str
    second: str
    good: Order
    bad: Order


def find_regions(plan: Sequence[str], needs: Mapping[str, Collection[str]]) -> tuple[Region, ...]:
    """The parts of a plan that have more than one legal order, independent of each other.

    `needs` has the parents and dependencies of each revision; those outside the plan count as
    applied.  Between two regions is a cut: every revision after it descends from every revision
    before it.
    """
    bits = _ancestor_bits(plan, needs)
    cuts = [0, *_cuts(bits), len(plan)]
    return tuple(
        Region(start, tuple(plan[start:stop]), tuple(each >> start for each in bits[start:stop]))
        for start, stop in pairwise(cuts)
        if stop - start > 1
    )


def _ancestor_bits(plan: Sequence[str], needs: Mapping[str, Collection[str]]) -> list[int]:
    """For each revision of the plan the positions of its ancestors, as bits."""
    position = {id: at for at, id in enumerate(plan)}
    bits: list[int] = []
    for id in plan:
        own = 0
        for at in (position[need] for need in needs[id] if need in position):
            own |= bits[at] | 1 << at
        bits.append(own)
    return bits


def _cuts(ancestors: Sequence[int]) -> list[int]:
    """The positions where everything that follows descends from everything before."""
    found = []
    common = -1  # the bits that every revision from here on has
    for at in range(len(ancestors) - 1, 0, -1):
        common &= ancestors[at]
        if common & (all_before := (1 << at) - 1) == all_before:
            found.append(at)
    return found[::-1]


# --- choosing orders ----------------------------------------------------------------------


def choose_orders(region: Region, *, limit: int = MAX_ORDERS, seed: int = 0) -> OrderSample:
    """Every order of a region if there are at most `limit`, otherwise a sample of `limit`.

    A sample has the extremes: each branch as a whole before all others, and the order that
    reverses the most pairs.  The rest is drawn at random, the same for the same seed.
    """
    first = tuple(islice(every_order(region), limit + 1))
    if len(first) <= limit:
        return OrderSample(first, is_complete=True)
    chosen = dict.fromkeys(islice(_extremes(region), limit))
    random = Random(f"{seed} {region.revisions[0]}")
    for _ in range(limit * _DRAWS_PER_ORDER):
        if len(chosen) == limit:
            break
        chosen[_random_order(region, random)] = None
    return OrderSample(tuple(chosen), is_complete=False)


def every_order(region: Region) -> Iterator[Order]:
    """Each legal order once, lazily: their number can be huge.

    The plan's own order comes first, then those that differ from it near the end.
    """
    size = len(region.revisions)
    chosen: list[int] = []
    done = 0
    waiting = [_ready_positions(region, 0)]
    while waiting:
        if len(chosen) == size:
            yield _order_at(region, chosen)
        if waiting[-1]:
            chosen.append(waiting[-1].pop(0))
            done |= 1 << chosen[-1]
            waiting.append(_ready_positions(region, done))
        else:
            waiting.pop()
            if chosen:
                done &= ~(1 << chosen.pop())


def _extremes(region: Region) -> Iterator[Order]:
    """The plan's own order; the one that differs most from it; each branch first."""
    yield region.revisions
    yield _order_at(region, _build_order(region, lambda free: free[-1]))
    for tip in _tips(region):
        first = region.ancestors[tip] | 1 << tip

        def own_first(free: list[int], first: int = first) -> int:
            return next((at for at in free if first >> at & 1), free[0])

        yield _order_at(region, _build_order(region, own_first))


def _tips(region: Region) -> list[int]:
    """The positions of the revisions that have no descendant in the region."""
    with_descendants = 0
    for each in region.ancestors:
        with_descendants |= each
    return [at for at in range(len(region.ancestors)) if not with_descendants >> at & 1]


def _random_order(region: Region, random: Random) -> Order:
    """An order drawn at random: each next revision with the number of its descendants as weight.

    If no branches join inside the region, every order is equally likely.
    """
    weight = [
        1 + sum(each >> at & 1 for each in region.ancestors) for at in range(len(region.ancestors))
    ]

    def next_one(free: list[int]) -> int:
        return random.choices(free, [weight[at] for at in free])[0]

    return _order_at(region, _build_order(region, next_one))


def _build_order(region: Region, choice: Callable[[list[int]], int]) -> list[int]:
    """An order, built by choosing each time among the positions that may come next."""
    chosen: list[int] = []
    done = 0
    while free := _ready_positions(region, done):
        chosen.append(choice(free))
        done |= 1 << chosen[-1]
    return chosen


def _ready_positions(region: Region, done: int) -> list[int]:
    """The positions that may come next after those in `done` (bits), in the plan's order."""
    return [
        at for at, each in enumerate(region.ancestors) if not done >> at & 1 and each & done == each
    ]


def _order_at(region: Region, positions: Sequence[int]) -> Order:
    return tuple(region.revisions[at] for at in positions)


# --- finding the pair ---------------------------------------------------------------------


def reversed_pairs(first: Order, second: Order) -> tuple[tuple[str, str], ...]:
    """The pairs of revisions (earlier, later) of the first order that the second reverses."""
    place = {id: at for at, id in enumerate(second)}
    return tuple(
        (one, other)
        for at, one in enumerate(first)
        for other in first[at + 1 :]
        if place[other] < place[one]
    )


def find_swap(good: Order, bad: Order, ends_well: Callable[[Order], bool]) -> Swap:
    """The swap of two neighbours that turns a good order into a bad one.

    A bubble sort leads from one legal order of a region to another by swaps of neighbours, and
    every order between them is legal.  A binary search over these n swaps calls `ends_well`
    about log2(n) times.
    """
    swaps = _swap_positions(good, bad)
    low, high = 0, len(swaps)
    while high - low > 1:
        middle = (low + high) // 2
        if ends_well(_swapped(good, swaps[:middle])):
            low = middle
        else:
            high = middle
    before, at = _swapped(good, swaps[:low]), swaps[low]
    return Swap(before[at], before[at + 1], before, _swapped(before, [at]))


def _swap_positions(first: Order, last: Order) -> list[int]:
    """The positions at which to swap neighbours, in turn, to get from one order to another."""
    place = {id: at for at, id in enumerate(last)}
    order = list(first)
    swaps = []
    for end in range(len(order) - 1, 0, -1):
        for at in range(end):
            if place[order[at]] > place[order[at + 1]]:
                order[at], order[at + 1] = order[at + 1], order[at]
                swaps.append(at)
    return swaps


def _swapped(order: Order, swaps: Sequence[int]) -> Order:
    now = list(order)
    for at in swaps:
        now[at], now[at + 1] = now[at + 1], now[at]
    return tuple(now)
