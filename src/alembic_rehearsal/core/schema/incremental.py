"""Pictures of one database, one after the other: each reads what changed since the last.

What `reading.read_picture` says is the truth; the tests hold a camera to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from alembic_rehearsal.core.schema.catalog.family import Family
from alembic_rehearsal.core.schema.parse_rows import Whose
from alembic_rehearsal.core.schema.picture import Key, Picture, Thing
from alembic_rehearsal.core.schema.prepared_statements import Prepared
from alembic_rehearsal.core.schema.probe import Address, Look, Version, keys, look
from alembic_rehearsal.core.schema.query import Ask
from alembic_rehearsal.core.schema.read import (
    Found,
    Readable,
    composed,
    read_all,
    read_picture,
    read_units,
    readable,
)
from alembic_rehearsal.core.schema.reread import units_to_read
from alembic_rehearsal.core.schema.search_path import names_of_postgres


@dataclass(slots=True)
class _Known:
    """What the camera has seen: things, whose they are, and where the catalogs stood."""

    look: Look
    keys: dict[str, dict[str, Address]]
    present: tuple[Family, ...]
    things: dict[Key, Thing] = field(default_factory=dict)
    units: dict[Whose, list[Key]] = field(default_factory=lambda: defaultdict(list))

    def take_in(self, found: Iterable[Found]) -> None:
        for whose, thing in found:
            self.things[thing.key] = thing
            self.units[whose].append(thing.key)

    def forget(self, units: Iterable[Whose]) -> None:
        for unit in units:
            for key in self.units.pop(unit, ()):
                self.things.pop(key, None)

    def new_keys(self, catalog: str, now: Look) -> dict[str, Address]:
        """The rows of a catalog that came since, by key."""
        before = self.keys[catalog]
        return {
            key: (unit, oid)
            for unit, oid, key, *_ in now.versions[catalog]
            if key is not None and key not in before
        }


Moment = Callable[[], AbstractContextManager[None]]


class Camera:
    """Takes pictures over one connection, which may be in the middle of a transaction.

    Sees what that transaction has changed, and what a rollback took back.  One camera is
    for one database and one role.  `moment` is a block in which the connection sees nothing
    of what others change, such as `Asking.moment`; none is needed where nobody does.
    """

    def __init__(self, ask: Ask, moment: Moment = nullcontext) -> None:
        self._ask = ask
        self._moment = moment
        self._prepared = Prepared(ask)
        self._readable: Readable | None = None
        self._known: _Known | None = None
        self._last: Picture | None = None

    def picture(self) -> Picture:
        """The schema as it is now; the same object as before where nothing changed.

        Raises what `ask` raises, and `WrongServer` for a server older than 13; the next
        picture is then read as a whole.
        """
        with self._moment(), names_of_postgres(self._ask):
            return self._taken()

    def _taken(self) -> Picture:
        if self._readable is None:
            self._readable = readable(self._ask)
        found = self._readable
        if found.unread:
            return read_picture(self._ask)
        self._prepared.recall()
        known, self._known = self._known, None
        last, self._last = self._last, None
        if known is None or last is None:
            known, last = self._whole(found), None
        else:
            now = look(self._prepared, found.major, known.look.horizon)
            changed = self._changed(known, now)
            if changed is None or (changed and not self._read_again(known, found, changed)):
                known, last = self._whole(found), None
            else:
                known.look = now.still_undecided()
                last = None if changed else last
        self._known, self._last = known, last or _composed(found, known)
        return self._last

    def _whole(self, found: Readable) -> _Known:
        """Read everything."""
        now = look(self._prepared, found.major)
        all_keys = keys(self._ask, now.counts)
        read = read_all(self._ask, found.families)
        known = _Known(now.still_undecided(), all_keys, read.present)
        known.take_in(read.things)
        return known

    def _changed(self, known: _Known, now: Look) -> set[Address] | None:
        """What the rows that came, went or changed belong to; None: everything may have."""
        if now.rest != known.look.rest:
            return None
        changed: set[Address] = set()
        miscounted = set()
        for catalog, versions in now.versions.items():
            before = known.look.versions[catalog]
            changed.update((unit, oid) for unit, oid, *_ in versions ^ before)
            if catalog in known.keys:
                new = known.new_keys(catalog, now)
                counted = len(known.keys[catalog]) + len(new)
                if now.counts[catalog] != counted or _keys(before) - _keys(versions):
                    miscounted.add(catalog)
                else:
                    known.keys[catalog].update(new)
        for catalog, rows in keys(self._ask, miscounted).items():
            then = known.keys[catalog]
            changed.update(then[key] for key in then.keys() - rows.keys())
            # What a rollback brought back is older than the last look.
            changed.update(rows[key] for key in rows.keys() - then.keys())
            known.keys[catalog] = rows
        return changed

    def _read_again(self, known: _Known, found: Readable, changed: Collection[Address]) -> bool:
        """Replace what changed; False where that takes a whole read."""
        units = units_to_read(self._prepared, changed)
        if units is None:
            return False
        # What has no unit is only read as a whole, and a look tells when it has to be.
        absent = tuple(
            each for each in found.families if each.unit is not None and each not in known.present
        )
        again = read_units(self._prepared, known.present, absent, units)
        if again is None:
            return False
        known.forget((unit, oid) for unit, members in units.items() for oid in members)
        known.take_in(again)
        return True


def _keys(versions: Iterable[Version]) -> set[str | None]:
    return {key for _, _, key, *_ in versions}


def _composed(found: Readable, known: _Known) -> Picture:
    loose = [known.things[key] for key in known.units[None]]
    return composed(found, known.things.copy(), loose)
