"""The distance of a database from every set of applied revisions that a lock file allows.

Each set extends another one by a few revisions, and only the objects that these touch are counted
again.  Of all sets only the distances of the nearest are kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from alembic_rehearsal.core.history.applied_sets import AppliedSet, bit_positions
from alembic_rehearsal.core.schema.object_hashes import ObjectHashes
from alembic_rehearsal.core.schema.picture import Key
from alembic_rehearsal.lockfile.values import HistoryLock

_SHARED = -1  # all bits set: counts as touched by more than one revision


@dataclass(frozen=True, slots=True)
class Distance:
    """The distance of the database from one set of applied revisions.

    - `position`: the index of the set in the order of `RevisionBits.applied_sets`.
    - `applied`: the bits of its revisions.
    - `is_production`: whether it is compared with the set as production has it, with changes
      made by hand, instead of what the history gives.
    - `distance`: the number of objects, on both sides together, with a content that the other
      side lacks; an object that differs counts twice.
    - `unsure`: objects that do not count, because the lock does not know them at this set.
    """

    position: int
    applied: int
    is_production: bool
    distance: int
    unsure: frozenset[Key]


def find_nearest(
    lock: HistoryLock, objects: ObjectHashes, unread: Collection[str]
) -> tuple[Distance, ...]:
    """The distances that are 0, one for each matching set, or else the smallest one alone.

    Among equal distances the first set in order counts, and the history's state before
    production's.  Kinds in `unread` do not count.
    """
    best: list[Distance] = []
    for each in _nearer_distances(lock, _without_unread(objects, unread), unread):
        least = best[0].distance if best else each.distance
        if each.distance < least:
            best.clear()
        if each.distance <= least:
            best.append(each)
            if each.distance:
                best = [min(best, key=_history_order)]
    return tuple(sorted(best, key=_history_order))


def _history_order(distance: Distance) -> tuple[int, bool]:
    return distance.position, distance.is_production


def _nearer_distances(
    lock: HistoryLock, objects: ObjectHashes, unread: Collection[str]
) -> Iterator[Distance]:
    bits = lock.bits()
    production: dict[int, ObjectHashes] = {}
    for state in lock.production:
        production.setdefault(bits.up_to(state.stamp), _without_unread(state.objects, unread))
    running = _RunningDistance(lock, objects, unread, production.values())
    sets = bits.applied_sets(bits.up_to(lock.start.stamp))
    least: int | None = None
    for position in _walk_order(sets):
        applied = sets[position].applied
        running.move_to(applied)
        if least is None or running.distance <= least:
            least = running.distance
            yield Distance(position, applied, False, least, frozenset(running.unsure))
        if (own := production.get(applied)) is not None:
            distance = running.distance_with(own)
            if distance <= least:
                least = distance
                unsure = frozenset(running.unsure - own.keys())
                yield Distance(position, applied, True, least, unsure)


def _walk_order(sets: Sequence[AppliedSet]) -> Iterator[int]:
    """The index of every set, ordered so that consecutive sets differ in few revisions."""
    extensions = defaultdict(list)
    for position, each in enumerate(sets[1:], start=1):
        extensions[each.previous].append(position)
    waiting = [0]
    while waiting:
        position = waiting.pop()
        yield position
        waiting.extend(extensions[position])


class _RunningDistance:
    """The distance of a database from one set of applied revisions, updated from set to set.

    A content is the hash of an object's definition.  `distance` is the difference between how
    often each content occurs in the database and in the set, summed over all contents.  A
    content that only one revision adds or removes changes the distance by the same amount in
    every set: this amount is computed once.  Contents that several revisions change are counted
    again.  `unsure` are the objects that the lock does not know at this set.
    """

    def __init__(
        self,
        lock: HistoryLock,
        objects: ObjectHashes,
        unread: Collection[str],
        production: Collection[ObjectHashes],
    ) -> None:
        self._changes = [_without_unread(each.objects, unread) for each in lock.revisions]
        self._start = _without_unread(lock.start.objects, unread)
        self._objects = objects
        self._applied = 0
        self._touched: dict[Key, int] = defaultdict(int)
        for position, changes in enumerate(self._changes):
            for key in changes:
                self._touched[key] |= 1 << position
        shared = self._shared_contents(production)
        self._balance = Counter(filter(None, self._start.values()))
        self._balance.subtract(objects.values())
        self.distance = sum(map(abs, self._balance.values()))
        self.unsure: set[Key] = set()
        self._own_distance = [
            self._distance_of_own(position, shared) for position in range(len(self._changes))
        ]
        self._recounted = [
            [key for key in changes if self._is_shared(key, changes, shared)]
            for changes in self._changes
        ]
        self._balance = Counter({each: self._balance[each] for each in shared})
        self._now: dict[Key, str] = {}

    def _shared_contents(self, production: Iterable[ObjectHashes]) -> frozenset[str]:
        """The contents of objects that several revisions change, or that production changed."""
        touched = dict(self._touched)
        for own in production:
            touched.update(dict.fromkeys(own, _SHARED))
        owners: dict[str, int] = defaultdict(int)
        for each in (*self._changes, *production):
            for key, content in each.items():
                owners[content] |= touched[key]
        for key, bits in touched.items():
            owners[self._start.get(key, "")] |= bits
            owners[self._objects.get(key, "")] |= bits
        return frozenset(each for each, bits in owners.items() if each and bits & (bits - 1))

    def _distance_of_own(self, position: int, shared: frozenset[str]) -> int:
        """What one revision adds to the distance by contents that no other one changes."""
        found: Counter[str] = Counter()
        for key, content in self._changes[position].items():
            if self._touched[key] == 1 << position:
                found[content] += 1
                found[self._start.get(key, "")] -= 1
        return sum(
            abs(self._balance[each] + count) - abs(self._balance[each])
            for each, count in found.items()
            if each and each not in shared
        )

    def _is_shared(self, key: Key, changes: ObjectHashes, shared: frozenset[str]) -> bool:
        bits = self._touched[key]
        return bool(bits & (bits - 1)) or bool(
            shared & {changes[key], self._start.get(key, ""), self._objects.get(key, "")}
        )

    def move_to(self, applied: int) -> None:
        """Compare with the set that has these bits."""
        changed = applied ^ self._applied
        self._applied = applied
        for position in bit_positions(changed):
            own = self._own_distance[position]
            self.distance += own if applied >> position & 1 else -own
            for key in self._recounted[position]:
                self._set_content(key, self._content(key))

    def distance_with(self, own: ObjectHashes) -> int:
        """The distance if these objects had these contents instead."""
        for key, content in own.items():
            self._set_content(key, content)
        distance = self.distance
        for key in own:
            self._set_content(key, self._content(key))
        return distance

    def _content(self, key: Key) -> str:
        """The object's content at this set; the database's own content if the lock does not know.

        The lock does not know it if a later revision that changes the object is applied, and an
        earlier one is not.
        """
        touched = self._touched.get(key, 0)
        applied = touched & self._applied
        last = applied.bit_length()
        if applied == touched & ((1 << last) - 1):
            self.unsure.discard(key)
            return self._changes[last - 1][key] if applied else self._start.get(key, "")
        self.unsure.add(key)
        return self._objects.get(key, "")

    def _set_content(self, key: Key, content: str) -> None:
        before = self._now.get(key)
        if before is None:
            before = self._start.get(key, "")
        if before != content:
            self._now[key] = content
            self._count(before, -1)
            self._count(content, 1)

    def _count(self, content: str, by: int) -> None:
        balance = self._balance.get(content)
        if balance is not None:
            self.distance += abs(balance + by) - abs(balance)
            self._balance[content] = balance + by


def _without_unread(objects: ObjectHashes, unread: Collection[str]) -> ObjectHashes:
    if not unread:
        return objects
    return {key: content for key, content in objects.items() if key.kind not in unread}
