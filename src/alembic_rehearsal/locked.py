"""What a history's lock file knows: what each revision means, and what it makes of the schema.

Values and arithmetic on them: which schema a stamp stands for, and which stamp a schema has.
Reading the file is `lockfile.py`'s subject, filling it `recording.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from alembic_rehearsal.picture import KINDS_OF_RIGHTS, Key, Picture, Thing, belongs_to, parts

# An object's content, shortened to 64 bits; "" where a revision removes the object.
Objects = Mapping[Key, str]
_DIGITS = 16
_STATES = 4_096  # of a forked history, at which a schema is looked for
# A server has one version of an extension, the history another: that is nobody's drift.
_OF_SERVERS = "version"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a revision's source says, as hashes: formatting and comments do not count.

    `rest` is what both functions may use: the top of the module, without the ids.
    """

    upgrade: str
    downgrade: str
    rest: str


@dataclass(frozen=True, slots=True)
class LockedRevision:
    """One revision: its place in the history, its meaning, and the objects it touches.

    `meaning` is None where the file could not be parsed.  `objects` are those that it makes
    or changes, with their content after it, and those that it removes.
    """

    id: str
    down: tuple[str, ...]
    depends_on: tuple[str, ...]
    meaning: Meaning | None
    objects: Objects


@dataclass(frozen=True, slots=True)
class LockedState:
    """The objects of a database at a stamp; of production, those that the history has otherwise."""

    at: tuple[str, ...]
    objects: Objects


@dataclass(frozen=True, slots=True)
class Expected:
    """The schema that a stamp stands for.

    Nothing is known of the objects that are `unsure`: a revision that is not applied has
    touched them before one that is, when the lock was written.
    """

    objects: Objects
    unsure: frozenset[Key] = frozenset()


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
        known = {each.id: each for each in self.revisions}
        reached: set[str] = set()
        waiting = [id for id in stamp if id in known]
        while waiting:
            id = waiting.pop()
            if id not in reached:
                reached.add(id)
                found = known[id]
                waiting.extend(each for each in found.down + found.depends_on if each in known)
        return frozenset(reached)

    def to_come(self, stamp: tuple[str, ...]) -> frozenset[Key]:
        """The objects that revisions touch which a stamp has not.

        One that was interrupted, and is not of one transaction, has left some of them.
        """
        applied = self.up_to(stamp)
        pending = (each.objects for each in self.revisions if each.id not in applied)
        return frozenset(key for objects in pending for key in objects)

    def expected(self, stamp: tuple[str, ...]) -> Expected | None:
        """The schema of a database at this stamp, None where nothing is known of it."""
        if any(self.find(id) is None for id in stamp):
            return None
        return self._after(self.up_to(stamp))

    def of_production(self, stamp: tuple[str, ...]) -> Expected | None:
        """The schema that production has at this stamp, None where it is not on its way."""
        for each in self.production:
            is_there = self.up_to(each.at) == self.up_to(stamp)
            if is_there and (expected := self.expected(stamp)) is not None:
                unsure = expected.unsure - each.objects.keys()
                return Expected(_changed(expected.objects, each.objects), unsure)
        return None

    def stamps(self) -> Iterator[tuple[str, ...]]:
        """Every stamp that a database of this history can have; of a wide fork 4 096 of them.

        Those that the one pass came by are always among them, in its order.  None is older
        than what the revisions were run on.
        """
        known = frozenset(each.id for each in self.revisions)
        stands_on = {each.id: known & {*each.down, *each.depends_on} for each in self.revisions}
        waiting = [self.up_to(self.start.at)]
        for id in stands_on:
            if id not in waiting[-1]:
                waiting.append(waiting[-1] | {id})
        seen = set(waiting)
        for applied in waiting:
            yield self.heads_of(applied)
            for id, parents in stands_on.items():
                if id in applied or len(seen) >= _STATES or not parents <= applied:
                    continue
                if (more := applied | {id}) not in seen:
                    seen.add(more)
                    waiting.append(more)

    def heads_of(self, applied: frozenset[str]) -> tuple[str, ...]:
        """The rows that Alembic keeps for these revisions, sorted.

        What another one of them revises has none, nor has what another one depends on.
        """
        found = (each for each in self.revisions if each.id in applied)
        below = {id for each in found for id in (*each.down, *each.depends_on)}
        return tuple(sorted(applied - below))

    def _after(self, applied: frozenset[str]) -> Expected | None:
        if not applied >= self.up_to(self.start.at):
            return None
        found = dict(self.start.objects)
        passed_over: set[Key] = set()
        unsure: set[Key] = set()
        for each in self.revisions:
            if each.id in applied:
                unsure.update(passed_over & each.objects.keys())
                _change(found, each.objects)
            else:
                passed_over.update(each.objects)
        return Expected(found, frozenset(unsure))


