"""A reader of the tables of a database, and of their rows as SQL; it writes nothing."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from psycopg2 import errors
from psycopg2.extensions import connection as Connection

from alembic_rehearsal.core.postgres.connections import read_transaction
from alembic_rehearsal.core.rows.catalog_queries import (
    COLUMNS,
    FOREIGN_KEYS,
    SEQUENCES,
    SESSION_SETTINGS,
    TABLES,
    TRIGGERS,
)
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.did_you_mean import did_you_mean
from alembic_rehearsal.core.values.errors import ToolFailed, UsageError
from alembic_rehearsal.core.values.quoting import INTEGER_TYPES, copy_field_literal, quote_literal


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its oid, its qualified and quoted name, and whether it is partitioned."""

    oid: int
    name: str
    is_partitioned: bool = False

    @property
    def select_source(self) -> str:
        """The FROM item for its rows, without the rows of tables that inherit from it."""
        return self.name if self.is_partitioned else f"ONLY {self.name}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    `name` is quoted.  `identity` is "a" for ALWAYS, "d" for BY DEFAULT, "" for none.
    `primary_key_position` counts from 0; -1 means that the column is not in the primary key.
    """

    name: str
    type: str
    identity: str
    is_collated: bool
    primary_key_position: int


class TableReader:
    """Reads the tables of one database, and rows of them, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.tables = tuple(
            Table(oid, name, kind == "p") for oid, name, kind in self._query(TABLES)
        )

    def find_tables(self, names: Sequence[str]) -> tuple[Table, ...]:
        """The tables with these names; a name without a schema means the schema `public`.

        Raises `UsageError` for a name without a table.
        """
        by_name = {each.name: each for each in self.tables}
        known = tuple(by_name)
        for name in names:
            qualified = qualify_name(name)
            if qualified not in by_name:
                raise UsageError(
                    f"reference_tables names {name!r}, and there is no such table"
                    f"{did_you_mean(qualified, known)}.",
                    remedies=("the name as in SQL: 'app.tiers', or 'public.\"Tiers\"'",),
                )
        wanted = {qualify_name(name) for name in names}
        return tuple(each for each in self.tables if each.name in wanted)

    def read_columns(self, table: Table) -> tuple[Column, ...]:
        """The columns of a table in their order, without generated ones."""
        return tuple(Column(*row) for row in self._query(COLUMNS, table.oid))

    def count_rows(self, table: Table) -> int:
        """The number of rows, counted by reading the table."""
        ((number,),) = self._query(f"SELECT count(*) FROM {table.select_source}")
        return int(number)

    def read_referenced_oids(self, table: Table) -> frozenset[int]:
        """The oids of the other tables that its rows refer to; a NULL refers to no table."""
        return frozenset(
            oid
            for oid, columns in self._query(FOREIGN_KEYS, table.oid)
            if self._has_rows(table, " AND ".join(f"{each} IS NOT NULL" for each in columns))
        )

    def sort_by_references(self, tables: Sequence[Table]) -> tuple[Table, ...]:
        """The tables, sorted so that each comes after those that its rows refer to.

        Raises `UsageError` if the foreign keys form a cycle.
        """
        own = {each.oid: each for each in tables}
        graph = {
            each: [own[oid] for oid in sorted(self.read_referenced_oids(each)) if oid in own]
            for each in tables
        }
        try:
            return tuple(TopologicalSorter(graph).static_order())
        except CycleError as error:
            names = " and ".join(dict.fromkeys(each.name for each in error.args[1]))
            raise UsageError(
                f"the rows of {names} refer to each other, so that none can be loaded first.",
                remedies=("leave one of them out of reference_tables",),
            ) from error

    def read_inserts(self, table: Table, *, into: TableReader | None = None) -> str:
        """The rows as one INSERT, followed by statements that set the sequences; "" for no rows.

        `into` reads the database in which the SQL will run: its columns, triggers and sequences
        are used.  By default it is this database.
        """
        into = into or self
        (target_table,) = into.find_tables([table.name])
        target_columns = {each.name for each in into.read_columns(target_table)}
        columns = [each for each in self.read_columns(table) if each.name in target_columns]
        values = list(self._read_value_lines(table, columns)) if columns else []
        if not values:
            return ""
        names = ", ".join(each.name for each in columns)
        always = any(each.identity == "a" for each in columns)
        overriding = " OVERRIDING SYSTEM VALUE" if always else ""
        insert = f"INSERT INTO {table.name} ({names}){overriding} VALUES\n" + ",\n".join(values)
        off, on = into._trigger_switches(target_table)
        sequences = self._setval_statements(
            table, {each.name for each in columns}, into._integer_sequences(target_table)
        )
        return "\n".join([*off, insert + ";", *on, *sequences]) + "\n"

    def _read_value_lines(self, table: Table, columns: Sequence[Column]) -> Iterator[str]:
        listed = ", ".join(each.name for each in columns)
        query = f"SELECT {listed} FROM {table.select_source} ORDER BY {_order_by(columns)}"
        copied = io.StringIO()
        with self._connection.cursor() as cursor:
            cursor.copy_expert(f"COPY ({query}) TO STDOUT", copied)
        for line in copied.getvalue().split("\n")[:-1]:
            fields = zip(columns, line.split("\t"), strict=True)
            literals = (copy_field_literal(field, each.type) for each, field in fields)
            yield f"    ({', '.join(literals)})"

    def _trigger_switches(self, table: Table) -> tuple[list[str], list[str]]:
        off, on = [], []
        for name, enabled in self._query(TRIGGERS, table.oid):
            always = "ALWAYS " if enabled == "A" else ""
            off.append(f"ALTER TABLE {table.name} DISABLE TRIGGER {name};")
            on.append(f"ALTER TABLE {table.name} ENABLE {always}TRIGGER {name};")
        return off, on

    def _integer_sequences(self, table: Table) -> list[tuple[Any, ...]]:
        numbers = {each.name for each in self.read_columns(table) if each.type in INTEGER_TYPES}
        return [each for each in self._query(SEQUENCES, table.oid) if each[0] in numbers]

    def _setval_statements(
        self, table: Table, columns: Collection[str], sequences: Iterable[tuple[Any, ...]]
    ) -> Iterator[str]:
        """Set each sequence to the last value in the rows, not to production's current value.

        Production's value also changes when no row does.
        """
        for column, sequence, rises, low, high in sequences:
            if column not in columns:
                continue
            last = "max" if rises else "min"
            ((value,),) = self._query(f"SELECT {last}({column}) FROM {table.select_source}")
            if value is not None and low <= value <= high:
                yield f"SELECT pg_catalog.setval({quote_literal(sequence)}, {value}, true);"

    def _has_rows(self, table: Table, condition: str) -> bool:
        ((found,),) = self._query(
            f"SELECT EXISTS (SELECT FROM {table.select_source} WHERE {condition})"
        )
        return bool(found)

    def _query(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(query, values or None)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found


@contextmanager
def open_table_reader(database: Database) -> Iterator[TableReader]:
    """A reader over a new connection, in one transaction; raises what `table_reader` raises."""
    with read_transaction(database) as connection, table_reader(connection) as reader:
        yield reader


@contextmanager
def table_reader(connection: Connection) -> Iterator[TableReader]:
    """A reader over a connection in a transaction; it changes settings of that transaction.

    Raises `ToolFailed` if a table is locked for 5 s, or if the account may not read it.
    """
    with connection.cursor() as cursor:
        cursor.execute(SESSION_SETTINGS)
    try:
        yield TableReader(connection)
    except errors.InsufficientPrivilege as error:
        raise ToolFailed(
            f"{connection.info.user} may not read a reference table: {error.diag.message_primary}.",
            remedies=("GRANT SELECT ON ... TO ...;   (there)",),
        ) from error
    except errors.LockNotAvailable as error:
        raise ToolFailed(
            "a reference table was locked for 5 s, for example by a running migration.",
            remedies=(
                "SELECT pid, query FROM pg_stat_activity WHERE state <> 'idle';   (there)",
                "the same command again, when that session has ended",
            ),
        ) from error


def qualify_name(name: str) -> str:
    """The qualified name of a declared table; without a schema it is in `public`."""
    return name if "." in name else f"public.{name}"


def _order_by(columns: Sequence[Column]) -> str:
    """By the primary key, or else by all columns; text in byte order, independent of collations."""
    key = sorted(
        (each for each in columns if each.primary_key_position >= 0),
        key=lambda each: each.primary_key_position,
    )
    if key:
        return ", ".join(
            f'{each.name} COLLATE "C"' if each.is_collated else each.name for each in key
        )
    return ", ".join(f'{each.name}::text COLLATE "C"' for each in columns)
