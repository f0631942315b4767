"""Pictures of one database, one after the other: each reads what changed since the last.

What `reading.read_picture` says is the truth; the tests hold a camera to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from alembic_rehearsal.core.schema.catalog.family import Family
from alembic_rehearsal.core.schema.parse_rows import UnitId
from alembic_rehearsal.core.schema.picture import Key, Picture, SchemaObject
from alembic_rehearsal.core.schema.prepared_statements import PreparedStatements
from alembic_rehearsal.core.schema.probe import (
    CatalogProbe,
    ObjectAddress,
    RowVersion,
    probe_catalogs,
    read_row_keys,
)
from alembic_rehearsal.core.schema.query import RunSql
from alembic_rehearsal.core.schema.read import (
    FoundObject,
    ReadableFamilies,
    build_picture,
    find_readable_families,
    read_families,
    read_picture,
    read_units,
)
from alembic_rehearsal.core.schema.reread import find_units_to_read
from alembic_rehearsal.core.schema.search_path import empty_search_path


@dataclass(slots=True)
class _LastRead:
    """What the camera has seen: things, whose they are, and where the catalogs stood."""

    probe: CatalogProbe
    row_keys: dict[str, dict[str, ObjectAddress]]
    families: tuple[Family, ...]
    objects: dict[Key, SchemaObject] = field(default_factory=dict)
    keys_by_unit: dict[UnitId, list[Key]] = field(default_factory=lambda: defaultdict(list))

    def add(self, found: Iterable[FoundObject]) -> None:
        for unit, thing in found:
            self.objects[thing.key] = thing
            self.keys_by_unit[unit].append(thing.key)

    def forget(self, units: Iterable[UnitId]) -> None:
        for unit in units:
            for key in self.keys_by_unit.pop(unit, ()):
                self.objects.pop(key, None)

    def new_keys(self, catalog: str, now: CatalogProbe) -> dict[str, ObjectAddress]:
        """The rows of a catalog that came since, by key."""
        before = self.row_keys[catalog]
        return {
            key: (unit, oid)
            for unit, oid, key, *_ in now.versions[catalog]
            if key is not None and key not in before
        }


TransactionBlock = Callable[[], AbstractContextManager[None]]


class IncrementalReader:
    """Takes pictures over one connection, which may be in the middle of a transaction.

    Sees what that transaction has changed, and what a rollback took back.  One camera is
    for one database and one role.  `moment` is a block in which the connection sees nothing
    of what others change, such as `Asking.moment`; none is needed where nobody does.
    """

    def __init__(self, run_sql: RunSql, transaction: TransactionBlock = nullcontext) -> None:
        self._run_sql = run_sql
        self._transaction = transaction
        self._prepared = PreparedStatements(run_sql)
        self._readable_families: ReadableFamilies | None = None
        self._last_read: _LastRead | None = None
        self._last_picture: Picture | None = None

    def read_picture(self) -> Picture:
        """The schema as it is now; the same object as before where nothing changed.

        Raises what `ask` raises, and `WrongServer` for a server older than 13; the next
        picture is then read as a whole.
        """
        with self._transaction(), empty_search_path(self._run_sql):
            return self._read_picture()

    def _read_picture(self) -> Picture:
        if self._readable_families is None:
            self._readable_families = find_readable_families(self._run_sql)
        readable_families = self._readable_families
        if readable_families.unread:
            return read_picture(self._run_sql)
        self._prepared.refresh()
        last_read, self._last_read = self._last_read, None
        last, self._last_picture = self._last_picture, None
        if last_read is None or last is None:
            last_read, last = self._read_everything(readable_families), None
        else:
            probe = probe_catalogs(self._prepared, readable_families.major, last_read.probe.horizon)
            changed = self._find_changed(last_read, probe)
            if changed is None or (
                changed and not self._read_again(last_read, readable_families, changed)
            ):
                last_read, last = self._read_everything(readable_families), None
            else:
                last_read.probe = probe.since_horizon()
                last = None if changed else last
        self._last_read, self._last_picture = (
            last_read,
            last or _build_picture(readable_families, last_read),
        )
        return self._last_picture

    def _read_everything(self, readable_families: ReadableFamilies) -> _LastRead:
        """Read everything."""
        probe = probe_catalogs(self._prepared, readable_families.major)
        all_keys = read_row_keys(self._run_sql, probe.counts)
        read = read_families(self._run_sql, readable_families.families)
        known = _LastRead(probe.since_horizon(), all_keys, read.families)
        known.add(read.objects)
        return known

    def _find_changed(self, known: _LastRead, now: CatalogProbe) -> set[ObjectAddress] | None:
        """What the rows that came, went or changed belong to; None: everything may have."""
        if now.rest_hash != known.probe.rest_hash:
            return None
        changed: set[ObjectAddress] = set()
        miscounted = set()
        for catalog, versions in now.versions.items():
            before = known.probe.versions[catalog]
            changed.update((unit, oid) for unit, oid, *_ in versions ^ before)
            if catalog in known.row_keys:
                new = known.new_keys(catalog, now)
                counted = len(known.row_keys[catalog]) + len(new)
                if now.counts[catalog] != counted or _row_keys(before) - _row_keys(versions):
                    miscounted.add(catalog)
                else:
                    known.row_keys[catalog].update(new)
        for catalog, rows in read_row_keys(self._run_sql, miscounted).items():
            then = known.row_keys[catalog]
            changed.update(then[key] for key in then.keys() - rows.keys())
            # What a rollback brought back is older than the last look.
            changed.update(rows[key] for key in rows.keys() - then.keys())
            known.row_keys[catalog] = rows
        return changed

    def _read_again(
        self, known: _LastRead, found: ReadableFamilies, changed: Collection[ObjectAddress]
    ) -> bool:
        """Replace what changed; False where that takes a whole read."""
        units = find_units_to_read(self._prepared, changed)
        if units is None:
            return False
        # What has no unit is only read as a whole, and a look tells when it has to be.
        absent = tuple(
            each for each in found.families if each.unit is not None and each not in known.families
        )
        again = read_units(self._prepared, known.families, absent, units)
        if again is None:
            return False
        known.forget((unit, oid) for unit, members in units.items() for oid in members)
        known.add(again)
        return True


def _row_keys(versions: Iterable[RowVersion]) -> set[str | None]:
    return {key for _, _, key, *_ in versions}


def _build_picture(found: ReadableFamilies, known: _LastRead) -> Picture:
    loose = [known.objects[key] for key in known.keys_by_unit[None]]
    return build_picture(found, known.objects.copy(), loose)
