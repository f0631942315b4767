"""Loading a snapshot into an empty database, in one transaction, with production's stamp.

`files.py` reads the snapshot; the callers decide which databases it may be loaded into.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import psycopg2
from psycopg2 import sql as composed

from alembic_rehearsal.core.postgres.connections import connect, fetch_rows
from alembic_rehearsal.core.postgres.contents import is_empty
from alembic_rehearsal.core.schema.version_table import write_stamp
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import (
    RETAKE_SNAPSHOT,
    DatabaseNotEmpty,
    SnapshotUnreadable,
    WrongServer,
)
from alembic_rehearsal.core.values.quoting import quote_identifier
from alembic_rehearsal.snapshot.values import Snapshot

_MAX_PLACEHOLDERS = 100
# Only the message of an error names the missing role: no field does (PostgreSQL manual, Error and
# Notice Message Fields).  A superuser, who can create roles, may also set the message language.
_UNDEFINED_OBJECT = "42704"
_ROLE = re.compile('role "(.+)" does not exist', re.DOTALL)
_ENGLISH = """
    SELECT set_config('lc_messages', 'C', true) FROM pg_catalog.pg_roles
    WHERE rolname = current_user AND rolsuper
"""


def restore(
    snapshot: Snapshot, into: Database, *, make_roles: bool = False, timeout: float = 120.0
) -> None:
    """Load a snapshot into an empty database and stamp it with production's revisions.

    `timeout` is in seconds and limits each statement.  The whole load is one transaction, so
    that after an error the database is as empty as before.  With `make_roles`, roles that the
    dump names and the server lacks are created as placeholders that cannot log in: only for
    throwaway servers, because roles belong to the whole server.

    Raises `DatabaseNotEmpty` for a database that is not empty.  Raises `WrongServer` for a
    dump of a newer major (pg_dump's output is only promised to load into the same or a newer
    major: PostgreSQL manual, pg_dump, Notes), for an extension that the server does not have,
    and for a missing role.  Raises `SnapshotUnreadable` with file and line for other errors.
    """
    _check_server(snapshot, into)
    if not is_empty(into):
        raise DatabaseNotEmpty(
            f"{into.masked} is not empty; a snapshot is only restored into an empty database.",
            why="only you know what may be dropped there.",
        )
    _provide_roles(_missing_roles(snapshot, into), snapshot, into, make_roles)
    for _ in range(_MAX_PLACEHOLDERS):  # provenance files from before 2026-11 name no roles
        role = _load(snapshot, into, timeout)
        if role is None:
            return
        _provide_roles([role], snapshot, into, make_roles)
    raise SnapshotUnreadable(f"{snapshot.path} names more than {_MAX_PLACEHOLDERS} roles.")


def _missing_roles(snapshot: Snapshot, into: Database) -> list[str]:
    """The roles of the provenance that the server lacks."""
    known = {name for (name,) in fetch_rows(into, "SELECT rolname::text FROM pg_catalog.pg_roles")}
    return [each for each in snapshot.provenance.roles if each not in known]


def _provide_roles(
    roles: Sequence[str], snapshot: Snapshot, into: Database, make_roles: bool
) -> None:
    if roles and not make_roles:
        create = " ".join(f"CREATE ROLE {quote_identifier(each)} NOLOGIN;" for each in roles)
        raise WrongServer(
            f"{snapshot.path} needs the role{'s'[: len(roles) != 1]} "
            f"{', '.join(map(repr, roles))}, which the server "
            f"{into.server.host}:{into.server.port} lacks.",
            remedies=(f"{create}   (there)", RETAKE_SNAPSHOT),
        )
    for each in roles:
        _make_placeholder(each, into)


def _check_server(snapshot: Snapshot, into: Database) -> None:
    major = snapshot.needs.major
    if major is not None and major > into.server.major:
        raise WrongServer(
            f"{snapshot.path} comes from PostgreSQL {snapshot.provenance.server_version}, "
            f"and this server runs {into.server.version}.",
            why="pg_dump output loads into the same or a newer major only.",
            remedies=(f"postgres = {major} in [tool.rehearsal]",),
        )
    with connect(into) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT e FROM unnest(%s::text[]) e "
            "WHERE e NOT IN (SELECT name FROM pg_available_extensions)",
            (list(snapshot.needs.extensions),),
        )
        missing = [row[0] for row in cursor.fetchall()]
    if missing:
        raise WrongServer(
            f"{snapshot.path} needs the extension{'s'[: len(missing) != 1]} "
            f"{', '.join(missing)}, which {into.server.origin} cannot make.",
            remedies=(
                'server = "docker" in [tool.rehearsal]   (an image that has it)',
                'server = "postgresql://..." and disposable = true   (a server that has it)',
            ),
        )


def _load(snapshot: Snapshot, into: Database, timeout: float) -> str | None:
    """Load and stamp in one transaction; None, or a missing role, and then nothing is kept.

    It uses a connection of its own, because the dump sets `search_path` to '' for the session.
    """
    with connect(into) as connection:
        connection.autocommit = False
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = %s", (int(timeout * 1000),))
                cursor.execute(_ENGLISH)
                cursor.execute(snapshot.sql)
            if snapshot.provenance.revisions:
                write_stamp(
                    connection, snapshot.provenance.version_table, snapshot.provenance.revisions
                )
            connection.commit()
        except psycopg2.Error as error:
            connection.rollback()
            message = error.diag.message_primary or str(error).strip()
            if error.pgcode == _UNDEFINED_OBJECT and (named := _ROLE.fullmatch(message)):
                return named[1]
            raise SnapshotUnreadable(
                f"{snapshot.path}{_line_of(error, snapshot)} does not load: {message}.",
                remedies=(RETAKE_SNAPSHOT,),
            ) from error
    return None


def _line_of(error: psycopg2.Error, snapshot: Snapshot) -> str:
    position = error.diag.statement_position
    if position is None:
        return ""
    return f":{snapshot.sql[: int(position)].count(chr(10)) + 1}"


def _make_placeholder(role: str, into: Database) -> None:
    with connect(into) as connection, connection.cursor() as cursor:
        try:
            cursor.execute(composed.SQL("CREATE ROLE {} NOLOGIN").format(composed.Identifier(role)))
        except psycopg2.errors.DuplicateObject:
            return  # another rehearsal on this server has just created it
