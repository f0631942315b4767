"""A PostgreSQL server that is not ours: wait for it, and create a missing database on it.

Nothing here drops or empties anything, and a created database carries no marker of ours.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import dataclass, replace

import psycopg2
from psycopg2 import ProgrammingError, errors, sql
from psycopg2.extensions import make_dsn

from alembic_rehearsal.core.postgres.connections import (
    Connection,
    connect,
    fetch_rows,
    version_text,
)
from alembic_rehearsal.core.values.databases import Database, DatabaseOptions
from alembic_rehearsal.core.values.errors import LockTimeout, NoServer, Refused, UsageError
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.core.values.quoting import quote_identifier

PAUSE = 0.2  # seconds between two attempts
SERVER_DEFAULTS = DatabaseOptions()
MAINTENANCE_DATABASES = ("postgres", "template1")  # to connect to while another one is created


@dataclass(frozen=True, slots=True)
class ServerReply:
    """A database on a server that answered; `exists` says whether it exists.

    Its server's version is filled in.  A standby follows another server and is read-only.
    """

    database: Database
    exists: bool
    is_standby: bool = False


def wait_for_server(database: Database, *, wait: float, tell: Tell) -> ServerReply:
    """Find out whether a database exists; wait up to `wait` seconds for its server to answer.

    Raises `NoServer` when it does not answer, and at once when it refuses the connection:
    waiting does not correct a wrong password.
    """
    database = _without_foreign_options(database)
    deadline = time.monotonic() + wait
    is_told = is_refused = False
    while True:
        try:
            with connect(database, timeout=5) as connection:
                found = _with_version(database, connection)
                return ServerReply(found, exists=True, is_standby=_is_standby(connection))
        except NoServer as error:
            if _is_final(error):
                seen = _look_up_database(database)
                if seen is not None and not seen.exists:
                    return seen
                if seen is None or is_refused:
                    raise
                is_refused = True  # once may be chance: another copy has just created it
                continue
            if time.monotonic() >= deadline:
                raise _silent_server(error, wait) from error
        if not is_told:
            tell(f"waiting up to {wait:g} s for {_host_and_port(database)}")
            is_told = True
        time.sleep(PAUSE)


def _without_foreign_options(database: Database) -> Database:
    """Without options that libpq does not know, such as asyncpg's prepared_statement_cache_size."""
    known = []
    for key, value in database.server.options:
        with suppress(ProgrammingError):
            make_dsn(**{key: value})
            known.append((key, value))
    return replace(database, server=replace(database.server, options=tuple(known)))


# libpq gives no SQLSTATE for a failed connection.  A server that answers says FATAL; the
# messages of the second line are those of 57P03 and 53300, which pass by waiting.
_FINAL = re.compile(r"FATAL|no password supplied|does not support|certificate|invalid")
_NOT_YET = re.compile(r"the database system is|too many clients|connection slots")


def _is_final(error: NoServer) -> bool:
    return bool(_FINAL.search(error.why)) and not _NOT_YET.search(error.why)


def _silent_server(error: NoServer, wait: float) -> NoServer:
    waited = f" Waited {wait:g} s." if wait else ""
    return NoServer(f"{error.what}{waited}", why=error.why)


def _host_and_port(database: Database) -> str:
    return f"{database.server.host or 'localhost'}:{database.server.port}"


def _look_up_database(database: Database) -> ServerReply | None:
    """Ask another database of the server; None where no connection is possible."""
    for name in MAINTENANCE_DATABASES:
        with suppress(NoServer), connect(Database(database.server, name)) as connection:
            with connection.cursor() as cursor:
                cursor.execute("SELECT FROM pg_database WHERE datname = %s", (database.name,))
                is_there = cursor.fetchone() is not None
            return ServerReply(_with_version(database, connection), is_there)
    return None


def _is_standby(connection: Connection) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        return cursor.fetchone() == (True,)


def _with_version(database: Database, connection: Connection) -> Database:
    return replace(database, server=replace(database.server, version=version_text(connection)))


