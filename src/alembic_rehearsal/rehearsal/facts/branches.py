"""What running a forked history in its other orders saw."""

from __future__ import annotations

from dataclasses import dataclass

from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.values.phrases import quantity
from alembic_rehearsal.rehearsal.facts.start import Start


@dataclass(frozen=True, slots=True)
class Clash:
    """Two revisions whose order matters, though neither stands on the other.

    `first` comes right before `second` in an order that ends as the plan's own does.  The
    other way round, all else alike, a step fails as `failure` says, or the schema has
    `differences`: that of the plan's order (first) against this one's (second).
    """

    first: str
    second: str
    differences: tuple[Difference, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Fork:
    """A part of one way up that has more than one legal order.

    `orders` is how many were run, and `is_all` that there are no others.  `unreached` says
    that the plan's own order fails there or before, so that no other was held to it;
    `unsteady` that it ends otherwise each time; `is_cut_short` that somebody ended the
    rehearsal before all of them were run.
    """

    start: Start
    revisions: tuple[str, ...]
    order_count: int = 0
    is_all: bool = True
    clashes: tuple[Clash, ...] = ()
    is_unreached: bool = False
    is_nondeterministic: bool = False
    is_interrupted: bool = False


@dataclass(frozen=True, slots=True)
class ForkOrders:
    """Each fork of the history from each start; none where it is a line.

    `seed` is what samples were drawn with.
    """

    forks: tuple[Fork, ...]
    seed: int = 0

    @property
    def note(self) -> str:
        """What the report should say of it: how many orders, and how to get the same again."""
        if not self.forks:
            return "the history does not fork"
        orders = quantity(sum(each.order_count for each in self.forks), "order")
        if any(each.is_interrupted for each in self.forks):
            return f"{orders}, interrupted"
        if all(each.is_all for each in self.forks):
            return orders
        return f"{orders}, some forks have more; sampled with --seed {self.seed}"
