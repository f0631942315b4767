"""What the ways down saw: each revision down and up again, and all of them from head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.rehearsal.facts.start import Start


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One revision taken up, down and up again, from the schema that it was written for.

    All differences are real ones, without the version table.  `changed` says whether the
    upgrade changed the schema, `wrote` whether it sent a statement that is no query: a
    guarded upgrade that found its change already there did neither.  `tried` is False
    where the downgrade is missing or declared one-way, by a `raise` that it came to as well.

    `left` is what the schema after the downgrade (second) has otherwise than the one before
    the upgrade (first); `others` are those of it that are about objects which the upgrade had
    not touched.  `down` is how the downgrade failed.  `unlike` is what the schema
    after the second upgrade (second) has otherwise than after the first; `up_again` how that
    failed.

    An upgrade that looks before it changes is run once more on the schema that has its change;
    `more` is what that changed, rows too, and `repeat` how it failed.
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
        """Whether the upgrade did nothing that its downgrade can be held to."""
        return not (self.changed_schema or self.wrote)

    @property
    def is_sound(self) -> bool:
        """Whether the way down and up again ended where it should."""
        return not (
            self.downgrade_failure
            or self.downgrade_differences
            or self.reupgrade_failure
            or self.reupgrade_differences
        )


@dataclass(frozen=True, slots=True)
class Stairway:
    """A stair for every revision that could be reached, from each start.

    `unreached` are those without any: their own upgrade fails, or one before them.  `missed`
    are those that somebody's end of the rehearsal came before, from one start at least.
    """

    round_trips: tuple[RoundTrip, ...]
    unreached: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()

    @classmethod
    def join(cls, pieces: Sequence[Stairway]) -> Stairway:
        """The whole of what shards took in pieces, one after the other, from each start."""
        stairs = [stair for piece in pieces for stair in piece.round_trips]
        reached = {stair.revision for stair in stairs}
        unreached = dict.fromkeys(id for piece in pieces for id in piece.unreached)
        missed = dict.fromkeys(id for piece in pieces for id in piece.missed)
        starts = list(Start)
        return cls(
            tuple(sorted(stairs, key=lambda stair: starts.index(stair.start))),
            tuple(id for id in unreached if id not in reached),
            tuple(missed),
        )


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where a walk from head down, and up again, went otherwise than the way up had been.

    `differences` are between the schema that the first way up had at this point (first) and
    the one that the walk had (second); `failure` is how the step failed.
    """

    revision: str
    start: Start
    differences: tuple[Difference, ...] = ()
    failure: Failure | None = None
    on_the_way_up: bool = False


@dataclass(frozen=True, slots=True)
class DowngradeWalk:
    """From head all the way down, as far as it goes, and up again, from one start.

    `landings` are where something was wrong; `walked` are the revisions that were taken down,
    of `planned` that are judged.  `broken_by` is what ended it before its time and is no
    revision's fault: env.py, or chance; `is_cut_short` says that somebody did.
    """

    start: Start
    divergences: tuple[Divergence, ...] = ()
    downgraded: tuple[str, ...] = ()
    planned: int = 0
    broken_by: Failure | None = None
    is_interrupted: bool = False


@dataclass(frozen=True, slots=True)
class FullDowngrade:
    """The ways down from head and up again, one from each start."""

    walks: tuple[DowngradeWalk, ...]

    @property
    def divergences(self) -> tuple[Divergence, ...]:
        return tuple(landing for way in self.walks for landing in way.divergences)
