"""Facts about downgrades: each revision down and up again, and the walk down from head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.rehearsal.facts.start import Start


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One revision taken up, down and up again, from the schema that it was written for.

    All differences are real ones, without the version table.  `changed_schema` says whether the
    upgrade changed the schema, `wrote` whether it sent a statement other than a query: a
    guarded upgrade that found its change already there did neither.  `tried_downgrade` is False
    where the downgrade is missing or declared one-way, also by a `raise` that it reached.

    `downgrade_differences` are between the schema before the upgrade (first) and the one after
    the downgrade (second); `foreign_differences` are those of them that concern objects which
    the upgrade had not touched.  `reupgrade_differences` are between the schemas after the first
    upgrade (first) and after the second one (second).

    An upgrade that inspects the database is run once more on the schema that has its change;
    `repeat_differences` are what that changed, rows included.  `downgrade_failure`,
    `reupgrade_failure` and `repeat_failure` say how the step failed.
    """

    revision: str
    start: Start
    changed_schema: bool
    wrote: bool
    tried_downgrade: bool = True
    downgrade_failure: Failure | None = None
    downgrade_differences: tuple[Difference, ...] = ()
    foreign_differences: tuple[Difference, ...] = ()
    reupgrade_failure: Failure | None = None
    reupgrade_differences: tuple[Difference, ...] = ()
    repeat_differences: tuple[Difference, ...] = ()
    repeat_failure: Failure | None = None

    @property
    def is_idle(self) -> bool:
        """Whether the upgrade did nothing, so that there is nothing for its downgrade to undo."""
        return not (self.changed_schema or self.wrote)

    @property
    def is_sound(self) -> bool:
        """Whether the downgrade and the second upgrade ended in the schemas that they should."""
        return not (
            self.downgrade_failure
            or self.downgrade_differences
            or self.reupgrade_failure
            or self.reupgrade_differences
        )


@dataclass(frozen=True, slots=True)
class Stairway:
    """A round trip for every revision that could be reached, from each start.

    `unreached` are the revisions without one: their own upgrade fails, or an earlier one.
    `missed` are those that an interruption came before, from one start at least.
    """

    round_trips: tuple[RoundTrip, ...]
    unreached: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()

    @classmethod
    def join(cls, pieces: Sequence[Stairway]) -> Stairway:
        """The pieces of several shards or threads as one stairway, ordered by start."""
        round_trips = [each for piece in pieces for each in piece.round_trips]
        reached = {each.revision for each in round_trips}
        unreached = dict.fromkeys(id for piece in pieces for id in piece.unreached)
        missed = dict.fromkeys(id for piece in pieces for id in piece.missed)
        starts = list(Start)
        return cls(
            tuple(sorted(round_trips, key=lambda each: starts.index(each.start))),
            tuple(id for id in unreached if id not in reached),
            tuple(missed),
        )


@dataclass(frozen=True, slots=True)
class Divergence:
    """A revision at which a walk from head down and up again differs from the upgrade.

    `differences` are between the schema that the upgrade had at this point (first) and the one
    that the walk has there (second); `failure` is how the step failed.
    """

    revision: str
    start: Start
    differences: tuple[Difference, ...] = ()
    failure: Failure | None = None
    on_the_way_up: bool = False


@dataclass(frozen=True, slots=True)
class DowngradeWalk:
    """From head all the way down, as far as possible, and up again, from one start.

    `divergences` are where something was wrong; `downgraded` are the revisions that were taken
    down, of `planned` revisions that are judged.  `broken_by` is a failure that ended the walk
    early and that no revision causes, but env.py or chance.
    """

    start: Start
    divergences: tuple[Divergence, ...] = ()
    downgraded: tuple[str, ...] = ()
    planned: int = 0
    broken_by: Failure | None = None
    is_interrupted: bool = False


@dataclass(frozen=True, slots=True)
class FullDowngrade:
    """The walks down from head and up again, one from each start."""

    walks: tuple[DowngradeWalk, ...]

    @property
    def divergences(self) -> tuple[Divergence, ...]:
        return tuple(each for walk in self.walks for each in walk.divergences)
