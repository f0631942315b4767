"""Experiment: run each fork of the history in its other legal orders, up to a bound.

Only the parts that have more than one order are run, each on a clone of the schema before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from alembic_rehearsal.core.history.topological_orders import (
    Order,
    Region,
    choose_orders,
    find_regions,
    find_swap,
    reversed_pairs,
)
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.steps import Failure, WalkMode
from alembic_rehearsal.core.project.upgrade import check_resources
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.rehearsal.facts.branches import Clash, Fork, ForkOrders
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.upgrade import RestoredSnapshot
from alembic_rehearsal.rehearsal.runner.checkpoints import Checkpoints
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment
from alembic_rehearsal.rehearsal.runner.watch import open_observer


def run_fork_orders(context: Context, evidence: Evidence) -> ForkOrders:
    """Run the other orders of each fork, from each start."""
    found = [
        _ForkRun(context, checkpoints, region)
        for checkpoints in context.checkpoints(evidence)
        for region in find_regions(checkpoints.plan, _parents_by_revision(context))
        if not context.scope.left_out.issuperset(region.revisions)
    ]
    forks = [each.run() for each in found]
    return ForkOrders(tuple(forks), context.settings.random_seed)


def _parents_by_revision(context: Context) -> dict[str, tuple[str, ...]]:
    return {each.id: each.down + each.depends_on for each in context.history.revisions}


@dataclass(frozen=True, slots=True)
class _OrderResult:
    """The end of one order: a schema and its differences from the plan's, or a failure."""

    picture: Picture | None = None
    differences: tuple[Difference, ...] = ()
    failure: Failure | None = None

    @property
    def matches_plan(self) -> bool:
        return self.failure is None and not self.differences


@dataclass(frozen=True, slots=True)
class _ForkRun:
    """One region of one upgrade, and the results of its orders that have been run."""

    context: Context
    checkpoints: Checkpoints
    region: Region
    results: dict[Order, _OrderResult] = field(default_factory=dict)

    def run(self) -> Fork:
        region, start = self.region, self.checkpoints.start
        if self.context.interrupted.is_set():
            return Fork(start, region.revisions, is_all=False, is_interrupted=True)
        choice = choose_orders(region, seed=self.context.settings.random_seed)
        try:
            self.checkpoints.save(region.start)
            own = self._run_order(region.revisions, None)
        except StepFailed:
            return Fork(start, region.revisions, is_unreached=True)
        if own.picture is None:
            return Fork(start, region.revisions, is_unreached=True)
        others = choice.orders[1:]
        with ThreadPoolExecutor(self.context.cores) as pool:
            list(pool.map(lambda order: self._run_order_once(order, own.picture), others))
        bad = [
            order
            for order in others
            if order in self.results and not self.results[order].matches_plan
        ]
        # Where the plan's own order ends in another schema this time, the others prove nothing.
        varies = bool(bad) and not self._run_order(region.revisions, own.picture).matches_plan
        clashes = () if varies else tuple(self._find_clashes(bad, own.picture))
        is_incomplete = any(order not in self.results for order in others)
        return Fork(
            start,
            region.revisions,
            order_count=1 + sum(order in self.results for order in others),
            is_all=choice.is_complete and not is_incomplete,
            clashes=clashes,
            is_nondeterministic=varies,
            is_interrupted=is_incomplete or (bool(bad) and self.context.interrupted.is_set()),
        )

    def _find_clashes(self, bad: Sequence[Order], own: Picture) -> Iterator[Clash]:
        """A clash for each bad order that no clash found before explains.

        Orders with the fewest reversed pairs come first.
        """
        plan = self.region.revisions
        found: set[tuple[str, str]] = set()
        for order in sorted(bad, key=lambda each: len(reversed_pairs(plan, each))):
            if self.context.interrupted.is_set() or found.intersection(reversed_pairs(plan, order)):
                continue
            swap = find_swap(plan, order, lambda each: self._run_order_once(each, own).matches_plan)
            end = self._run_order_once(swap.bad, own)
            if self.context.interrupted.is_set():  # an interrupted order looks like a failure
                return
            found.add((swap.first, swap.second))
            yield Clash(swap.first, swap.second, end.differences, end.failure)

    def _run_order_once(self, order: Order, own: Picture | None) -> _OrderResult:
        """The result of an order, which is run at most once, and not after an interruption."""
        if order not in self.results and not self.context.interrupted.is_set():
            self.results[order] = self._run_order(order, own)
        return self.results.get(order, _OrderResult())

    def _run_order(self, order: Order, own: Picture | None) -> _OrderResult:
        """Run an order to its end, and compare the schema with `own`, that of the plan's order."""
        with self.context.temporary_database_at(self.checkpoints, self.region.start) as database:
            try:
                with (
                    self.context.open_walk(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
                    open_observer(walk, database) as observer,
                ):
                    for id in order:
                        walk.up(id)
                    picture = observer.picture()
                    return _OrderResult(picture, observer.differences(own or picture, picture))
            except StepFailed as stopped:
                check_resources(stopped.failure)
                return _OrderResult(failure=stopped.failure)


FORK_ORDERS = Experiment(
    "forked revisions in their other orders",
    ForkOrders,
    (),
    run_fork_orders,
    after=(RestoredSnapshot,),
)