# --- creating it -------------------------------------------------------------------------


def create_if_missing(
    database: Database, creation: DatabaseOptions = SERVER_DEFAULTS, *, patience: float = 30.0
) -> bool:
    """Create a database as `createdb` does; False where another copy was faster.

    `creation` overrides the server's defaults.  `patience` is in seconds, for sessions in the
    template to end.  Raises `Refused` where the account may not create it, `UsageError` where
    `creation` is not valid on this server, and `LockTimeout` after `patience`.
    """
    statement = _create_statement(database.name, creation)
    maintenance = _maintenance_database(database)
    deadline = time.monotonic() + patience
    while True:
        try:
            with connect(maintenance) as connection, connection.cursor() as cursor:
                cursor.execute(statement)
            return True
        except (errors.DuplicateDatabase, errors.UniqueViolation):
            return False
        except errors.InsufficientPrivilege as error:
            raise _creation_refusal(database, creation, maintenance, error) from error
        except _WRONG_CREATION as error:
            raise _wrong_creation(database, error) from error
        except errors.ObjectInUse as error:
            if time.monotonic() >= deadline:
                raise LockTimeout(
                    f"{database.masked} could not be created for {patience:g} s.",
                    why=f"{creation.template or 'template1'}, which it is copied from, is in use.",
                ) from error
        time.sleep(PAUSE)


def _create_statement(name: str, creation: DatabaseOptions) -> sql.Composed:
    options = {
        "OWNER": creation.owner and sql.Identifier(creation.owner),
        "TEMPLATE": creation.template and sql.Identifier(creation.template),
        "ENCODING": creation.encoding and sql.Literal(creation.encoding),
        "LOCALE": creation.locale and sql.Literal(creation.locale),
    }
    parts = [sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))]
    parts += [sql.SQL(f"{word} {{}}").format(value) for word, value in options.items() if value]
    return sql.SQL(" ").join(parts)


_WRONG_CREATION = (
    errors.InvalidParameterValue,
    errors.UndefinedObject,
    errors.WrongObjectType,
    errors.InvalidCatalogName,
)


def _wrong_creation(database: Database, error: psycopg2.Error) -> UsageError:
    return UsageError(
        f"{database.masked} cannot be created: {error.diag.message_primary}.",
        why=error.diag.message_hint or "",
        remedies=("[tool.rehearsal.database]   (owner, encoding, locale, template)",),
    )


def _maintenance_database(database: Database) -> Database:
    first, second = (Database(database.server, name) for name in MAINTENANCE_DATABASES)
    with suppress(NoServer), connect(first):
        return first
    return second


_CREATION_RIGHTS = """
    SELECT r.rolcreatedb OR r.rolsuper, coalesce(pg_has_role(r.oid, o.oid, %s), true)
    FROM pg_roles r LEFT JOIN pg_roles o ON o.rolname = %s WHERE r.rolname = current_user
"""


def _creation_refusal(
    database: Database, creation: DatabaseOptions, maintenance: Database, error: psycopg2.Error
) -> Refused:
    """Name the missing right: to create databases, for this owner, or from this template."""
    user = database.server.user
    membership = "SET" if database.server.major >= 16 else "MEMBER"
    ((may_create, may_give),) = fetch_rows(
        maintenance, _CREATION_RIGHTS, membership, creation.owner
    )
    what = "it" if may_create else "databases"
    name, role = quote_identifier(database.name), quote_identifier(user)
    owner = quote_identifier(creation.owner or user)
    remedies = [f"CREATE DATABASE {name} OWNER {owner};   (as an administrator)"]
    if not may_create:
        remedies.append(f"ALTER ROLE {role} CREATEDB;   (as an administrator)")
    if not may_give:
        remedies.append(f"GRANT {owner} TO {role};   (as an administrator)")
    if may_create and may_give:
        remedies.append("[tool.rehearsal.database]   (another template)")
    return Refused(
        f"{database.masked} does not exist, and {user} may not create {what}.",
        why=f"{error.diag.message_primary}.",
        remedies=tuple(remedies),
    )
