"""Running pg_dump: the schema of a database as normalised text."""

from __future__ import annotations

import re
import subprocess
import time

from alembic_rehearsal.core.postgres.connections import APPLICATION_NAME, libpq_environment
from alembic_rehearsal.core.postgres.programs.clients import find_client
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import NoServer, RehearsalError, ToolFailed
from alembic_rehearsal.core.values.urls import mask
from alembic_rehearsal.snapshot.dump_text import (
    normalise,
    without_comments_on_extensions,
    without_credentials,
)

# Owners, grants and subscriptions belong to production's server, not to its schema: the roles
# that they name do not exist elsewhere.
_OPTIONS = (
    "--schema-only",
    "--no-owner",
    "--no-privileges",
    "--no-publications",
    "--no-subscriptions",
    "--no-security-labels",
    "--no-tablespaces",
    "--encoding=UTF8",
)
# Messages of pg_dump, which are English in the locale C, and of the server, whose language only a
# superuser can change.  The last one: the session that exported the snapshot has ended.
_CONNECTION_LOST = re.compile(
    "terminating connection|server closed the connection|connection to server|no connection to the"
    '|snapshot "[^"]*" does not exist'
)

_LOCK_QUERY = "uery was: LOCK TABLE"  # "Query" from 14 on


def dump_schema(database: Database, *, lock_timeout: float = 5.0, snapshot: str = "") -> str:
    """`pg_dump --schema-only`, normalised: the same bytes for the same schema.

    `lock_timeout` is in seconds: pg_dump takes ACCESS SHARE on every table, and must not wait
    long behind a migration, because others would wait behind it.  `snapshot` is the result of
    another session's `pg_export_snapshot()`: the dump then shows the same state.  The password
    is passed in the environment, never in the arguments.

    Raises `NoServer` if no pg_dump is new enough or the connection is lost, and `ToolFailed`
    with pg_dump's message if it fails otherwise.
    """
    program = find_client("pg_dump", at_least=database.server.major).program
    options = [*_OPTIONS, f"--lock-wait-timeout={int(lock_timeout * 1000)}"]
    shared = [f"--snapshot={snapshot}"] if snapshot else []
    begun = time.monotonic()
    done = subprocess.run(
        [program, *options, *shared],
        env={
            **libpq_environment(database),
            "PGAPPNAME": APPLICATION_NAME,
            "PGTZ": "UTC",
            "LC_ALL": "C",
        },
        capture_output=True,
    )
    if done.returncode != 0:
        message = done.stderr.decode("utf-8", "replace")
        has_waited = time.monotonic() - begun >= lock_timeout and _LOCK_QUERY in message
        raise _dump_error(database, message, lock_wait_text(lock_timeout) if has_waited else "")
    try:
        text = normalise(done.stdout.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ToolFailed(
            f"the schema of {database.masked} cannot be converted to UTF-8.",
            why="a database with the encoding SQL_ASCII accepts any bytes in names and bodies.",
        ) from error
    return without_comments_on_extensions(without_credentials(text))


def _dump_error(database: Database, message: str, waited: str) -> RehearsalError:
    complaint = _error_line(message)
    if _CONNECTION_LOST.search(message):
        return connection_lost(database, complaint)
    return ToolFailed(f"pg_dump could not read {database.masked}: {complaint}", why=waited)


def connection_lost(database: Database, message: str) -> NoServer:
    """The error for a session that the server ended, or a server that stopped."""
    return NoServer(
        f"{database.masked} went away while its schema was being read.",
        why=message,
        remedies=("run the same command again   (nothing was written)",),
    )


def lock_wait_text(seconds: float) -> str:
    """The reason why a table could not be read."""
    return f"a table was locked for {seconds:g} s, perhaps by a running migration."


def _error_line(message: str) -> str:
    """The line of pg_dump's message that names the error; details and the query follow it."""
    lines = message.strip().splitlines() or ["no message"]
    return mask(next((line for line in lines if "error: " in line), lines[-1]))


def pg_dump_version(major: int) -> str:
    """The pg_dump that `dump_schema` runs for a server of this major, such as "pg_dump 18.6"."""
    return find_client("pg_dump", at_least=major).title
