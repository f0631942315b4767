"""Whether a squashed history does what the old one did: built both ways, and compared.

Reads both and writes no file; what to do about a proof that fails is the story's business.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from alembic_rehearsal.building.builder import Builder, Tell
from alembic_rehearsal.core.rows.checksums import (
    ROW_COUNT,
    VALUE_CHECKSUM,
    read_row_checksums,
    row_differences,
)
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.core.schema.query import RunSql, read_only_session
from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.core.schema.version_table import find_version_table
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import Refused, ToolFailed
from alembic_rehearsal.snapshot.values import Snapshot
from alembic_rehearsal.squash.baseline_sql import DATABASE_SETTINGS
from alembic_rehearsal.squash.values import Bounds, Proof

MOST = 12  # revisions from which a way up is tried: they share the files that they run
Marks = Mapping[tuple[str, str], str]
ORDER = "order of columns"
WHOLE, SEQUENCE, DATABASE = "whole rows of", "sequence", "database"
FILLED = "materialized view"
_SAID = {WHOLE: "checksum", SEQUENCE: "value", DATABASE: "settings", FILLED: "content"}
# Alembic's own table is among them, and has no marks.
_COLUMNS = """
    SELECT format('%I.%I', n.nspname, c.relname),
        json_agg(format('%I', a.attname) ORDER BY a.attname)::text
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
        AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    GROUP BY 1
"""
_SEQUENCES = """
    SELECT format('%I.%I', n.nspname, c.relname)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND c.relpersistence <> 't'
