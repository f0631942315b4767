"""What a history's lock file knows: what each revision means, and what it makes of the schema.

Values and arithmetic on them: which schema a stamp stands for, and which stamp a schema has.
Reading the file is `lockfile.py`'s subject, filling it `recording.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alembic_rehearsal.core.history.applied_sets import RevisionBits, revision_bits
from alembic_rehearsal.core.history.revisions import with_ancestors
from alembic_rehearsal.core.history.source_hash import SourceHash
from alembic_rehearsal.core.schema.object_hashes import (
    ExpectedSchema,
    ObjectHashes,
    apply_changes,
    with_changes,
)
from alembic_rehearsal.core.schema.picture import Key


@dataclass(frozen=True, slots=True)
class LockedRevision:
    """One revision: its place in the history, its meaning, and the objects it touches.

    `meaning` is None where the file could not be parsed.  `objects` are those that it makes
    or changes, with their content after it, and those that it removes.
    """

    id: str
    down: tuple[str, ...]
    depends_on: tuple[str, ...]
    source_hash: SourceHash | None
    objects: ObjectHashes


@dataclass(frozen=True, slots=True)
class LockedState:
    """The objects of a database at a stamp; of production, those that the history has otherwise."""

    stamp: tuple[str, ...]
    objects: ObjectHashes


@dataclass(frozen=True, slots=True)
class HistoryLock:
    """A whole history, as it was when `rehearsal lock` was last run.

    `major` is that of the server whose words the contents are.  `revisions` are in the order
    in which they were run, `start` is what they were run on: often an empty database.
    `production` has, for its stamp and each one on the way to head, what differs there from
    the history: what somebody made by hand, and a pending revision may know about.
    """

    major: int
    heads: tuple[str, ...]
    revisions: tuple[LockedRevision, ...]
    start: LockedState
    production: tuple[LockedState, ...] = ()

    def find(self, id: str) -> LockedRevision | None:
        return next((each for each in self.revisions if each.id == id), None)

    def up_to(self, stamp: tuple[str, ...]) -> frozenset[str]:
        """The revisions of a stamp that are known here, and all that they stand on."""
        return with_ancestors(self.revisions, stamp)

    def bits(self) -> RevisionBits:
        """Its revisions as bits: of many points at once, where a set of each would be too much."""
        return revision_bits(self.revisions)

    def pending_objects(self, stamp: tuple[str, ...]) -> frozenset[Key]:
        """The objects that revisions touch which a stamp has not.

        One that was interrupted, and is not of one transaction, has left some of them.
        """
        applied = self.up_to(stamp)
        pending = (each.objects for each in self.revisions if each.id not in applied)
        return frozenset(key for objects in pending for key in objects)

    def expected(self, stamp: tuple[str, ...]) -> ExpectedSchema | None:
        """The schema of a database at this stamp, None where nothing is known of it."""
        if any(self.find(id) is None for id in stamp):
            return None
        return self._schema_after(self.up_to(stamp))

    def expected_in_production(self, stamp: tuple[str, ...]) -> ExpectedSchema | None:
        """The schema that production has at this stamp, None where it is not on its way."""
        bits = self.bits()
        for each in self.production:
            is_there = bits.up_to(each.stamp) == bits.up_to(stamp)
            if is_there and (expected := self.expected(stamp)) is not None:
                unsure = expected.unsure - each.objects.keys()
                return ExpectedSchema(with_changes(expected.hashes, each.objects), unsure)
        return None

    def stamps(self) -> Iterator[tuple[str, ...]]:
        """Every stamp that a database of this history can have; of a wide fork 4 096 of them.

        Those that the one pass came by are always among them, in its order.  None is older
        than what the revisions were run on.
        """
        bits = self.bits()
        for point in bits.applied_sets(bits.up_to(self.start.stamp)):
            yield bits.heads(point.applied)

    def heads_of(self, applied: frozenset[str]) -> tuple[str, ...]:
        """The rows that Alembic keeps for these revisions, sorted.

        What another one of them revises has none, nor has what another one depends on.
        """
        bits = self.bits()
        return bits.heads(bits.up_to(applied))

    def _schema_after(self, applied: frozenset[str]) -> ExpectedSchema | None:
        if not applied >= self.up_to(self.start.stamp):
            return None
        found = dict(self.start.objects)
        passed_over: set[Key] = set()
        unsure: set[Key] = set()
        for each in self.revisions:
            if each.id in applied:
                unsure.update(passed_over & each.objects.keys())
                apply_changes(found, each.objects)
            else:
                passed_over.update(each.objects)
        return ExpectedSchema(found, frozenset(unsure))
