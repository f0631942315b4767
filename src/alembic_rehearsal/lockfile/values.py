"""The contents of a lock file: source hashes of the revisions, and the objects that they change.

Values, and arithmetic on them: the schema that a stamp stands for.  `files.py` reads and writes
the file, `record.py` fills it.
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
    """One revision: what it depends on, its source hash, and the objects that it changes.

    `source_hash` is None if the file could not be parsed.  `objects` are those that it creates
    or changes, with the hash of their content afterwards, and those that it removes, with "".
    """

    id: str
    down: tuple[str, ...]
    depends_on: tuple[str, ...]
    source_hash: SourceHash | None
    objects: ObjectHashes


@dataclass(frozen=True, slots=True)
class LockedState:
    """The objects of a database at a stamp.

    For production, `objects` has only those that differ from the history's at that stamp.
    """

    stamp: tuple[str, ...]
    objects: ObjectHashes


@dataclass(frozen=True, slots=True)
class HistoryLock:
    """A whole history, as it was when `rehearsal lock` was last run.

    - `major`: that of the server; other majors print other definitions.
    - `heads`: the heads of the history.
    - `revisions`: in the order in which they were run.
    - `start`: the database that they were run on, often an empty one.
    - `production`: for production's stamp and each later one up to head, the objects that
      differ there from the history: changes made by hand, which pending revisions may adopt.
    """

    major: int
    heads: tuple[str, ...]
    revisions: tuple[LockedRevision, ...]
    start: LockedState
    production: tuple[LockedState, ...] = ()

    def find(self, id: str) -> LockedRevision | None:
        return next((each for each in self.revisions if each.id == id), None)

    def up_to(self, stamp: tuple[str, ...]) -> frozenset[str]:
        """The revisions of a stamp and their ancestors, without those that the lock lacks."""
        return with_ancestors(self.revisions, stamp)

    def bits(self) -> RevisionBits:
        """Its revisions as bits, for computing with thousands of sets of revisions."""
        return revision_bits(self.revisions)

    def pending_objects(self, stamp: tuple[str, ...]) -> frozenset[Key]:
        """The objects that revisions change that are not applied at a stamp.

        An interrupted revision that runs outside a transaction may have left some of them.
        """
        applied = self.up_to(stamp)
        pending = (each.objects for each in self.revisions if each.id not in applied)
        return frozenset(key for objects in pending for key in objects)

    def expected(self, stamp: tuple[str, ...]) -> ExpectedSchema | None:
        """The schema of a database at this stamp, None if the lock does not know it.

        It does not know stamps with an unknown revision, or older than `start`.
        """
        if any(self.find(id) is None for id in stamp):
            return None
        return self._schema_after(self.up_to(stamp))

    def expected_in_production(self, stamp: tuple[str, ...]) -> ExpectedSchema | None:
        """The schema that production has at this stamp, None if the lock has none recorded."""
        bits = self.bits()
        for each in self.production:
            is_there = bits.up_to(each.stamp) == bits.up_to(stamp)
            if is_there and (expected := self.expected(stamp)) is not None:
                unsure = expected.unsure - each.objects.keys()
                return ExpectedSchema(with_changes(expected.hashes, each.objects), unsure)
        return None

    def stamps(self) -> Iterator[tuple[str, ...]]:
        """Every stamp that a database of this history can have, none older than `start`.

        The stamps of the recorded pass come first, in its order, and are always complete.  A
        wide fork is cut off at 4 096 stamps in total.
        """
        bits = self.bits()
        for each in bits.applied_sets(bits.up_to(self.start.stamp)):
            yield bits.heads(each.applied)

    def heads_of(self, applied: frozenset[str]) -> tuple[str, ...]:
        """The version rows that Alembic keeps for these revisions, sorted.

        A revision has no row if another one of them revises it or depends on it.
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
