"""A picture read as a whole: the truth that every shorter way is held to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.schema.catalog import families
from alembic_rehearsal.core.schema.catalog.family import Belongs, Family
from alembic_rehearsal.core.schema.catalog.foreign_and_replication import HIDDEN
from alembic_rehearsal.core.schema.catalog.unknown import UNKNOWN
from alembic_rehearsal.core.schema.parse_rows import Whose, things_in
from alembic_rehearsal.core.schema.picture import Key, Picture, Thing, without
from alembic_rehearsal.core.schema.prepared_statements import Prepared
from alembic_rehearsal.core.schema.query import Ask, asking
from alembic_rehearsal.core.schema.reading_sql import PARAMETERS, Oids, census, parameters, reading
from alembic_rehearsal.core.schema.version_table import find_version_table
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import WrongServer

OLDEST = 13

Found = tuple[Whose, Thing]

# Its version, and the catalogs that are closed to this role: none to a superuser.
_SERVER = """SELECT current_setting('server_version_num')::int,
    (SELECT string_agg(relname, ' ') FROM pg_catalog.pg_class
    WHERE current_setting('is_superuser') <> 'on' AND relkind IN ('r', 'v')
    AND relnamespace = 'pg_catalog'::regnamespace AND NOT has_table_privilege(oid, 'SELECT'))"""


@dataclass(frozen=True, slots=True)
class Read:
    """Everything there was, and which families had to be asked for it."""

    things: tuple[Found, ...]
    present: tuple[Family, ...]


@dataclass(frozen=True, slots=True)
class Readable:
    """What can be read of one server by one role: its families, and why not the others."""

    major: int
    families: tuple[Family, ...]
    unread: Mapping[str, str]


def picture_of(database: Database, *, lock_timeout: float = 5.0) -> Picture:
    """The whole picture of a database, over a connection of its own.

    `lock_timeout` is in seconds, for each lock.  Raises what `asking` and `readable` do.
    """
    with asking(database, lock_timeout=lock_timeout) as ask:
        return read_picture(ask)


def read_picture(ask: Ask) -> Picture:
    """The whole picture, in three round trips: which server, what there is, its rows."""
    found = readable(ask)
    read = read_all(ask, found.families)
    loose = [thing for whose, thing in read.things if whose is None]
    return composed(found, {thing.key: thing for _, thing in read.things}, loose)


def readable(ask: Ask) -> Readable:
    """Ask which server this is, and whether this role may read its catalogs.

    Raises `WrongServer` for a server that is older than PostgreSQL 13.
    """
    ((number, names),) = ask(_SERVER)
    major = int(number) // 10000
    if major < OLDEST:
        raise WrongServer(
            f"this server is PostgreSQL {major}; schemas are read from {OLDEST} on.",
            ways_out=(f"upgrade the server to PostgreSQL {OLDEST} or newer",),
        )
    known = families(major)
    closed = frozenset((names or "").split())
    missing = {
        family: " and ".join(sorted(closed.intersection(family.catalogs)))
        for family in known
        if closed.intersection(family.catalogs)
    }
    # Parts are nothing without what they belong to.
    shut = {each.unit: why for each, why in missing.items() if each.belongs is Belongs.ALONE}
    for family in known:
        if family.unit is not None and family.unit in shut:
            missing.setdefault(family, shut[family.unit])
    unread = {
        kind: f"this role may not read {why}"
        for family, why in missing.items()
        for kind in family.kinds
    }
    return Readable(major, tuple(each for each in known if each not in missing), unread)


def read_all(ask: Ask, families: Sequence[Family]) -> Read:
    """Everything of these families, as one statement sees it.

    Most databases have objects of few kinds, and planning for the others takes longer than
    reading.  So it is asked first what there is, and again by the statement that reads where
    somebody has committed something in between.
    """
    quiet = True
    while True:
        ((told,),) = ask(census(families))
        before, *is_there = json.loads(told)
        present = tuple(family for family, there in zip(families, is_there, strict=True) if there)
        absent = () if quiet else tuple(each for each in families if each not in present)
        ((answer, *_),) = ask(reading(present, absent=absent))
        comments, after, appeared, *answers = json.loads(answer)
        if after == before or not (quiet or appeared):
            return Read(tuple(things_in(comments, answers, present)), present)
        quiet = False


def read_units(
    prepared: Prepared, present: tuple[Family, ...], absent: tuple[Family, ...], units: Oids
) -> tuple[Found, ...] | None:
    """What the families that are present have of these units; None where another has come up."""
    statement = reading(present, again=True, absent=absent)
    ((answer, *_),) = prepared.ask(statement, PARAMETERS, *parameters(units))
    comments, _, appeared, *answers = json.loads(answer)
    return None if appeared else tuple(things_in(comments, answers, present))


def composed(found: Readable, things: dict[Key, Thing], loose: Iterable[Thing]) -> Picture:
    """A picture of these things, which it keeps, less what only says that it is not readable.

    `loose` are those without a unit: what is unknown, or hidden, is among them.
    """
    unknown, hidden = [], set()
    for each in loose:
        if each.key.kind == UNKNOWN:
            unknown.append(each.key.name)
            del things[each.key]
        elif HIDDEN in each.attributes:
            hidden.add(each.key.kind)
    for key in [key for key in things if key.kind in hidden] if hidden else ():
        del things[key]
    unread = dict.fromkeys(hidden, "Postgres shows this role that there are some, and no more")
    return Picture(found.major, things, {**found.unread, **unread}, tuple(sorted(unknown)))


def without_version_table(
    database: Database, picture: Picture | None = None, *, lock_timeout: float = 5.0
) -> Picture:
    """The picture of a database without the version table.

    `picture` is one of it that was taken before.  `lock_timeout` is in seconds, for each lock.
    Raises what `picture_of` does.
    """
    with connect(database, read_only=True) as connection:
        table = find_version_table(connection)
    picture = picture or picture_of(database, lock_timeout=lock_timeout)
    return without(picture, table) if table else picture
