"""One look at a living database: its tables, and the rows of some as SQL; it writes nothing."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from psycopg2 import errors
from psycopg2.extensions import connection as Connection

from alembic_rehearsal.core.postgres.connections import moment
from alembic_rehearsal.core.rows.catalog_queries import (
    COLUMNS,
    FOREIGN_KEYS,
    SEQUENCES,
    SESSION,
    TABLES,
    TRIGGERS,
)
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.did_you_mean import did_you_mean
from alembic_rehearsal.core.values.errors import ActBroke, Usage
from alembic_rehearsal.core.values.quoting import INTEGERS, literal, quoted


@dataclass(frozen=True, slots=True)
class Table:
    """A table by its number, its qualified name as SQL has it, and whether it has partitions."""

    oid: int
    name: str
    is_partitioned: bool = False

    @property
    def rows(self) -> str:
        """What to select from: rows of tables that inherit from it are their own."""
        return self.name if self.is_partitioned else f"ONLY {self.name}"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `place` is that in the primary key, -1 for none."""

    name: str
    type: str
    identity: str
    is_collated: bool
    place: int


class Reference:
    """The tables of one database, and the rows of some, in one look."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.tables = tuple(Table(oid, name, kind == "p") for oid, name, kind in self._rows(TABLES))

    def named(self, names: Sequence[str]) -> tuple[Table, ...]:
        """The tables that these names mean, schema `public` where they name none.

        Raises `Usage` for a name that no table has.
        """
        by_name = {each.name: each for each in self.tables}
        known = tuple(by_name)
        for name in names:
            full = qualified(name)
            if full not in by_name:
                raise Usage(
                    f"reference_tables names {name!r}, and there is no such table"
                    f"{did_you_mean(full, known)}.",
                    ways_out=("the name as SQL has it: 'app.tiers', or 'public.\"Tiers\"'",),
                )
        wanted = {qualified(name) for name in names}
        return tuple(each for each in self.tables if each.name in wanted)

    def columns(self, table: Table) -> tuple[Column, ...]:
        return tuple(Column(*row) for row in self._rows(COLUMNS, table.oid))

    def count(self, table: Table) -> int:
        ((number,),) = self._rows(f"SELECT count(*) FROM {table.rows}")
        return int(number)

    def refers_to(self, table: Table) -> frozenset[int]:
        """The numbers of the other tables that its rows refer to: NULL refers to none."""
        return frozenset(
            oid
            for oid, columns in self._rows(FOREIGN_KEYS, table.oid)
            if self._is_any(table, " AND ".join(f"{each} IS NOT NULL" for each in columns))
        )

    def ordered(self, tables: Sequence[Table]) -> tuple[Table, ...]:
        """The tables, each after those that its rows refer to.

        Raises `Usage` where some refer to each other in a circle.
        """
        own = {each.oid: each for each in tables}
        graph = {
            each: [own[oid] for oid in sorted(self.refers_to(each)) if oid in own]
            for each in tables
        }
        try:
            return tuple(TopologicalSorter(graph).static_order())
        except CycleError as error:
            names = " and ".join(dict.fromkeys(each.name for each in error.args[1]))
            raise Usage(
                f"the rows of {names} refer to each other, so that none can be loaded first.",
                ways_out=("leave one of them out of reference_tables",),
            ) from error

    def sql(self, table: Table, *, into: Reference | None = None) -> str:
        """The rows as one INSERT, with the sequences behind them; "" for none.

        `into` is another database with this table, whose columns, triggers and sequences
        count then; by default it is like this one.
        """
        into = into or self
        (same,) = into.named([table.name])
        there = {each.name for each in into.columns(same)}
        columns = [each for each in self.columns(table) if each.name in there]
        values = list(self._values(table, columns)) if columns else []
        if not values:
            return ""
        names = ", ".join(each.name for each in columns)
        always = any(each.identity == "a" for each in columns)
        overriding = " OVERRIDING SYSTEM VALUE" if always else ""
        insert = f"INSERT INTO {table.name} ({names}){overriding} VALUES\n" + ",\n".join(values)
        off, on = into._triggers(same)
        sequences = self._moved(table, {each.name for each in columns}, into._sequences(same))
        return "\n".join([*off, insert + ";", *on, *sequences]) + "\n"

    def _values(self, table: Table, columns: Sequence[Column]) -> Iterator[str]:
        listed = ", ".join(each.name for each in columns)
        query = f"SELECT {listed} FROM {table.rows} ORDER BY {_order(columns)}"
        copied = io.StringIO()
        with self._connection.cursor() as cursor:
            cursor.copy_expert(f"COPY ({query}) TO STDOUT", copied)
        for line in copied.getvalue().split("\n")[:-1]:
            fields = zip(columns, line.split("\t"), strict=True)
            yield f"    ({', '.join(literal(field, each.type) for each, field in fields)})"

    def _triggers(self, table: Table) -> tuple[list[str], list[str]]:
        off, on = [], []
        for name, enabled in self._rows(TRIGGERS, table.oid):
            always = "ALWAYS " if enabled == "A" else ""
            off.append(f"ALTER TABLE {table.name} DISABLE TRIGGER {name};")
            on.append(f"ALTER TABLE {table.name} ENABLE {always}TRIGGER {name};")
        return off, on

    def _sequences(self, table: Table) -> list[tuple[Any, ...]]:
        numbers = {each.name for each in self.columns(table) if each.type in INTEGERS}
        return [each for each in self._rows(SEQUENCES, table.oid) if each[0] in numbers]

    def _moved(
        self, table: Table, columns: Collection[str], sequences: Iterable[tuple[Any, ...]]
    ) -> Iterator[str]:
        """Set each behind the rows, and not where production's is: that moves without them."""
        for column, sequence, rises, low, high in sequences:
            if column not in columns:
                continue
            last = "max" if rises else "min"
            ((value,),) = self._rows(f"SELECT {last}({column}) FROM {table.rows}")
            if value is not None and low <= value <= high:
                yield f"SELECT pg_catalog.setval({quoted(sequence)}, {value}, true);"

    def _is_any(self, table: Table, condition: str) -> bool:
        ((found,),) = self._rows(f"SELECT EXISTS (SELECT FROM {table.rows} WHERE {condition})")
        return bool(found)

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(query, values or None)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found


