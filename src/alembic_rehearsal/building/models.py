"""The models, built in a database of their own and compared with a migrated schema.

The comparison of pictures sees what Alembic's does not: values of enums, conditions, collations
and more.  Tables and columns that only one side has are left to Alembic's own comparison.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from typing import Protocol

import psycopg2

from alembic_rehearsal.building.model_scope import scoped_differences
from alembic_rehearsal.core.postgres.connections import Connection, connect
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.model_answers import ExcludedObject
from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.project.walk import Walk
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.schema.picture import Key, Picture
from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.core.values.databases import Database

_ATTEMPTS = 50
_UNDEFINED_OBJECT, _UNDEFINED_FUNCTION, _UNDEFINED_TABLE = "42704", "42883", "42P01"


class DatabaseSupply(Protocol):
    """A supply of databases in which models can be built; each call makes a new one."""

    def make_empty(self) -> Database: ...

    def make_migrated(self) -> Database:
        """A database at head, which the caller may change.  Raises `StepFailed`."""

    def open_walk(self, database: Database) -> AbstractContextManager[Walk]: ...

    def discard(self, database: Database) -> None:
        """Drop a database that is not needed any more."""


def compare_with_models(
    migrated: Picture, database: Database, left_out: Collection[ExcludedObject]
) -> tuple[Difference, ...]:
    """The differences from the migrated schema to the models, as far as models can express them.

    `database` holds what `build_models` has built.
    """
    models = read_database_picture(database)
    with connect(database) as connection:
        found = scoped_differences(migrated, models, left_out)
        return tuple(_without_same_defaults(connection, models, found))


# --- building them


def build_models(supply: DatabaseSupply) -> Database | Failure:
    """A database with the objects of the models, or the reason why they cannot be built.

    The first try is in an empty database.  Models may need what they cannot make: extensions,
    functions, or types that only migrations create.  The next tries are therefore in clones of
    the migrated database, without its tables, sequences, domains and enums; a type or sequence
    that turns out to be missing is kept the next time.
    """
    database = supply.make_empty()
    failure = _try_build(supply, database)
    if failure is None:
        return database
    supply.discard(database)
    kept: set[str] = set()
    cascade = True
    for _ in range(_ATTEMPTS):
        try:
            database = supply.make_migrated()
        except StepFailed:
            break
        _drop_objects(database, kept, cascade=cascade)
        failure = _try_build(supply, database)
        if failure is None:
            return database
        supply.discard(database)
        missing = _missing_name(failure)
        if failure.sqlstate == _UNDEFINED_FUNCTION and cascade:
            cascade = False  # it was dropped together with a type that it takes or returns
        elif missing and missing not in kept:
            kept.add(missing)
        else:
            break
    return failure


def _try_build(supply: DatabaseSupply, database: Database) -> Failure | None:
    try:
        with supply.open_walk(database) as walk:
            walk.create_all()
    except StepFailed as stopped:
        return stopped.failure
    return None


def _missing_name(failure: Failure) -> str:
    """The name of the missing type or sequence, without its schema; "" for other failures."""
    found = re.search(r'"([^"]+)"', failure.message)
    if found is None or failure.sqlstate not in (_UNDEFINED_OBJECT, _UNDEFINED_TABLE):
        return ""
    return found[1].rpartition(".")[2]


# Objects of the kinds that models can make, without those that belong to an extension.
_MODEL_OBJECTS = """
    SELECT 'TABLE', format('%I.%I', n.nspname, c.relname), c.relname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND {ours_c}
    UNION ALL
    SELECT 'SEQUENCE', format('%I.%I', n.nspname, c.relname), c.relname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND {ours_c} AND NOT EXISTS (SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i'))
    UNION ALL
    SELECT CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END,
        format('%I.%I', n.nspname, t.typname), t.typname
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('d', 'e') AND {ours_t}
"""
_IS_USER_OBJECT = """n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '{catalog}'::regclass
        AND e.objid = {alias}.oid AND e.deptype = 'e')"""


def _drop_objects(database: Database, kept: set[str], *, cascade: bool) -> None:
    """Drop every table, and every sequence, domain and enum whose name is not in `kept`."""
    found = _MODEL_OBJECTS.format(
        ours_c=_IS_USER_OBJECT.format(catalog="pg_class", alias="c"),
        ours_t=_IS_USER_OBJECT.format(catalog="pg_type", alias="t"),
    )
    with connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(found)
        for kind, name, plain in cursor.fetchall():
            if kind == "TABLE" or plain not in kept:
                with_all = "CASCADE" if cascade or kind == "TABLE" else "RESTRICT"
                _try_drop(connection, f"DROP {kind} IF EXISTS {name} {with_all}")


def _try_drop(connection: Connection, statement: str) -> None:
    """Drop an object unless Postgres refuses: something uses it that models cannot make."""
    with suppress(psycopg2.Error), connection.cursor() as cursor:
        cursor.execute(statement)


# --- defaults


def _without_same_defaults(
    connection: Connection, models: Picture, found: Iterable[Difference]
) -> Iterator[Difference]:
    """Without defaults that differ in text and have the same value, such as 0 and '0'::bigint."""
    for each in found:
        if each.attribute == "default" and each.first and each.second:
            type = models.objects[Key(each.kind, each.name)].attributes["type"]
            if _are_equal_defaults(connection, each, type):
                continue
        yield each


def _are_equal_defaults(connection: Connection, default: Difference, type: str) -> bool:
    """Whether both defaults have the same value in one transaction, after its first statement.

    So `now()` equals CURRENT_TIMESTAMP, and statement_timestamp() does not.
    """
    sides = [f"CAST(CAST(({each}) AS {type}) AS text)" for each in (default.first, default.second)]
    try:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN; SET LOCAL search_path = ''")
            cursor.execute(f"SELECT {sides[0]} IS NOT DISTINCT FROM {sides[1]}")
            row = cursor.fetchone()
            return row == (True,)
    except psycopg2.Error:
        return False
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")
