"""The points of a history: the sets of its revisions that a database can have, as bits.

Knows which revision stands on which, and nothing of what they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from alembic_rehearsal.core.history.revisions import RevisionLike

_MAX_SETS = 4_096  # of a forked history


class AppliedSet(NamedTuple):
    """One of them: a bit for each revision, and the place of the point that it goes on from."""

    applied: int
    previous: int


@dataclass(frozen=True, slots=True)
class RevisionBits:
    """Revisions in some order, each with a bit: the first has 1, the next 2.

    `parents` has the bits of what each stands on itself, `whole` its own and those of all that
    it stands on.
    """

    positions: dict[str, int]
    parents: tuple[int, ...]
    with_ancestors: tuple[int, ...]

    def up_to(self, ids: Iterable[str]) -> int:
        """The bits of these revisions, as far as they are known, and of all they stand on."""
        return _union(self.with_ancestors[self.positions[id]] for id in ids if id in self.positions)

    def heads(self, applied: int) -> tuple[str, ...]:
        """Those of these revisions that no other one of them stands on, sorted."""
        below = _union(self.parents[place] for place in bit_positions(applied))
        ids = tuple(self.positions)
        return tuple(sorted(ids[place] for place in bit_positions(applied & ~below)))

    def applied_sets(self, start: int) -> list[AppliedSet]:
        """Every point from `start` on, which comes first: of a wide fork 4 096 of them.

        Those that one pass comes by which runs the revisions in their order are always among
        them, and follow the first in that order.
        """
        found = [AppliedSet(start, 0)]
        for whole in self.with_ancestors:
            if whole & ~found[-1].applied:
                found.append(AppliedSet(found[-1].applied | whole, len(found) - 1))
        seen = {each.applied for each in found}
        for place, point in enumerate(found):
            if len(seen) >= _MAX_SETS:
                break
            for more in self._one_revision_more(point.applied):
                if more not in seen and len(seen) < _MAX_SETS:
                    seen.add(more)
                    found.append(AppliedSet(more, place))
        return found

    def _one_revision_more(self, applied: int) -> Iterator[int]:
        for place, parents in enumerate(self.parents):
            if not applied >> place & 1 and not parents & ~applied:
                yield applied | 1 << place


def revision_bits(revisions: Sequence[RevisionLike]) -> RevisionBits:
    """The bits of these revisions, in the order that they have here."""
    places = {each.id: place for place, each in enumerate(revisions)}
    parents = tuple(
        _union(1 << places[id] for id in (*each.down, *each.depends_on) if id in places)
        for each in revisions
    )
    return RevisionBits(places, parents, _with_ancestors(parents))


def _with_ancestors(parents: tuple[int, ...]) -> tuple[int, ...]:
    """Each with all that it stands on; one more look, for where a child came before a parent."""
    found = [1 << place for place in range(len(parents))]
    is_known = False
    while not is_known:
        is_known = True
        for place, direct in enumerate(parents):
            whole = found[place] | _union(found[each] for each in bit_positions(direct))
            is_known &= whole == found[place]
            found[place] = whole
    return tuple(found)


def bit_positions(bits: int) -> Iterator[int]:
    """The places of the bits that are set, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _union(bits: Iterable[int]) -> int:
    found = 0
    for each in bits:
        found |= each
    return found
