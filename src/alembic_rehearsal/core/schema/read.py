"""The complete read of a picture; every faster way must return the same picture."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.schema.catalog.families import families
from alembic_rehearsal.core.schema.catalog.family import Dependence, Family
from alembic_rehearsal.core.schema.catalog.foreign_and_replication import HIDDEN
from alembic_rehearsal.core.schema.catalog.unknown import UNKNOWN_KIND
from alembic_rehearsal.core.schema.parse_rows import UnitId, parse_objects
from alembic_rehearsal.core.schema.picture import Key, Picture, SchemaObject, without_table
from alembic_rehearsal.core.schema.prepared_statements import PreparedStatements
from alembic_rehearsal.core.schema.query import RunSql, read_only_session
from alembic_rehearsal.core.schema.reading_sql import (
    PARAMETER_TYPES,
    OidsByUnit,
    presence_statement,
    reading_statement,
    unit_parameters,
)
from alembic_rehearsal.core.schema.version_table import find_version_table
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import WrongServer

OLDEST_MAJOR = 13

FoundObject = tuple[UnitId, SchemaObject]

# The server's version, and the catalogs that this role may not read: none for a superuser.
_SERVER_QUERY = """SELECT current_setting('server_version_num')::int,
    (SELECT string_agg(relname, ' ') FROM pg_catalog.pg_class
    WHERE current_setting('is_superuser') <> 'on' AND relkind IN ('r', 'v')
    AND relnamespace = 'pg_catalog'::regnamespace AND NOT has_table_privilege(oid, 'SELECT'))"""


@dataclass(frozen=True, slots=True)
class FullRead:
    """All objects of a database, and the families that have rows in it."""

    objects: tuple[FoundObject, ...]
    families: tuple[Family, ...]


@dataclass(frozen=True, slots=True)
class ReadableFamilies:
    """The families that one role can read on one server.

    `unread` gives, by kind, the reason why the others cannot be read.
    """

    major: int
    families: tuple[Family, ...]
    unread: Mapping[str, str]


def read_database_picture(database: Database, *, lock_timeout: float = 5.0) -> Picture:
    """The complete picture of a database, read over a new connection.

    `lock_timeout` is in seconds, for each lock.  Raises what `read_only_session` and
    `find_readable_families` raise.
    """
    with read_only_session(database, lock_timeout=lock_timeout) as session:
        return read_picture(session)


def read_picture(run_sql: RunSql) -> Picture:
    """The complete picture in three round trips: the server, the families in use, the rows.

    Raises what `run_sql` and `find_readable_families` raise.
    """
    readable = find_readable_families(run_sql)
    read = read_families(run_sql, readable.families)
    loose = [schema_object for unit, schema_object in read.objects if unit is None]
    return build_picture(
        readable, {schema_object.key: schema_object for _, schema_object in read.objects}, loose
    )


def find_readable_families(run_sql: RunSql) -> ReadableFamilies:
    """Ask for the server's version, and for the catalogs that this role may read.

    Raises `WrongServer` if the server is older than PostgreSQL 13.
    """
    ((number, names),) = run_sql(_SERVER_QUERY)
    major = int(number) // 10000
    if major < OLDEST_MAJOR:
        raise WrongServer(
            f"this server is PostgreSQL {major}; schemas are read from {OLDEST_MAJOR} on.",
            remedies=(f"upgrade the server to PostgreSQL {OLDEST_MAJOR} or newer",),
        )
    all_families = families(major)
    closed = frozenset((names or "").split())
    missing = {
        family: " and ".join(sorted(closed.intersection(family.catalogs)))
        for family in all_families
        if closed.intersection(family.catalogs)
    }
    # Parts cannot be read without their unit.
    unreadable_units = {
        each.unit: why for each, why in missing.items() if each.dependence is Dependence.INDEPENDENT
    }
    for family in all_families:
        if family.unit is not None and family.unit in unreadable_units:
            missing.setdefault(family, unreadable_units[family.unit])
    unread = {
        kind: f"this role may not read {why}"
        for family, why in missing.items()
        for kind in family.kinds
    }
    return ReadableFamilies(
        major, tuple(each for each in all_families if each not in missing), unread
    )


def read_families(run_sql: RunSql, families: Sequence[Family]) -> FullRead:
    """All objects of these families, as one statement sees them.

    Most databases have objects of few kinds, and planning for the other kinds takes longer than
    reading.  Therefore the first statement asks which families have rows, and the second reads
    only those.  If another session has committed in between, both are run again.
    """
    is_first = True
    while True:
        ((answer,),) = run_sql(presence_statement(families))
        before, *has_rows = json.loads(answer)
        present = tuple(family for family, has in zip(families, has_rows, strict=True) if has)
        absent = () if is_first else tuple(each for each in families if each not in present)
        ((answer, *_),) = run_sql(reading_statement(present, absent=absent))
        comments, after, appeared, *answers = json.loads(answer)
        if after == before or not (is_first or appeared):
            return FullRead(tuple(parse_objects(comments, answers, present)), present)
        is_first = False


def read_units(
    prepared: PreparedStatements,
    present: tuple[Family, ...],
    absent: tuple[Family, ...],
    units: OidsByUnit,
) -> tuple[FoundObject, ...] | None:
    """The objects of these units in the `present` families; None if an `absent` one has rows."""
    statement = reading_statement(present, by_unit=True, absent=absent)
    ((answer, *_),) = prepared.run(statement, PARAMETER_TYPES, *unit_parameters(units))
    comments, _, appeared, *answers = json.loads(answer)
    return None if appeared else tuple(parse_objects(comments, answers, present))


def build_picture(
    readable: ReadableFamilies, objects: dict[Key, SchemaObject], loose: Iterable[SchemaObject]
) -> Picture:
    """A picture of these objects; the picture keeps the dictionary, and this changes it.

    `loose` are the objects without a unit.  Among them are unknown objects, and those that
    Postgres hides from this role: both are removed, and reported in the picture.
    """
    unknown, hidden = [], set()
    for each in loose:
        if each.key.kind == UNKNOWN_KIND:
            unknown.append(each.key.name)
            del objects[each.key]
        elif HIDDEN in each.attributes:
            hidden.add(each.key.kind)
    for key in [key for key in objects if key.kind in hidden] if hidden else ():
        del objects[key]
    unread = dict.fromkeys(hidden, "Postgres shows this role that there are some, and no more")
    return Picture(readable.major, objects, {**readable.unread, **unread}, tuple(sorted(unknown)))


def read_without_version_table(
    database: Database,
    picture: Picture | None = None,
    *,
    version_table: str = "",
    lock_timeout: float = 5.0,
) -> Picture:
    """The picture of a database without its version table.

    `picture` is a picture of the same database that was read before, if there is one.
    `version_table` is the name that env.py or the settings give, "" for the likeliest table.
    `lock_timeout` is in seconds, for each lock.  Raises what `read_database_picture` raises.
    """
    with connect(database, read_only=True) as connection:
        table = find_version_table(connection, version_table)
    picture = picture or read_database_picture(database, lock_timeout=lock_timeout)
    return without_table(picture, table) if table else picture