"""
_FILLED = """
    SELECT format('%I.%I', n.nspname, c.relname),
        CASE WHEN c.relispopulated THEN 'filled' ELSE 'never filled' END
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'm'
"""


@dataclass(frozen=True, slots=True)
class State:
    """What a database was when it was looked at: its schema, its rows and its sequences."""

    picture: Picture
    marks: Marks

    def unlike(self, other: State) -> tuple[Difference, ...]:
        """Rights count as well: what granted them is gone with the old revisions."""
        schema = compare(self.picture, other.picture, rights=True)
        return (*schema, *_unlike(self.marks, other.marks))


@dataclass(slots=True)
class Proving:
    """The old history and the new one, on the same servers; `proofs` are held one by one.

    `varying` are the rows that the old history itself does not write alike every time, `rows`
    is how many the baseline has.  `orders` are other orders of columns that production has.
    """

    old: Builder
    new: Builder
    tell: Tell
    proofs: list[Proof] = field(default_factory=list)
    varying: frozenset[tuple[str, str]] = frozenset()
    rows: int = 0
    orders: tuple[Difference, ...] = ()

    def prove(self, bounds: Bounds, source: Database, snapshot: Snapshot) -> None:
        """Hold every proof, until one fails.

        `source` is what the old history has built at `bounds.to`.  Raises `ToolFailed` where
        the old history cannot be built or upgraded, and `Refused` where only the new one cannot.
        """
        begin, id = state_of(source), bounds.to.id
        self.rows = sum(int(mark) for (kind, _), mark in begin.marks.items() if kind == ROW_COUNT)
        # The baseline has this very database's rows: there chance excuses nothing.
        self._held(f"from empty to {id}", lambda: begin.unlike(self._built(id)))
        end = state_of(self.old.at("heads"))
        self.varying = self._chance(end)
        self._held("from empty to head", lambda: self._excused(end.unlike(self._built("heads"))))
        for each in spread([id, *(each.id for each in bounds.later)]):
            self._held(f"a database at {each}, to head", partial(self._from, each, end))
        at = ", ".join(snapshot.provenance.revisions)
        self._held(f"production, at {at}, to head", lambda: self._production(snapshot, end))

    def _held(self, what: str, differences: Callable[[], tuple[Difference, ...]]) -> None:
        if not all(each.holds for each in self.proofs):
            return
        begun = time.perf_counter()
        found = differences()
        self.proofs.append(Proof(what, time.perf_counter() - begun, found))
        self.tell(f"  {what:<48}  {self.proofs[-1].seconds:.2f} s")

    def _from(self, id: str, end: State) -> tuple[Difference, ...]:
        return self._excused(end.unlike(self._upgraded(self.old.at(id))))

    def _production(self, snapshot: Snapshot, end: State) -> tuple[Difference, ...]:
        database = self.old.restored(snapshot)
        self.old.upgraded(database, "heads")
        before, after = state_of(database), self._upgraded(self.new.restored(snapshot))
        apart = compare(end.picture, after.picture)
        self.orders = tuple(each for each in apart if each.attribute == ORDER)
        return self._excused(before.unlike(after))

    def _built(self, id: str) -> State:
        with _only_the_old_can(f"built to {id}"):
            return state_of(self.new.at(id))

    def _upgraded(self, database: Database) -> State:
        with _only_the_old_can("upgraded to head"):
            self.new.upgraded(database, "heads")
        return state_of(database)

    def _excused(self, found: tuple[Difference, ...]) -> tuple[Difference, ...]:
        return tuple(each for each in found if (each.kind, each.name) not in self.varying)

    def _chance(self, end: State) -> frozenset[tuple[str, str]]:
        """Rows that a second run does not write alike, either: by the clock or by chance."""
        if not any(kind == VALUE_CHECKSUM for kind, _ in end.marks):
            return frozenset()
        again = state_of(self.old.at("heads"))
        return frozenset((each.kind, each.name) for each in _unlike(end.marks, again.marks))


@contextmanager
def _only_the_old_can(what: str) -> Iterator[None]:
    try:
        yield
    except ToolFailed as broke:
        raise Refused(
            f"the squashed history cannot be {what}, as the old one can; nothing was written.",
            why="\n".join(each for each in (broke.what, broke.why) if each),
        ) from broke


def state_of(database: Database) -> State:
    with read_only_session(database) as ask:
        table = find_version_table(ask.connection) or ""
        settings = "; ".join(setting for (setting,) in ask(DATABASE_SETTINGS))
        marks = {
            **read_row_checksums(ask, table),
            **dict(_sequences(ask)),
            (DATABASE, ""): settings,
        }
        marks.update(((FILLED, name), content) for name, content in ask(_FILLED))
        marks.update(_whole_rows(ask, marks))
    return State(read_database_picture(database), marks)


def _whole_rows(ask: RunSql, marks: Marks) -> dict[tuple[str, str], str]:
    """A checksum of the rows of each table whose values are marked: which of them go together."""
    found = {}
    for name, columns in ask(_COLUMNS):
        if any((VALUE_CHECKSUM, f"{name}.{each}") in marks for each in json.loads(columns)):
            row = f"ROW({', '.join(json.loads(columns))})::text"
            sums = f"md5(string_agg(md5({row}), ',' ORDER BY {row} COLLATE \"C\"))"
            ((mark,),) = ask(f"SELECT {sums} FROM {name}")
            found[WHOLE, name] = mark[:8]
    return found


def _sequences(ask: RunSql) -> Iterator[tuple[tuple[str, str], str]]:
    for (name,) in ask(_SEQUENCES):
        ((last, is_called),) = ask(f"SELECT last_value, is_called FROM {name}")
        yield (SEQUENCE, name), f"{last} {'used' if is_called else 'unused'}"


def _unlike(first: Marks, second: Marks) -> tuple[Difference, ...]:
    """Where rows and sequences are not alike; whole rows only where no column tells of it."""
    changed = {key for key in first.keys() & second.keys() if first[key] != second[key]}
    told = row_differences(*(_only(marks, ROW_COUNT, VALUE_CHECKSUM) for marks in (first, second)))
    tables = {each.name for each in told} | {each.name.rpartition(".")[0] for each in told}
    more = (
        Difference(*key, Change.CHANGED, _SAID[key[0]], first[key], second[key])
        for key in changed
        if key[0] in (SEQUENCE, DATABASE, FILLED) or (key[0] == WHOLE and key[1] not in tables)
    )
    return tuple(sorted((*told, *more), key=lambda each: (each.kind, each.name)))


def _only(marks: Marks, *kinds: str) -> Marks:
    return {key: mark for key, mark in marks.items() if key[0] in kinds}


def spread(ids: Sequence[str]) -> list[str]:
    """The first, the last, and as many between them as `MOST` allows."""
    if len(ids) <= MOST:
        return list(ids)
    return [ids[number * (len(ids) - 1) // (MOST - 1)] for number in range(MOST)]