@contextmanager
def reference(database: Database) -> Iterator[Reference]:
    """One look at a database, over a connection of its own; raises what `looking` does."""
    with moment(database) as connection, looking(connection) as found:
        yield found


@contextmanager
def looking(connection: Connection) -> Iterator[Reference]:
    """A look over a connection that is in a transaction, whose settings change with it.

    Raises `ActBroke` where a table is locked, or must not be read by this account.
    """
    with connection.cursor() as cursor:
        cursor.execute(SESSION)
    try:
        yield Reference(connection)
    except errors.InsufficientPrivilege as error:
        raise ActBroke(
            f"{connection.info.user} may not read a reference table: {error.diag.message_primary}.",
            ways_out=("GRANT SELECT ON ... TO ...;   (there)",),
        ) from error
    except errors.LockNotAvailable as error:
        raise ActBroke(
            "a reference table was locked for 5 s, as by a migration under way.",
            ways_out=(
                "SELECT pid, query FROM pg_stat_activity WHERE state <> 'idle';   (there)",
                "the same command once more, when that is over",
            ),
        ) from error


def qualified(name: str) -> str:
    """A declared table's name as SQL has it everywhere: schema `public` where it names none."""
    return name if "." in name else f"public.{name}"


def _order(columns: Sequence[Column]) -> str:
    """By the primary key, else by everything; text by its bytes, which no collation moves."""
    key = sorted((each for each in columns if each.place >= 0), key=lambda each: each.place)
    if key:
        return ", ".join(
            f'{each.name} COLLATE "C"' if each.is_collated else each.name for each in key
        )
    return ", ".join(f'{each.name}::text COLLATE "C"' for each in columns)
