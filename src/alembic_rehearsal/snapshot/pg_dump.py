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

# Owners, grants and subscriptions belong to production's people, not to its schema: the
# roles that they name do not exist elsewhere.
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
# pg_dump's own words, which are English in the locale C, and the server's, in whatever language
# it speaks: only a superuser could change that.  The last of these: the session that exported
# the snapshot is gone.
_WENT_AWAY = re.compile(
    "terminating connection|server closed the connection|connection to server|no connection to the"
    '|snapshot "[^"]*" does not exist'
)

_LOCK_QUERY = "uery was: LOCK TABLE"  # "Query" from 14 on


def dump_schema(database: Database, *, lock_timeout: float = 5.0, snapshot: str = "") -> str:
    """`pg_dump --schema-only`, normalised: the same bytes for the same schema.

    `lock_timeout` is in seconds: pg_dump takes ACCESS SHARE on every table, and must not
    queue behind a migration (and everybody else behind it).  `snapshot` is what another
    session's `pg_export_snapshot()` returned: what that one sees is dumped.  The password
    travels in the environment, never in the arguments.

    Raises `NoServer` where no pg_dump is new enough and where the database went away, `ToolFailed`
    with pg_dump's own words when it fails otherwise.
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
        said = done.stderr.decode("utf-8", "replace")
        has_waited = time.monotonic() - begun >= lock_timeout and _LOCK_QUERY in said
        raise _dump_error(database, said, lock_wait_text(lock_timeout) if has_waited else "")
    try:
        text = normalise(done.stdout.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ToolFailed(
            f"the schema of {database.masked} is no text that can be converted to UTF-8.",
            why="a database whose encoding is SQL_ASCII takes any bytes in names and bodies.",
        ) from error
    return without_comments_on_extensions(without_credentials(text))


def _dump_error(database: Database, said: str, waited: str) -> RehearsalError:
    complaint = _error_line(said)
    if _WENT_AWAY.search(said):
        return connection_lost(database, complaint)
    return ToolFailed(f"pg_dump could not read {database.masked}: {complaint}", why=waited)


def connection_lost(database: Database, said: str) -> NoServer:
    """The server ended the session, or itself, half-way."""
    return NoServer(
        f"{database.masked} went away while its schema was being read.",
        why=said,
        remedies=("the same command once more   (nothing was written)",),
    )


def lock_wait_text(seconds: float) -> str:
    """Why a table could not be read."""
    return f"a table was locked for {seconds:g} s, as by a migration under way."


def _error_line(said: str) -> str:
    """The line in which pg_dump says what is wrong; details follow it, with the query."""
    lines = said.strip().splitlines() or ["no message"]
    return mask(next((line for line in lines if "error: " in line), lines[-1]))


def pg_dump_version(major: int) -> str:
    """What `dump_schema` would run for a server of this major, such as "pg_dump 18.6"."""
    return find_client("pg_dump", at_least=major).title
