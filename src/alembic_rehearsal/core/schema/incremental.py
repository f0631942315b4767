"""A reader of one picture after another, which reads only what changed since the last one.

Each picture equals the one that `read.read_picture` would read; the tests compare the two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from alembic_rehearsal.core.schema.affected import find_units_to_read
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
from alembic_rehearsal.core.schema.search_path import empty_search_path


@dataclass(slots=True)
class _LastRead:
    """The state after the last picture.

    `probe` holds the row versions of the catalogs, `row_keys` the keys of their rows, by
    catalog.  `families` are those that had rows.  `keys_by_unit` says with which unit each of
    the `objects` is read again.
    """

    probe: CatalogProbe
    row_keys: dict[str, dict[str, ObjectAddress]]
    families: tuple[Family, ...]
    objects: dict[Key, SchemaObject] = field(default_factory=dict)
    keys_by_unit: dict[UnitId, list[Key]] = field(default_factory=lambda: defaultdict(list))

    def add(self, found: Iterable[FoundObject]) -> None:
        for unit, schema_object in found:
            self.objects[schema_object.key] = schema_object
            self.keys_by_unit[unit].append(schema_object.key)

    def forget(self, units: Iterable[UnitId]) -> None:
        for unit in units:
            for key in self.keys_by_unit.pop(unit, ()):
                self.objects.pop(key, None)

    def new_keys(self, catalog: str, now: CatalogProbe) -> dict[str, ObjectAddress]:
        """The rows that were added to a catalog since then, by key."""
        before = self.row_keys[catalog]
        return {
            key: (unit, oid)
            for unit, oid, key, *_ in now.versions[catalog]
            if key is not None and key not in before
        }


TransactionBlock = Callable[[], AbstractContextManager[None]]


class IncrementalReader:
    """Reads pictures over one connection, which may be in the middle of a transaction.

    It sees what that transaction has changed, and what a rollback has undone.  A reader is for
    one database and one role.  `run_sql` runs a statement on the connection.  `transaction` is
    a block in which the connection does not see the changes of other sessions, such as
    `ReadOnlySession.transaction`; it is not needed where no other session changes the schema.
    """

    def __init__(self, run_sql: RunSql, transaction: TransactionBlock = nullcontext) -> None:
        self._run_sql = run_sql
        self._transaction = transaction
        self._prepared = PreparedStatements(run_sql)
        self._readable_families: ReadableFamilies | None = None
        self._last_read: _LastRead | None = None
        self._last_picture: Picture | None = None

    def read_picture(self) -> Picture:
        """The current schema; the same `Picture` as before if nothing changed.

        Raises what `run_sql` raises, and `WrongServer` for a server older than PostgreSQL 13.
        After an error the next picture is read completely.
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
        """Read the whole schema, and remember where the catalogs were before it."""
        probe = probe_catalogs(self._prepared, readable_families.major)
        all_keys = read_row_keys(self._run_sql, probe.counts)
        read = read_families(self._run_sql, readable_families.families)
        last_read = _LastRead(probe.since_horizon(), all_keys, read.families)
        last_read.add(read.objects)
        return last_read

    def _find_changed(self, last_read: _LastRead, now: CatalogProbe) -> set[ObjectAddress] | None:
        """The objects whose rows were added, removed or changed; None: read everything again."""
        if now.rest_hash != last_read.probe.rest_hash:
            return None
        changed: set[ObjectAddress] = set()
        miscounted = set()
        for catalog, versions in now.versions.items():
            before = last_read.probe.versions[catalog]
            changed.update((unit, oid) for unit, oid, *_ in versions ^ before)
            if catalog in last_read.row_keys:
                new = last_read.new_keys(catalog, now)
                counted = len(last_read.row_keys[catalog]) + len(new)
                if now.counts[catalog] != counted or _row_keys(before) - _row_keys(versions):
                    miscounted.add(catalog)
                else:
                    last_read.row_keys[catalog].update(new)
        for catalog, rows in read_row_keys(self._run_sql, miscounted).items():
            then = last_read.row_keys[catalog]
            changed.update(then[key] for key in then.keys() - rows.keys())
            # A row that a rollback restored is older than the last probe.
            changed.update(rows[key] for key in rows.keys() - then.keys())
            last_read.row_keys[catalog] = rows
        return changed

    def _read_again(
        self,
        last_read: _LastRead,
        readable_families: ReadableFamilies,
        changed: Collection[ObjectAddress],
    ) -> bool:
        """Read the changed units again; False if everything has to be read again."""
        units = find_units_to_read(self._prepared, changed)
        if units is None:
            return False
        # A family without a unit is only read completely; the probe's `rest_hash` says when.
        absent = tuple(
            each
            for each in readable_families.families
            if each.unit is not None and each not in last_read.families
        )
        again = read_units(self._prepared, last_read.families, absent, units)
        if again is None:
            return False
        last_read.forget((unit, oid) for unit, members in units.items() for oid in members)
        last_read.add(again)
        return True


def _row_keys(versions: Iterable[RowVersion]) -> set[str | None]:
    return {key for _, _, key, *_ in versions}


def _build_picture(readable_families: ReadableFamilies, last_read: _LastRead) -> Picture:
    loose = [last_read.objects[key] for key in last_read.keys_by_unit[None]]
    return build_picture(readable_families, last_read.objects.copy(), loose)