def _changed(objects: Objects, changes: Objects) -> Objects:
    found = dict(objects)
    _change(found, changes)
    return found


def _change(objects: dict[Key, str], changes: Objects) -> None:
    for key, content in changes.items():
        if content:
            objects[key] = content
        else:
            objects.pop(key, None)


# --- a schema as objects -----------------------------------------------------------------


def objects_of(picture: Picture, version_table: str = "") -> Objects:
    """The objects of a schema by their contents; Alembic's own table and rights are left out."""
    return {
        key: content_of(thing)
        for key, thing in picture.things.items()
        if key.kind not in KINDS_OF_RIGHTS
        and not (version_table and belongs_to(key.name, version_table))
    }


def changes(before: Picture, after: Picture, version_table: str = "") -> Objects:
    """What has become of the objects between two pictures, "" for those that are gone."""
    old, new = before.things, after.things
    touched = {key for key in old.keys() | new.keys() if old.get(key) is not new.get(key)}
    was = objects_of(_part_of(before, touched), version_table)
    now = objects_of(_part_of(after, touched), version_table)
    return {
        key: now.get(key, "") for key in was.keys() | now.keys() if was.get(key) != now.get(key)
    }


def _part_of(picture: Picture, keys: set[Key]) -> Picture:
    kept = {key: thing for key in keys if (thing := picture.things.get(key))}
    return replace(picture, things=kept)


def content_of(thing: Thing) -> str:
    """What must be the same for two objects to be equal, whatever their server is."""
    if thing.key.kind == "extension":
        kept = {name: text for name, text in thing.attributes.items() if name != _OF_SERVERS}
        thing = Thing(thing.key, thing.parent, kept, thing.chosen)
    return thing.digest.hex()[:_DIGITS]


class How(StrEnum):
    """What is the matter with one object of a database."""

    MISSING = "is missing"
    EXTRA = "is not the history's"
    OTHER = "is another than the history's"


@dataclass(frozen=True, slots=True)
class Unlike:
    """One object in which a database is not what is expected of it."""

    key: Key
    how: How

    @property
    def text(self) -> str:
        return f"{self.key} {self.how}"


def unlike(
    expected: Expected, objects: Objects, unread: Mapping[str, str] | None = None
) -> tuple[Unlike, ...]:
    """What a database with these objects has otherwise, sorted by kind and name.

    Kinds that are `unread` are left out.  What goes with a table is told of the table alone.
    """
    out = unread or {}
    keys = {key for key in expected.objects.keys() | objects.keys() if key.kind not in out}
    wrong = {
        key
        for key in keys - expected.unsure
        if expected.objects.get(key, "") != objects.get(key, "")
    }
    missing = {key for key in wrong if key not in objects}
    extra = {key for key in wrong if key not in expected.objects}
    renamed = _same_but_for_the_name(expected.objects, objects, missing, extra)
    found = {
        **dict.fromkeys(_wholes(missing - renamed), How.MISSING),
        **dict.fromkeys(_wholes(extra - renamed), How.EXTRA),
        **dict.fromkeys(wrong - missing - extra, How.OTHER),
    }
    return tuple(Unlike(key, how) for key, how in sorted(found.items()))


def _same_but_for_the_name(
    expected: Objects, objects: Objects, missing: set[Key], extra: set[Key]
) -> set[Key]:
    """Pairs of equal content: only where Postgres chose the name is it no part of that."""
    waiting: dict[str, list[Key]] = {}
    for key in extra:
        waiting.setdefault(objects[key], []).append(key)
    pairs: set[Key] = set()
    for key in missing:
        if others := waiting.get(expected[key]):
            pairs |= {key, others.pop()}
    return pairs


def _wholes(keys: set[Key]) -> set[Key]:
    """Without what is a part of another one of them."""
    names = {parts(key.name) for key in keys}
    return {
        key
        for key in keys
        if not any(parts(key.name)[:length] in names for length in range(1, len(parts(key.name))))
    }
