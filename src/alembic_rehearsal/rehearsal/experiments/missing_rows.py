"""Experiment: find out whether an upgrade from the snapshot fails because rows are missing.

The proof: rows that earlier revisions wrote are put into a clone of the snapshot, and the
upgrade is run again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import connection as Connection

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.steps import WalkMode
from alembic_rehearsal.core.rows.tables import Table, TableReader, open_table_reader
from alembic_rehearsal.core.schema.version_table import find_version_table
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import UsageError
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.missing_rows import MissingRows
from alembic_rehearsal.rehearsal.facts.upgrade import (
    RestoredSnapshot,
    UpgradeFromEmpty,
    UpgradeFromSnapshot,
)
from alembic_rehearsal.rehearsal.runner.context import INTERRUPTED, Context, Experiment, Skip

NO_MISSING_ROWS = MissingRows()


def find_missing_rows(context: Context, evidence: Evidence) -> MissingRows:
    """Look for missing rows where the upgrade fails from the snapshot and not from empty.

    Raises `Skip` after an interruption.
    """
    failing = _failing_revision(evidence)
    if not failing:
        return NO_MISSING_ROWS
    bootstrapped = context.bootstrap.applied
    applied = [
        each.id
        for each in context.history.revisions
        if not evidence.is_pending(each.id) and each.id not in bootstrapped
    ]
    template = evidence.fact(RestoredSnapshot).template
    with (
        context.temporary_database("rows of revisions", context.bootstrap.template) as built,
        context.temporary_database("no rows", template) as bare,
    ):
        try:
            writers = _run_and_find_writers(context, built, applied)
        except StepFailed:  # from empty it worked in another order, or in one transaction
            return NO_MISSING_ROWS
        own = evidence.fact(UpgradeFromEmpty).upgrade.version_table
        rows = _read_missing_rows(built, bare, writers, own)
    search = _MissingRowsSearch(context, template, failing, rows)
    tables = search.find_smallest(_mentioned_tables(context, failing, rows))
    if context.interrupted.is_set():  # an upgrade that was not run proves nothing
        raise Skip(INTERRUPTED)
    if not tables:
        return NO_MISSING_ROWS
    wrote = {id for name in tables for id in writers[name]}
    return MissingRows(failing, tables, tuple(id for id in applied if id in wrote))


def _failing_revision(evidence: Evidence) -> str:
    """The revision that fails from the snapshot and works from empty, "" for none."""
    if UpgradeFromEmpty not in evidence.facts or UpgradeFromSnapshot not in evidence.facts:
        return ""
    failure = evidence.fact(UpgradeFromSnapshot).upgrade.failure
    passed = {step.revision for step in evidence.fact(UpgradeFromEmpty).upgrade.steps}
    return failure.revision if failure is not None and failure.revision in passed else ""


def _run_and_find_writers(
    context: Context, database: Database, revisions: Iterable[str]
) -> dict[str, list[str]]:
    """Run these revisions; return for each table those that added rows to it."""
    counts: dict[str, int] = {}
    writers: dict[str, list[str]] = {}
    with context.open_walk(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk:
        for id in revisions:
            if not walk.up(id).wrote:
                continue
            with open_table_reader(database) as found:
                now = {each.name: found.count_rows(each) for each in found.tables}
            for name, count in now.items():
                if count > counts.get(name, 0):
                    writers.setdefault(name, []).append(id)
            counts = now
    return writers


def _read_missing_rows(
    built: Database, bare: Database, written: Iterable[str], version_table: str
) -> Mapping[str, str]:
    """INSERT statements for each written table that exists in the snapshot and is empty there.

    Only with columns that the snapshot has.  Tables come in an order in which they can be loaded.
    """
    with open_table_reader(built) as source, open_table_reader(bare) as target:
        targets = {each.name: each for each in target.tables}
        found = [
            each
            for each in source.tables
            if each.name in written
            and each.name in targets
            and not target.count_rows(targets[each.name])
        ]
        with connect(bare) as connection:
            own = find_version_table(connection, version_table)
        return {
            each.name: source.read_inserts(each, into=target)
            for each in _in_load_order(source, found)
            if each.name != own
        }


def _in_load_order(source: TableReader, tables: list[Table]) -> Iterable[Table]:
    try:
        return source.sort_by_references(tables)
    except UsageError:  # a cycle of references: such `reference_tables` are refused, too
        return ()


def _mentioned_tables(context: Context, id: str, rows: Mapping[str, str]) -> tuple[str, ...]:
    """The tables that the revision itself names: most likely it reads their rows."""
    revision = context.history.find(id)
    text = revision.path.read_text(encoding="utf-8", errors="replace") if revision else ""
    return tuple(name for name in rows if name.rpartition(".")[2].strip('"') in text)


@dataclass(frozen=True, slots=True)
class _MissingRowsSearch:
    """A search by upgrades on clones of the snapshot, each with the rows of some tables."""

    context: Context
    template: Database
    revision: str
    rows: Mapping[str, str]

    def find_smallest(self, guess: tuple[str, ...]) -> tuple[str, ...]:
        """A set of tables of which each is needed, sorted; empty where rows do not help.

        `guess` is tried before all tables.
        """
        tables = next(
            (each for each in (guess, self._find_loadable()) if self._passes_with(each)), ()
        )
        for name in reversed(tables):  # tables that reference others come first
            fewer = tuple(each for each in tables if each != name)
            if self._passes_with(fewer):
                tables = fewer
        return tuple(sorted(tables))

    def _find_loadable(self) -> tuple[str, ...]:
        """The tables whose rows can be loaded into production's schema."""
        with self.context.temporary_database("all rows", self.template) as database:
            return tuple(name for name in self.rows if self._load(database, [name]))

    def _passes_with(self, tables: tuple[str, ...]) -> bool:
        """Load the rows of these tables and upgrade: whether that gets past the revision."""
        if not tables or self.context.interrupted.is_set():
            return False
        with self.context.temporary_database("some rows", self.template) as database:
            return self._load(database, tables) and self._upgrade_past_revision(database)

    def _load(self, database: Database, tables: Iterable[str]) -> bool:
        with connect(database) as connection:
            return all(_try_execute(connection, self.rows[name]) for name in tables)

    def _upgrade_past_revision(self, database: Database) -> bool:
        try:
            with self.context.open_walk(database) as walk:
                for id in walk.plan():
                    walk.up(id)
                    if id == self.revision:
                        return True
        except StepFailed:
            return False
        return False


def _try_execute(connection: Connection, sql: str) -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
    except psycopg2.Error:
        return False
    return True


MISSING_ROWS = Experiment(
    "look for rows that the snapshot lacks",
    MissingRows,
    (UpgradeFromSnapshot,),
    find_missing_rows,
    after=(UpgradeFromEmpty,),
)
