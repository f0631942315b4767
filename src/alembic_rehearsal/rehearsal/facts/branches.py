"""Facts about forks: how a forked history ends in its other orders."""

from __future__ import annotations

from dataclasses import dataclass

from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.values.phrases import quantity
from alembic_rehearsal.rehearsal.facts.start import Start


@dataclass(frozen=True, slots=True)
class Clash:
    """Two revisions whose order matters, although neither depends on the other.

    `first` comes right before `second` in an order that ends in the schema of the plan's own
    order.  With only these two exchanged, a step fails (`failure`) or the schema is another
    one: `differences` are between the plan's order (first) and the exchanged one (second).
    """

    first: str
    second: str
    differences: tuple[Difference, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Fork:
    """A part of one upgrade that has more than one legal order.

    `order_count` is how many orders were run; `is_all` says that there are no others.
    `is_unreached` says that the plan's own order fails there or earlier, so that no other order
    was compared with it; `is_nondeterministic` that the same order ends in different schemas;
    `is_interrupted` that the rehearsal was interrupted before all orders were run.
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
    """Each fork of the history from each start; empty for a linear history.

    `seed` is the random seed with which orders were sampled.
    """

    forks: tuple[Fork, ...]
    seed: int = 0

    @property
    def note(self) -> str:
        """The report's note: how many orders were run, and the seed that samples the same ones."""
        if not self.forks:
            return "the history does not fork"
        orders = quantity(sum(each.order_count for each in self.forks), "order")
        if any(each.is_interrupted for each in self.forks):
            return f"{orders}, interrupted"
        if all(each.is_all for each in self.forks):
            return orders
        return f"{orders}, some forks have more; sampled with --seed {self.seed}"
