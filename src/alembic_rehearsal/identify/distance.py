"""How far a database is from every point of a lock, counted from one point to the next.

A point is another one and a revision more: what that revision touches is all that is looked at
again.  Nothing is kept of a point but how far it was, and that only of the nearest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from alembic_rehearsal.core.history.applied_sets import AppliedSet, bit_positions
from alembic_rehearsal.core.schema.object_hashes import ObjectHashes
from alembic_rehearsal.core.schema.picture import Key
from alembic_rehearsal.lockfile.values import HistoryLock

_SHARED = -1  # every bit: of more than one revision


@dataclass(frozen=True, slots=True)
class Distance:
    """How far the database is from one point.

    `place` is the point's in their order, `applied` has its bits.  `of_production` says that
    it is the point as production has it.  `distance` counts the objects that either side has
    otherwise, but for those that are `unsure`.
    """

    position: int
    applied: int
    is_production: bool
    distance: int
    unsure: frozenset[Key]


def find_nearest(
    lock: HistoryLock, objects: ObjectHashes, unread: Collection[str]
) -> tuple[Distance, ...]:
    """The measure of each point with these very objects, or of the first that is nearest.

    Of a point the history's comes before production's.  Kinds that are `unread` do not count.
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


def _history_order(measure: Distance) -> tuple[int, bool]:
    return measure.position, measure.is_production


def _nearer_distances(
    lock: HistoryLock, objects: ObjectHashes, unread: Collection[str]
) -> Iterator[Distance]:
    bits = lock.bits()
    production: dict[int, ObjectHashes] = {}
    for state in lock.production:
        production.setdefault(bits.up_to(state.stamp), _without_unread(state.objects, unread))
    scale = _RunningDistance(lock, objects, unread, production.values())
    points = bits.applied_sets(bits.up_to(lock.start.stamp))
    least: int | None = None
    for place in _walk_order(points):
        applied = points[place].applied
        scale.move_to(applied)
        if least is None or scale.distance <= least:
            least = scale.distance
            yield Distance(place, applied, False, least, frozenset(scale.unsure))
        if (own := production.get(applied)) is not None:
            distance = scale.distance_with(own)
            if distance <= least:
                least = distance
                yield Distance(place, applied, True, least, frozenset(scale.unsure - own.keys()))


def _walk_order(points: Sequence[AppliedSet]) -> Iterator[int]:
    """Every point's place, so that the way from each to the next is short."""
    after = defaultdict(list)
    for place, point in enumerate(points[1:], start=1):
        after[point.previous].append(place)
    waiting = [0]
    while waiting:
        place = waiting.pop()
        yield place
        waiting.extend(after[place])


class _RunningDistance:
    """A database beside one point of a lock, and then beside another.

    Contents are counted on both sides: `distance` is by how many they differ.  A content that
    one revision alone brings or takes differs by the same, wherever that one is run: this is
    summed up once.  What several revisions have a hand in is looked at again.
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
        for place, made in enumerate(self._changes):
            for key in made:
                self._touched[key] |= 1 << place
        shared = self._shared_contents(production)
        self._balance = Counter(filter(None, self._start.values()))
        self._balance.subtract(objects.values())
        self.distance = sum(map(abs, self._balance.values()))
        self.unsure: set[Key] = set()
        self._own_distance = [
            self._distance_of_own(place, shared) for place in range(len(self._changes))
        ]
        self._recounted = [
            [key for key in made if self._is_shared(key, made, shared)] for made in self._changes
        ]
        self._balance = Counter({each: self._balance[each] for each in shared})
        self._now: dict[Key, str] = {}

    def _shared_contents(self, production: Iterable[ObjectHashes]) -> frozenset[str]:
        """The contents that more than one revision has a hand in, or production."""
        hands = dict(self._touched)
        for own in production:
            hands.update(dict.fromkeys(own, _SHARED))
        owners: dict[str, int] = defaultdict(int)
        for each in (*self._changes, *production):
            for key, content in each.items():
                owners[content] |= hands[key]
        for key, bits in hands.items():
            owners[self._start.get(key, "")] |= bits
            owners[self._objects.get(key, "")] |= bits
        return frozenset(each for each, bits in owners.items() if each and bits & (bits - 1))

    def _distance_of_own(self, place: int, shared: frozenset[str]) -> int:
        """What running this revision adds to the distance by the contents that are its alone."""
        found: Counter[str] = Counter()
        for key, content in self._changes[place].items():
            if self._touched[key] == 1 << place:
                found[content] += 1
                found[self._start.get(key, "")] -= 1
        return sum(
            abs(self._balance[each] + count) - abs(self._balance[each])
            for each, count in found.items()
            if each and each not in shared
        )

    def _is_shared(self, key: Key, made: ObjectHashes, shared: frozenset[str]) -> bool:
        bits = self._touched[key]
        return bool(bits & (bits - 1)) or bool(
            shared & {made[key], self._start.get(key, ""), self._objects.get(key, "")}
        )

    def move_to(self, applied: int) -> None:
        """Stand beside the point with these bits."""
        changed = applied ^ self._applied
        self._applied = applied
        for place in bit_positions(changed):
            self.distance += (
                self._own_distance[place] if applied >> place & 1 else -self._own_distance[place]
            )
            for key in self._recounted[place]:
                self._set_content(key, self._content(key))

    def distance_with(self, own: ObjectHashes) -> int:
        """The distance from this point where these objects are otherwise."""
        for key, content in own.items():
            self._set_content(key, content)
        distance = self.distance
        for key in own:
            self._set_content(key, self._content(key))
        return distance

    def _content(self, key: Key) -> str:
        """What this object is at the point; the database's own where nobody knows."""
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
