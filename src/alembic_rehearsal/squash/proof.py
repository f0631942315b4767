"""The proofs of a squash: databases built by the old and the new history, compared.

Writes no file; `squash.py` decides what to do if a proof fails.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from alembic_rehearsal.building.builder import Builder
from alembic_rehearsal.core.rows.checksums import (
    ROW_COUNT,
    VALUE_CHECKSUM,
    RowChecksums,
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
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.snapshot.values import Snapshot
from alembic_rehearsal.squash.baseline_sql import DATABASE_SETTINGS
from alembic_rehearsal.squash.values import Bounds, Proof

MAX_STARTS = 12  # revisions from which an upgrade to head is tried; many run the same files
COLUMN_ORDER = "order of columns"
WHOLE_ROWS, SEQUENCE, DATABASE = "whole rows of", "sequence", "database"
MATERIALIZED_VIEW = "materialized view"
_ATTRIBUTE_NAMES = {
    WHOLE_ROWS: "checksum",
    SEQUENCE: "value",
    DATABASE: "settings",
    MATERIALIZED_VIEW: "content",
}
# Includes Alembic's version table, which has no checksums.
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
class DatabaseContents:
    """The contents of a database: its schema, and checksums of its rows, sequences and more."""

    picture: Picture
    checksums: RowChecksums

    def differences_to(self, other: DatabaseContents) -> tuple[Difference, ...]:
        """The differences to another database's contents, owners and grants included.

        Those count because the revisions that granted them are squashed.
        """
        schema = compare(self.picture, other.picture, rights=True)
        return (*schema, *_checksum_differences(self.checksums, other.checksums))


@dataclass(slots=True)
class ProofRun:
    """Proofs that compare the old history (`old`) with the new one (`new`), run one by one.

    `proofs` are those that have run.  `varying` are the kinds and names of contents that the old
    history itself writes differently each time it runs.  `rows` is the number of rows in the
    baseline.  `column_orders` are tables with another order of columns in production.
    """

    old: Builder
    new: Builder
    tell: Tell
    proofs: list[Proof] = field(default_factory=list)
    varying: frozenset[tuple[str, str]] = frozenset()
    rows: int = 0
    column_orders: tuple[Difference, ...] = ()

    def prove(self, bounds: Bounds, source: Database, snapshot: Snapshot) -> None:
        """Run the proofs, until one fails.

        `source` is a database that the old history has built up to `bounds.to`.  Raises
        `ToolFailed` if the old history fails, and `Refused` if only the new one fails.
        """
        begin, id = read_contents(source), bounds.to.id
        self.rows = sum(
            int(count) for (kind, _), count in begin.checksums.items() if kind == ROW_COUNT
        )
        # The baseline has the rows of `source` itself: here even varying values must be equal.
        self._run_proof(f"from empty to {id}", lambda: begin.differences_to(self._build_new(id)))
        end = read_contents(self.old.build_at("heads"))
        self.varying = self._varying_rows(end)
        self._run_proof(
            "from empty to head",
            lambda: self._without_varying(end.differences_to(self._build_new("heads"))),
        )
        for each in sample_evenly([id, *(each.id for each in bounds.later)]):
            self._run_proof(
                f"a database at {each}, to head", partial(self._upgrade_from, each, end)
            )
        at = ", ".join(snapshot.provenance.revisions)
        self._run_proof(
            f"production, at {at}, to head", lambda: self._upgrade_production(snapshot, end)
        )

    def _run_proof(self, what: str, differences: Callable[[], tuple[Difference, ...]]) -> None:
        if not all(each.holds for each in self.proofs):
            return
        begun = time.perf_counter()
        found = differences()
        self.proofs.append(Proof(what, time.perf_counter() - begun, found))
        self.tell(f"  {what:<48}  {self.proofs[-1].seconds:.2f} s")

    def _upgrade_from(self, id: str, end: DatabaseContents) -> tuple[Difference, ...]:
        return self._without_varying(end.differences_to(self._upgrade_new(self.old.build_at(id))))

    def _upgrade_production(
        self, snapshot: Snapshot, end: DatabaseContents
    ) -> tuple[Difference, ...]:
        database = self.old.restore(snapshot)
        self.old.upgrade(database, "heads")
        before, after = read_contents(database), self._upgrade_new(self.new.restore(snapshot))
        found = compare(end.picture, after.picture)
        self.column_orders = tuple(each for each in found if each.attribute == COLUMN_ORDER)
        return self._without_varying(before.differences_to(after))

    def _build_new(self, id: str) -> DatabaseContents:
        with _refuse_new_failure(f"built to {id}"):
            return read_contents(self.new.build_at(id))

    def _upgrade_new(self, database: Database) -> DatabaseContents:
        with _refuse_new_failure("upgraded to head"):
            self.new.upgrade(database, "heads")
        return read_contents(database)

    def _without_varying(self, found: tuple[Difference, ...]) -> tuple[Difference, ...]:
        return tuple(each for each in found if (each.kind, each.name) not in self.varying)

    def _varying_rows(self, end: DatabaseContents) -> frozenset[tuple[str, str]]:
        """Contents that differ after a second run of the old history: clock or random values."""
        if not any(kind == VALUE_CHECKSUM for kind, _ in end.checksums):
            return frozenset()
        again = read_contents(self.old.build_at("heads"))
        return frozenset(
            (each.kind, each.name) for each in _checksum_differences(end.checksums, again.checksums)
        )


@contextmanager
def _refuse_new_failure(what: str) -> Iterator[None]:
    try:
        yield
    except ToolFailed as error:
        raise Refused(
            f"the squashed history cannot be {what}, but the old one can; nothing was written.",
            why="\n".join(each for each in (error.what, error.why) if each),
        ) from error


def read_contents(database: Database) -> DatabaseContents:
    """Read a database's schema, and checksums of everything else that a squash must keep."""
    with read_only_session(database) as ask:
        table = find_version_table(ask.connection) or ""
        settings = "; ".join(setting for (setting,) in ask(DATABASE_SETTINGS))
        checksums = {
            **read_row_checksums(ask, table),
            **dict(_sequence_values(ask)),
            (DATABASE, ""): settings,
        }
        checksums.update(((MATERIALIZED_VIEW, name), content) for name, content in ask(_FILLED))
        checksums.update(_row_checksums(ask, checksums))
    return DatabaseContents(read_database_picture(database), checksums)


