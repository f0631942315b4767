"""Databases on a server: reached, made, cloned, sealed and dropped.

Everything made here carries a marker in its comment, and nothing without it is ever
dropped.  Starts no server.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any, TypeAlias

import psycopg2
import psycopg2.errors
import psycopg2.extensions
from psycopg2 import sql

from alembic_rehearsal.errors import NoServer, Refused, WrongServer
from alembic_rehearsal.urls import mask
from alembic_rehearsal.words import Database, Server

Connection: TypeAlias = psycopg2.extensions.connection
MARK = "alembic-rehearsal"
MAINTENANCE = "postgres"  # the database to be connected to while others are made
PATIENCE = 5.0  # seconds for sessions to end
# Explicit, as libpq would take what is not said from PGHOSTADDR, PGOPTIONS and the like.
_PLAIN = {"hostaddr": "", "options": "", "sslmode": "prefer", "gssencmode": "disable"}


@contextmanager
def connect(
    database: Database, *, timeout: float = 10.0, read_only: bool = False
) -> Iterator[Connection]:
    """A connection in autocommit, which is closed afterwards.

    `timeout` is in seconds, for the connection alone; libpq takes whole ones and at least
    two.  Nothing of it comes from PG* variables or a service file.

    Raises `NoServer` with libpq's own words where the database cannot be reached; errors
    of statements pass as psycopg2 raises them.
    """
    server = database.server
    known: dict[str, Any] = {
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "dbname": database.name,
        "connect_timeout": max(2, round(timeout)),
        "application_name": MARK,
    }
    try:
        connection = psycopg2.connect(**{**_PLAIN, **known, **dict(server.options)})
    except psycopg2.Error as error:
        raise NoServer(
            f"database {database.name} on {server.host}:{server.port} cannot be reached.",
            why=mask(str(error).strip()),
        ) from error
    with closing(connection):
        connection.set_session(readonly=read_only, autocommit=True)
        yield connection


def create(
    server: Server, name: str, *, template: Database | None = None, purpose: str = "rehearsal"
) -> Database:
    """Make a database, empty or a copy of `template`, and mark it as ours.

    Without a template it comes from template0, which nobody is ever connected to, so that
    any number can be made at once.  Nobody may be connected to a template: `seal` it.

    Raises `Refused` where the name is taken and `WrongServer` where the account may not
    create databases.
    """
    source = template.name if template else "template0"
    with _maintenance(server) as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} {} {}").format(
            sql.Identifier(name),
            sql.Identifier(source),
            sql.SQL("" if template else "ENCODING 'UTF8'"),
            sql.SQL(_strategy(connection)),
        )
        comment = sql.SQL("COMMENT ON DATABASE {} IS {}").format(
            sql.Identifier(name), sql.Literal(f"{MARK} {purpose}")
        )
        try:
            connection.cursor().execute(statement)
        except psycopg2.errors.DuplicateDatabase as error:
            raise Refused(f"database {name} exists already, and is left as it is.") from error
        except psycopg2.errors.InsufficientPrivilege as error:
            raise WrongServer(
                f"{server.user} may not create databases on {server.host}:{server.port}.",
                ways_out=(f"ALTER ROLE {server.user} CREATEDB;",),
            ) from error
        connection.cursor().execute(comment)
    return Database(server, name)


def seal(database: Database) -> None:
    """Make a finished template: nobody is connected to it any more, and nobody can be."""
    with _maintenance(database.server) as connection:
        _vacate(connection, database.name)


def drop(database: Database) -> None:
    """Drop a database of ours, with whoever is connected to it; one that is gone is no error.

    Raises `Refused` for a database without our marker.
    """
    if not exists(database.server, database.name):
        return
    if marker(database) is None:
        raise Refused(
            f"{database.masked} was not made by this tool, so it is not dropped.",
            why=f"its comment does not begin with {MARK!r}.",
        )
    with _maintenance(database.server) as connection:
        _vacate(connection, database.name)
        connection.cursor().execute(
            sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(database.name))
        )


def marker(database: Database) -> str | None:
    """Our comment on a database, None where it carries none."""
    found = _rows(
        Database(database.server, MAINTENANCE),
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
        database.name,
    )
    comment = found[0][0] if found else None
    return comment if comment is not None and comment.split(" ")[0] == MARK else None


def exists(server: Server, name: str) -> bool:
    query = "SELECT 1 FROM pg_database WHERE datname = %s"
    return bool(_rows(Database(server, MAINTENANCE), query, name))


# What counts as something that a person has made: relations, types, functions and schemas,
# and what stands beside schemas.  A condition leaves out what comes along with others.
_CATALOGS = {
    "pg_class": "relkind IN ('r', 'p', 'v', 'm', 'S', 'f')",
    "pg_type": "typrelid NOT IN (SELECT oid FROM pg_class WHERE relkind <> 'c')",
    "pg_namespace": "nspname !~ '^pg_'",
    **dict.fromkeys(
        ("pg_proc", "pg_operator", "pg_collation", "pg_conversion", "pg_cast", "pg_ts_config",
         "pg_ts_dict", "pg_foreign_data_wrapper", "pg_foreign_server", "pg_event_trigger",
         "pg_publication", "pg_largeobject_metadata"),
        "true",
    ),
}  # fmt: skip
# The first oid of what is made after initdb; owned are the parts of an extension ('e') and
# those that another object made for itself ('i').
_MADE = """oid >= 16384 AND {condition} AND NOT EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = '{catalog}'::regclass AND d.objid = {catalog}.oid
    AND d.objsubid = 0 AND d.deptype IN ('e', 'i'))"""


def is_empty(database: Database) -> bool:
    """Whether nobody has made anything in a database; what extensions own does not count."""
    looks = (
        f"EXISTS (SELECT FROM {catalog} WHERE {_MADE.format(catalog=catalog, condition=condition)})"
        for catalog, condition in _CATALOGS.items()
    )
    ((occupied,),) = _rows(database, f"SELECT {' OR '.join(looks)}")
    return not occupied


def count_tables(database: Database) -> int:
    """How many tables people have made, the version table and each partition included."""
    made = _MADE.format(catalog="pg_class", condition="relkind IN ('r', 'p')")
    ((count,),) = _rows(database, f"SELECT count(*) FROM pg_class WHERE {made}")
    return int(count)


@contextmanager
def scratch(
    server: Server, purpose: str, *, template: Database | None = None, keep: bool = False
) -> Iterator[Database]:
    """A database for one purpose, with a name of its own.

    Success drops it.  An exception keeps it for a look, and gains a note with its masked
    URL; so does `keep`, without a note.  Ctrl-C drops it.
    """
    database = create(server, unique_name(purpose), template=template, purpose=purpose)
    try:
        yield database
    except Exception as error:
        error.add_note(f"the database is kept: {database.masked}")
        raise
    except BaseException:
        drop(database)
        raise
    if not keep:
        drop(database)


@contextmanager
def database_maker(server: Server) -> Iterator[Callable[..., Database]]:
    """A function that makes databases, `make(purpose, template=None)`; they go at the end.

    On a throwaway server they go with it, which costs nothing.
    """
    made: list[Database] = []

    def make(purpose: str, template: Database | None = None) -> Database:
        database = create(server, unique_name(purpose), template=template, purpose=purpose)
        made.append(database)
        return database

    try:
        yield make
    finally:
        if not server.throwaway:
            for database in made:
                drop(database)


def unique_name(purpose: str) -> str:
    """A database name that says what it is for: "rehearsal_from_empty_3f9a1c02"."""
    words = re.sub(r"[^a-z0-9]+", "_", purpose.lower()).strip("_")[:40]
    return f"rehearsal_{words}_{secrets.token_hex(4)}"


def _maintenance(server: Server) -> AbstractContextManager[Connection]:
    return connect(Database(server, MAINTENANCE))


def _rows(database: Database, query: str, *values: object) -> list[tuple[Any, ...]]:
    with connect(database, read_only=True) as connection, connection.cursor() as cursor:
        cursor.execute(query, values or None)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _strategy(connection: Connection) -> str:
    """How CREATE DATABASE should copy: by files where nothing is synced, 1.6 to 3 times faster.

    With fsync on it would force two checkpoints (PostgreSQL manual, CREATE DATABASE).
    """
    with connection.cursor() as cursor:
        cursor.execute("SHOW fsync")
        ((setting,),) = cursor.fetchall()
    return "" if setting == "on" or connection.server_version < 150000 else "STRATEGY FILE_COPY"


def _vacate(connection: Connection, name: str) -> None:
    """Let nobody in, end the sessions that are, and wait until they have gone.

    CREATE and DROP DATABASE would wait for them in steps of 100 ms.
    """
    refuse = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name))
    ends = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        cursor.execute(refuse)
        while time.monotonic() < ends:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
            )
            if cursor.rowcount == 0:
                return
            time.sleep(0.001)
