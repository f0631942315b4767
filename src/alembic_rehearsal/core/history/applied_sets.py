"""The sets of revisions that a database of a history can have applied, as bits of a number.

Knows the parents and dependencies of each revision, not what its functions do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from alembic_rehearsal.core.history.revisions import RevisionLike

_MAX_SETS = 4_096  # limit for a forked history; the sets of one linear pass are all kept


class AppliedSet(NamedTuple):
    """One set of applied revisions.

    `applied` has one bit for each revision.  `previous` is the index, in the list of sets, of
    the set that this one extends; 0 for the first.
    """

    applied: int
    previous: int


@dataclass(frozen=True, slots=True)
class RevisionBits:
    """Revisions in some order, each with one bit: the first has 1, the next 2, then 4.

    `positions` maps a revision's id to its index.  `parents` has, for each revision, the bits
    of its parents and dependencies; `with_ancestors` its own bit and those of all its ancestors.
    """

    positions: dict[str, int]
    parents: tuple[int, ...]
    with_ancestors: tuple[int, ...]

    def up_to(self, ids: Iterable[str]) -> int:
        """The bits of these revisions and their ancestors; unknown ids are ignored."""
        return _union(self.with_ancestors[self.positions[id]] for id in ids if id in self.positions)

    def heads(self, applied: int) -> tuple[str, ...]:
        """The revisions of this set that no other one in it descends from, sorted."""
        parents = _union(self.parents[position] for position in bit_positions(applied))
        ids = tuple(self.positions)
        return tuple(sorted(ids[position] for position in bit_positions(applied & ~parents)))

    def applied_sets(self, start: int) -> list[AppliedSet]:
        """Every set of applied revisions that includes `start`, which comes first.

        The sets that arise when the revisions are run in their order follow next, and are
        always complete.  Beyond those, a wide fork is cut off at 4 096 sets in total.
        """
        found = [AppliedSet(start, 0)]
        for own in self.with_ancestors:
            if own & ~found[-1].applied:
                found.append(AppliedSet(found[-1].applied | own, len(found) - 1))
        seen = {each.applied for each in found}
        for index, each in enumerate(found):
            if len(seen) >= _MAX_SETS:
                break
            for more in self._one_revision_more(each.applied):
                if more not in seen and len(seen) < _MAX_SETS:
                    seen.add(more)
                    found.append(AppliedSet(more, index))
        return found

    def _one_revision_more(self, applied: int) -> Iterator[int]:
        for position, parents in enumerate(self.parents):
            if not applied >> position & 1 and not parents & ~applied:
                yield applied | 1 << position


def revision_bits(revisions: Sequence[RevisionLike]) -> RevisionBits:
    """A bit for each of these revisions, in the order in which they are given."""
    positions = {each.id: position for position, each in enumerate(revisions)}
    parents = tuple(
        _union(1 << positions[id] for id in (*each.down, *each.depends_on) if id in positions)
        for each in revisions
    )
    return RevisionBits(positions, parents, _with_ancestors(parents))


def _with_ancestors(parents: tuple[int, ...]) -> tuple[int, ...]:
    """Each revision's own bit and those of all its ancestors.

    Repeated until nothing changes, because a child may come before its parent.
    """
    found = [1 << position for position in range(len(parents))]
    is_complete = False
    while not is_complete:
        is_complete = True
        for position, direct in enumerate(parents):
            bits = found[position] | _union(found[each] for each in bit_positions(direct))
            is_complete &= bits == found[position]
            found[position] = bits
    return tuple(found)


def bit_positions(bits: int) -> Iterator[int]:
    """The positions of the bits that are set, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _union(bits: Iterable[int]) -> int:
    found = 0
    for each in bits:
        found |= each
    return found
