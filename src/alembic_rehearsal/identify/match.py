"""Which revision a schema is that of: every stamp of a lock, beside the objects of a database.

Pure; reading the objects is the stories' business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from alembic_rehearsal.core.history.applied_sets import RevisionBits
from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.schema.object_hashes import (
    ExpectedSchema,
    Mismatch,
    ObjectHashes,
    find_mismatches,
)
from alembic_rehearsal.core.schema.picture import RIGHTS_KINDS, Key
from alembic_rehearsal.identify.distance import Distance, find_nearest
from alembic_rehearsal.lockfile.values import HistoryLock

Unread = Mapping[str, str]  # kinds that could not be read of the database, and why


@dataclass(frozen=True, slots=True)
class StampMatch:
    """How much a database is like one stamp of the history.

    `of_production` says that what is compared is the stamp as production has it, by-hand
    changes included.  `distance` counts the objects that either side has otherwise, but for
    those that are `unsure`: of which nobody knows what they are there.
    """

    stamp: tuple[str, ...]
    is_production: bool
    distance: int
    unsure: frozenset[Key] = frozenset()


@dataclass(frozen=True, slots=True)
class SchemaMatch:
    """Where a schema stands: the stamps whose schema it is, or the nearest one.

    `alike` are all stamps with this very schema, older ones first: several where revisions
    between them change rows alone, or nothing.  `find_nearest` is the one with the fewest objects
    that are otherwise, those in `find_mismatches`; None where the lock has none.  All of that holds but
    for kinds that are `unread`, and for the objects that are unsure at the stamp.
    """

    exact: tuple[StampMatch, ...]
    nearest: StampMatch | None
    mismatches: tuple[Mismatch, ...] = ()
    unread: Unread = field(default_factory=dict)

    @property
    def unsure(self) -> frozenset[Key]:
        """The objects of which nobody knows what they are at one of these stamps."""
        found = self.exact or ((self.nearest,) if self.nearest else ())
        return frozenset().union(*(each.unsure for each in found))

    def is_at(self, stamp: tuple[str, ...]) -> bool:
        """Whether the schema is that of this stamp."""
        return any(set(each.stamp) == set(stamp) for each in self.exact)


@dataclass(frozen=True, slots=True)
class Identity:
    """What was found out about one schema.

    `stamp` is what it says of itself, `lies` where its objects are not those of that stamp;
    None where it says nothing, or something that the history does not know (`unknown`).
    `choice` is what it may be stamped with, None where a person must choose.  `differences` are
    those from the nearest revision, none where it is one.
    """

    where: str
    history: History
    stamp: tuple[str, ...]
    unknown: tuple[str, ...]
    stamp_mismatches: tuple[Mismatch, ...] | None
    match: SchemaMatch
    stamp_choice: tuple[str, ...] | None
    differences: tuple[Difference, ...] = ()
    note: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether it is a schema of the history, and says so if it says anything."""
        return bool(self.match.exact) and not self.stamp_mismatches and not self.unknown


def match_schema(lock: HistoryLock, objects: ObjectHashes, unread: Unread) -> SchemaMatch:
    """The stamps that a database with these objects may be at."""
    bits = lock.bits()
    found = [_stamp_match(each, bits) for each in find_nearest(lock, objects, unread)]
    alike = {each.stamp: each for each in found if each.distance == 0}
    closed = {kind: why for kind, why in unread.items() if kind not in RIGHTS_KINDS}
    if alike:
        return SchemaMatch(tuple(alike.values()), next(iter(alike.values())), unread=closed)
    (best,) = found
    expected = (
        lock.expected_in_production(best.stamp) if best.is_production else lock.expected(best.stamp)
    )
    assert expected is not None, f"{best.stamp} is not in the lock"
    return SchemaMatch((), best, find_mismatches(expected, objects, unread), closed)


def _stamp_match(measure: Distance, bits: RevisionBits) -> StampMatch:
    stamp = bits.heads(measure.applied)
    return StampMatch(stamp, measure.is_production, measure.distance, measure.unsure)


def compare_with_stamp(
    lock: HistoryLock, stamp: tuple[str, ...], objects: ObjectHashes, unread: Unread
) -> tuple[Mismatch, ...] | None:
    """What a database that is stamped so has otherwise, than production if that is less.

    None where the lock does not know the stamp.
    """
    ways = [found for found in (lock.expected(stamp), lock.expected_in_production(stamp)) if found]
    if not ways:
        return None
    best = min(ways, key=lambda each: _count_differences(each, objects, unread))
    return find_mismatches(best, objects, unread)


def choose_stamp(
    exact: tuple[StampMatch, ...],
    lock: HistoryLock,
    empty_upgrades: frozenset[str],
    unread: Collection[str] = (),
) -> tuple[str, ...] | None:
    """The one stamp that a database is to be given, None where a person must choose.

    That is so where something could not be compared: kinds that are `unread`, or an object
    that is unsure at a stamp.

    Of several it is the newest, if all that the others lack does nothing: `idle` are the
    revisions without any operation.  Others change rows, and may have been run or not.
    """
    if not exact or unread or any(each.unsure for each in exact):
        return None
    bits = lock.bits()
    reached = [bits.up_to(each.stamp) for each in exact]
    most = max(reached, key=int.bit_count)
    does_nothing = sum(1 << place for id, place in bits.positions.items() if id in empty_upgrades)
    if any(each & ~most or most & ~each & ~does_nothing for each in reached):
        return None
    return exact[reached.index(most)].stamp


def _count_differences(expected: ExpectedSchema, objects: ObjectHashes, unread: Unread) -> int:
    """How many objects either side has otherwise; a name that Postgres chose is no content."""

    def contents(of: ObjectHashes) -> Counter[str]:
        return Counter(content for key, content in of.items() if counts(key))

    def counts(key: Key) -> bool:
        return key not in expected.unsure and key.kind not in unread

    first, second = contents(expected.hashes), contents(objects)
    return (first - second).total() + (second - first).total()
