"""The arithmetic of orders: in which sequences a forked history may legally be run.

Pure: it knows what stands on what, and nothing of migrations, databases or pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from random import Random

MAX_ORDERS = 24  # orders of one region that are run; four revisions side by side have as many
_DRAWS_PER_ORDER = 50  # draws for each order that a sample still lacks

Order = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """Revisions in a row of which some may change places, and none with one outside.

    `start` is how many revisions of the plan come before it; `revisions` are in the plan's
    own order.  `below` has, for each of them, the positions of those in here that it stands
    on, directly or not, as the bits of a number.
    """

    start: int
    revisions: Order
    ancestors: tuple[int, ...]

    @property
    def stop(self) -> int:
        return self.start + len(self.revisions)


@dataclass(frozen=True, slots=True)
class OrderSample:
    """The orders of a region to run, the plan's own first; `is_all` says that there is no other."""

    orders: tuple[Order, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Swap:
    """Where two orders that end differently part: one swap of two neighbours.

    `before` runs `first` right before `second`, and ends as it should; `after` runs them the
    other way round, all else alike, and does not.
    """

    first: str
    second: str
    good: Order
    bad: Order


def find_regions(plan: Sequence[str], needs: Mapping[str, Collection[str]]) -> tuple[Region, ...]:
    """The parts of a plan that have more than one legal order, independent of each other.

    `needs` are the parents and dependencies of each revision; those outside the plan are
    met.  Between two regions lies a cut: all that follows it stands on all that precedes it.
    """
    below = _ancestor_bits(plan, needs)
    cuts = [0, *_cuts(below), len(plan)]
    return tuple(
        Region(start, tuple(plan[start:stop]), tuple(each >> start for each in below[start:stop]))
        for start, stop in pairwise(cuts)
        if stop - start > 1
    )


def _ancestor_bits(plan: Sequence[str], needs: Mapping[str, Collection[str]]) -> list[int]:
    """For each revision the positions of all that it stands on, as bits."""
    position = {id: at for at, id in enumerate(plan)}
    below: list[int] = []
    for id in plan:
        own = 0
        for at in (position[need] for need in needs[id] if need in position):
            own |= below[at] | 1 << at
        below.append(own)
    return below


def _cuts(below: Sequence[int]) -> list[int]:
    """The places where all that follows stands on all that precedes."""
    found = []
    common = -1  # the bits that everything from here on has
    for at in range(len(below) - 1, 0, -1):
        common &= below[at]
        if common & (all_before := (1 << at) - 1) == all_before:
            found.append(at)
    return found[::-1]


# --- choosing orders ----------------------------------------------------------------------


def choose_orders(region: Region, *, limit: int = MAX_ORDERS, seed: int = 0) -> OrderSample:
    """Every order of a region where there are at most `bound`, otherwise a sample of as many.

    A sample has the extremes: each branch as a whole before all others, and the order that
    turns round as much as it can; the rest is drawn, the same for the same seed.
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
    """Each legal order once, one at a time: there may be more than anybody can count.

    The plan's own comes first, then those that differ from it near the end.
    """
    size = len(region.revisions)
    taken: list[int] = []
    done = 0
    waiting = [_ready_positions(region, 0)]
    while waiting:
        if len(taken) == size:
            yield _order_at(region, taken)
        if waiting[-1]:
            taken.append(waiting[-1].pop(0))
            done |= 1 << taken[-1]
            waiting.append(_ready_positions(region, done))
        else:
            waiting.pop()
            if taken:
                done &= ~(1 << taken.pop())


def _extremes(region: Region) -> Iterator[Order]:
    """The plan's own order; the one that is most unlike it; each branch first."""
    yield region.revisions
    yield _order_at(region, _build_order(region, lambda free: free[-1]))
    for tip in _tips(region):
        first = region.ancestors[tip] | 1 << tip

        def own_first(free: list[int], first: int = first) -> int:
            return next((at for at in free if first >> at & 1), free[0])

        yield _order_at(region, _build_order(region, own_first))


def _tips(region: Region) -> list[int]:
    """Those on which nothing in the region stands."""
    stood_on = 0
    for each in region.ancestors:
        stood_on |= each
    return [at for at in range(len(region.ancestors)) if not stood_on >> at & 1]


def _random_order(region: Region, random: Random) -> Order:
    """An order drawn at random: each next one by the number of those that wait for it.

    Where branches do not join inside the region, every order is as likely as any other.
    """
    weight = [
        1 + sum(each >> at & 1 for each in region.ancestors) for at in range(len(region.ancestors))
    ]

    def next_one(free: list[int]) -> int:
        return random.choices(free, [weight[at] for at in free])[0]

    return _order_at(region, _build_order(region, next_one))


def _build_order(region: Region, choice: Callable[[list[int]], int]) -> list[int]:
    """An order made by choosing each time among those that may come next."""
    taken: list[int] = []
    done = 0
    while free := _ready_positions(region, done):
        taken.append(choice(free))
        done |= 1 << taken[-1]
    return taken


def _ready_positions(region: Region, done: int) -> list[int]:
    """What may come next after those that are done, in the plan's order."""
    return [
        at for at, each in enumerate(region.ancestors) if not done >> at & 1 and each & done == each
    ]


def _order_at(region: Region, positions: Sequence[int]) -> Order:
    return tuple(region.revisions[at] for at in positions)


# --- finding the pair ---------------------------------------------------------------------


def reversed_pairs(first: Order, second: Order) -> tuple[tuple[str, str], ...]:
    """The pairs that stand in this sequence in the first order and the other way in the second."""
    place = {id: at for at, id in enumerate(second)}
    return tuple(
        (one, other)
        for at, one in enumerate(first)
        for other in first[at + 1 :]
        if place[other] < place[one]
    )


def find_swap(good: Order, bad: Order, ends_well: Callable[[Order], bool]) -> Swap:
    """The pair whose sequence decides, on the way from a good order to a bad one.

    Two legal orders of one region are joined by swaps of neighbours (a bubble sort), and all
    between them are legal.  Halving that way asks `ends_well` about the logarithm of its
    length.
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
    """Where to swap neighbours, one after the other, to get from one order to another."""
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
