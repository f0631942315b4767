"""The revision that a schema belongs to: a database's objects compared with a lock file.

Pure: `identify.py` reads the database and the lock.
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

Unread = Mapping[str, str]  # kinds that could not be read from the database, and why


@dataclass(frozen=True, slots=True)
class StampMatch:
    """The distance of a database from one stamp of the history.

    `is_production` is True if it was compared with the stamp as production has it, with changes
    made by hand.  `distance` is the number of objects in which the two differ, without those in
    `unsure`: the lock does not know their content at this stamp.
    """

    stamp: tuple[str, ...]
    is_production: bool
    distance: int
    unsure: frozenset[Key] = frozenset()


@dataclass(frozen=True, slots=True)
class SchemaMatch:
    """The stamps that a schema matches, or the nearest one.

    - `exact`: all stamps with this schema, older ones first; several if the revisions between
      them change only rows, or nothing.
    - `nearest`: the first of `exact`, else the stamp with the fewest differing objects; None if
      the lock has none.
    - `mismatches`: the objects in which the schema differs from `nearest`.
    - `unread`: kinds that were not compared, each with the reason.
    """

    exact: tuple[StampMatch, ...]
    nearest: StampMatch | None
    mismatches: tuple[Mismatch, ...] = ()
    unread: Unread = field(default_factory=dict)

    @property
    def unsure(self) -> frozenset[Key]:
        """The objects that were not compared: the lock does not know them at these stamps."""
        found = self.exact or ((self.nearest,) if self.nearest else ())
        return frozenset().union(*(each.unsure for each in found))


@dataclass(frozen=True, slots=True)
class Identity:
    """What `rehearsal identify` has found about one schema.

    - `where`: the masked URL or the path of the snapshot.
    - `stamp`: the revisions in its version table; `unknown`: those that the history lacks.
    - `stamp_mismatches`: the objects in which it differs from its stamp; None if it has no
      stamp, or an unknown one.
    - `match`: the stamps that it matches, or the nearest one.
    - `stamp_choice`: the stamp that it may be given; None if a person must choose.
    - `differences`: those from the nearest revision; none if it matches exactly.
    - `note`: what to know about the server that it was read on, "" for nothing.
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
        """Whether it matches the history, and its stamp, if it has one, is right."""
        return bool(self.match.exact) and not self.stamp_mismatches and not self.unknown


def match_schema(lock: HistoryLock, objects: ObjectHashes, unread: Unread) -> SchemaMatch:
    """The stamps that a database with these objects matches, or the nearest one."""
    bits = lock.bits()
    found = [_stamp_match(each, bits) for each in find_nearest(lock, objects, unread)]
    exact = {each.stamp: each for each in found if each.distance == 0}
    closed = {kind: why for kind, why in unread.items() if kind not in RIGHTS_KINDS}
    if exact:
        return SchemaMatch(tuple(exact.values()), next(iter(exact.values())), unread=closed)
    (best,) = found
    expected = (
        lock.expected_in_production(best.stamp) if best.is_production else lock.expected(best.stamp)
    )
    assert expected is not None, f"{best.stamp} is not in the lock"
    return SchemaMatch((), best, find_mismatches(expected, objects, unread), closed)


def _stamp_match(found: Distance, bits: RevisionBits) -> StampMatch:
    stamp = bits.heads(found.applied)
    return StampMatch(stamp, found.is_production, found.distance, found.unsure)


def compare_with_stamp(
    lock: HistoryLock, stamp: tuple[str, ...], objects: ObjectHashes, unread: Unread
) -> tuple[Mismatch, ...] | None:
    """The objects in which a database differs from its stamp; None if the lock lacks the stamp.

    It is compared with the history's schema at that stamp and with production's, whichever is
    nearer.
    """
    candidates = [
        found for found in (lock.expected(stamp), lock.expected_in_production(stamp)) if found
    ]
    if not candidates:
        return None
    best = min(candidates, key=lambda each: _count_differences(each, objects, unread))
    return find_mismatches(best, objects, unread)


def choose_stamp(
    exact: tuple[StampMatch, ...],
    lock: HistoryLock,
    empty_upgrades: frozenset[str],
    unread: Collection[str] = (),
) -> tuple[str, ...] | None:
    """The stamp that a database is to be given, None if a person must choose.

    A person must choose if no stamp matches, or if something could not be compared: kinds in
    `unread`, or an object that is unsure at a stamp.

    Of several stamps it is the newest, if the revisions that the others lack are all in
    `empty_upgrades`.  Other revisions change rows, and nothing shows whether they have run.
    """
    if not exact or unread or any(each.unsure for each in exact):
        return None
    bits = lock.bits()
    reached = [bits.up_to(each.stamp) for each in exact]
    most = max(reached, key=int.bit_count)
    empty = sum(1 << position for id, position in bits.positions.items() if id in empty_upgrades)
    if any(each & ~most or most & ~each & ~empty for each in reached):
        return None
    return exact[reached.index(most)].stamp


def _count_differences(expected: ExpectedSchema, objects: ObjectHashes, unread: Unread) -> int:
    """The number of objects in which the two differ; names that Postgres generated do not count."""

    def contents(of: ObjectHashes) -> Counter[str]:
        return Counter(content for key, content in of.items() if counts(key))

    def counts(key: Key) -> bool:
        return key not in expected.unsure and key.kind not in unread

    first, second = contents(expected.hashes), contents(objects)
    return (first - second).total() + (second - first).total()
