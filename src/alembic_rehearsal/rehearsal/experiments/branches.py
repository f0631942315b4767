"""A forked history in every legal order, up to a bound: all must end in one schema.

Only parts that have more than one order are run, each from where it begins on a clone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from alembic_rehearsal.core.history.topological_orders import (
    Order,
    Region,
    choose,
    find_turn,
    regions,
    turned,
)
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.steps import Failure, WalkMode
from alembic_rehearsal.core.project.upgrade import check_resources
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.rehearsal.facts.branches import Clash, Fork, Orders
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.upgrade import Restored
from alembic_rehearsal.rehearsal.runner.checkpoints import Checkpoints
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment
from alembic_rehearsal.rehearsal.runner.watch import watching


def orders(stage: Context, scene: Evidence) -> Orders:
    """Run the other orders of each fork, from each start that it is run from."""
    found = [
        _Forked(stage, ladder, region)
        for ladder in stage.ladders(scene)
        for region in regions(ladder.plan, _needs(stage))
        if not stage.scope.left_out.issuperset(region.revisions)
    ]
    forks = [each.run() for each in found]
    return Orders(tuple(forks), stage.settings.random_seed)


def _needs(stage: Context) -> dict[str, tuple[str, ...]]:
    return {each.id: each.down + each.depends_on for each in stage.history.revisions}


@dataclass(frozen=True, slots=True)
class _End:
    """Where one order ended: a schema, and how it differs from the plan's; or a failure."""

    picture: Picture | None = None
    differences: tuple[Difference, ...] = ()
    failure: Failure | None = None

    @property
    def is_well(self) -> bool:
        return self.failure is None and not self.differences


@dataclass(frozen=True, slots=True)
class _Forked:
    """One region of one way up, and how the orders of it ended that have been run."""

    stage: Context
    ladder: Checkpoints
    region: Region
    ends: dict[Order, _End] = field(default_factory=dict)

    def run(self) -> Fork:
        region, start = self.region, self.ladder.start
        if self.stage.ended.is_set():
            return Fork(start, region.revisions, is_all=False, is_cut_short=True)
        choice = choose(region, seed=self.stage.settings.random_seed)
        try:
            self.ladder.keep(region.start)
            own = self._end(region.revisions, None)
        except StepFailed:
            return Fork(start, region.revisions, unreached=True)
        if own.picture is None:
            return Fork(start, region.revisions, unreached=True)
        others = choice.orders[1:]
        with ThreadPoolExecutor(self.stage.cores) as pool:
            list(pool.map(lambda order: self._ending(order, own.picture), others))
        bad = [order for order in others if order in self.ends and not self.ends[order].is_well]
        unsteady = bool(bad) and not self._end(region.revisions, own.picture).is_well
        clashes = () if unsteady else tuple(self._clashes(bad, own.picture))
        is_cut_short = any(order not in self.ends for order in others)
        return Fork(
            start,
            region.revisions,
            orders=1 + sum(order in self.ends for order in others),
            is_all=choice.is_all and not is_cut_short,
            clashes=clashes,
            unsteady=unsteady,
            is_cut_short=is_cut_short or (bool(bad) and self.stage.ended.is_set()),
        )

    def _clashes(self, bad: Sequence[Order], own: Picture) -> Iterator[Clash]:
        """A pair for each bad order that no pair found before explains, the shortest way first."""
        plan = self.region.revisions
        found: set[tuple[str, str]] = set()
        for order in sorted(bad, key=lambda each: len(turned(plan, each))):
            if self.stage.ended.is_set() or found.intersection(turned(plan, order)):
                continue
            turn = find_turn(plan, order, lambda each: self._ending(each, own).is_well)
            end = self._ending(turn.after, own)
            if self.stage.ended.is_set():  # what was cut short looks like a failure
                return
            found.add((turn.first, turn.second))
            yield Clash(turn.first, turn.second, end.differences, end.failure)

    def _ending(self, order: Order, own: Picture | None) -> _End:
        """Where an order ends, run once; nothing is run any more when somebody ends it all."""
        if order not in self.ends and not self.stage.ended.is_set():
            self.ends[order] = self._end(order, own)
        return self.ends.get(order, _End())

    def _end(self, order: Order, own: Picture | None) -> _End:
        """Run an order to its end, and hold it to the picture of the plan's own."""
        with self.stage.scratch(self.ladder, self.region.start) as database:
            try:
                with (
                    self.stage.walking(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
                    watching(walk, database) as watcher,
                ):
                    for id in order:
                        walk.up(id)
                    picture = watcher.picture()
                    return _End(picture, watcher.differences(own or picture, picture))
            except StepFailed as stopped:
                check_resources(stopped.failure)
                return _End(failure=stopped.failure)


ORDERS = Experiment("forked revisions in their other orders", Orders, (), orders, after=(Restored,))