def _row_checksums(ask: RunSql, checksums: RowChecksums) -> dict[tuple[str, str], str]:
    """A checksum of the whole rows of each table that has checksums of its columns.

    It shows whether the same values are combined to the same rows.
    """
    found = {}
    for name, columns in ask(_COLUMNS):
        if any((VALUE_CHECKSUM, f"{name}.{each}") in checksums for each in json.loads(columns)):
            row = f"ROW({', '.join(json.loads(columns))})::text"
            sums = f"md5(string_agg(md5({row}), ',' ORDER BY {row} COLLATE \"C\"))"
            ((checksum,),) = ask(f"SELECT {sums} FROM {name}")
            found[WHOLE_ROWS, name] = checksum[:8]
    return found


def _sequence_values(ask: RunSql) -> Iterator[tuple[tuple[str, str], str]]:
    for (name,) in ask(_SEQUENCES):
        ((last, is_called),) = ask(f"SELECT last_value, is_called FROM {name}")
        yield (SEQUENCE, name), f"{last} {'used' if is_called else 'unused'}"


def _checksum_differences(first: RowChecksums, second: RowChecksums) -> tuple[Difference, ...]:
    """The differences in rows, sequences and more; whole rows only if no column differs."""
    changed = {key for key in first.keys() & second.keys() if first[key] != second[key]}
    by_column = row_differences(
        *(_of_kinds(checksums, ROW_COUNT, VALUE_CHECKSUM) for checksums in (first, second))
    )
    names = {each.name for each in by_column}
    tables = names | {each.rpartition(".")[0] for each in names}
    more = (
        Difference(*key, Change.CHANGED, _ATTRIBUTE_NAMES[key[0]], first[key], second[key])
        for key in changed
        if key[0] in (SEQUENCE, DATABASE, MATERIALIZED_VIEW)
        or (key[0] == WHOLE_ROWS and key[1] not in tables)
    )
    return tuple(sorted((*by_column, *more), key=lambda each: (each.kind, each.name)))


def _of_kinds(checksums: RowChecksums, *kinds: str) -> RowChecksums:
    return {key: checksum for key, checksum in checksums.items() if key[0] in kinds}


def sample_evenly(ids: Sequence[str]) -> list[str]:
    """At most `MAX_STARTS` of the ids, evenly spread, with the first and the last."""
    if len(ids) <= MAX_STARTS:
        return list(ids)
    return [ids[number * (len(ids) - 1) // (MAX_STARTS - 1)] for number in range(MAX_STARTS)]
