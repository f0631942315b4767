"""The SQL statements of a baseline: they build a database's schema and its rows.

pg_dump decides the order: rows come before the foreign keys and triggers of their tables.  The
database is only read.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence

from alembic_rehearsal.core.postgres.connections import connect, fetch_rows, libpq_environment
from alembic_rehearsal.core.postgres.programs.clients import find_client_program
from alembic_rehearsal.core.postgres.psql_script import statements_of
from alembic_rehearsal.core.schema.picture import split_name
from alembic_rehearsal.core.schema.version_table import find_version_table
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import ToolFailed
from alembic_rehearsal.core.values.quoting import quote_identifier, quote_literal
from alembic_rehearsal.core.values.urls import mask

_OPTIONS = ("--column-inserts", "--rows-per-insert=500", "--no-tablespaces", "--no-subscriptions")
# Since August 2025 a dump is enclosed in \restrict and \unrestrict with a random token.
_RESTRICTED = re.compile(r"^\\restrict (\w+)$", re.MULTILINE)
# Statements that are left out: settings of the psql session; comments on extensions, which only
# their owner may set; positions of unused sequences; and planner statistics.
_NOT_WANTED = re.compile(
    r"SET (statement_timeout|lock_timeout|idle_in_transaction_session_timeout"
    r"|transaction_timeout|client_encoding|standard_conforming_strings|check_function_bodies"
    r"|xmloption|client_min_messages|row_security) = .*"
    r"|SET default_tablespace = ''|SET default_table_access_method = heap"
    r"|SELECT pg_catalog\.set_config\('search_path', '', false\)"
    r"|COMMENT ON EXTENSION .*"
    r"|SELECT pg_catalog\.setval\('.*', 1, false\)"
    r"|SELECT \* FROM pg_catalog\.pg_restore_\w+_stats\(.*",
    re.DOTALL,
)
DATABASE_SETTINGS = """
    SELECT unnest(s.setconfig) FROM pg_catalog.pg_db_role_setting s
    JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
    WHERE d.datname = current_database() AND s.setrole = 0 ORDER BY 1
"""
_LISTS = frozenset(
    {"search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries"}
)
_SETS = re.compile(r"SET (?!SESSION\b)")
_OWNER = re.compile(r"ALTER .* OWNER TO (?P<role>\S+)", re.DOTALL)
_RIGHTS = re.compile(
    r"(?P<what>(?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) .* (?:TO|FROM)) (?P<role>\S+)"
    r"(?P<more>(?: WITH GRANT OPTION)?)",
    re.DOTALL,
)
# Names in a dump are qualified, and its expressions have the same meaning only with an empty
# search_path.  Alembic needs the former path afterwards for its version table.  If each statement
# commits by itself, these transaction-local settings have no effect.
_BEFORE = (
    "SELECT set_config('squash.search_path', current_setting('search_path'), true)",
    "SELECT set_config('search_path', '', true)",
    "SET check_function_bodies = false",
)
_AFTER = (
    "RESET check_function_bodies",
    "SELECT set_config('search_path', current_setting('squash.search_path', true), true)",
)


def baseline_statements(database: Database) -> tuple[str, ...]:
    """The statements that make an empty database equal to this one, without the version table.

    Raises `NoServer` if no pg_dump is new enough, `ToolFailed` with its message if it fails.
    """
    ((account,),) = fetch_rows(database, "SELECT quote_ident(current_user)")
    wanted = _portable_statements(statements_of(_without_restrict(_run_pg_dump(database))), account)
    return (*_BEFORE, *wanted, *_set_database_settings(database), *_AFTER)


def _set_database_settings(database: Database) -> Iterator[str]:
    """Statements for the settings of the database itself, whatever the database is called."""
    for (setting,) in fetch_rows(database, DATABASE_SETTINGS):
        name, _, value = setting.partition("=")
        # The value of a list contains its quotes (PostgreSQL sources, GUC_LIST_QUOTE).
        how = "%s" if name in _LISTS else "%L"
        command = quote_literal(f"ALTER DATABASE %I SET {name} TO {how}")
        execute = f"EXECUTE format({command}, current_database(), {quote_literal(value)})"
        yield f"DO $do$ BEGIN {execute}; END $do$"


def _portable_statements(statements: Iterator[str], account: str) -> Iterator[str]:
    """The statements of a dump that any account can run in a migration.

    `account` ran the migrations here, and owns what they made; elsewhere another one will.
    """
    for each in statements:
        owner = _OWNER.fullmatch(each)
        if _NOT_WANTED.fullmatch(each) or (owner and owner["role"] == account):
            continue
        if each.startswith("CREATE SCHEMA "):
            # env.py may have made it before, for the version table.
            yield each.replace("CREATE SCHEMA ", "CREATE SCHEMA IF NOT EXISTS ", 1)
        elif _SETS.match(each):
            yield _SETS.sub("SET LOCAL ", each)
        else:
            yield _for_any_account(each, account)


def _for_any_account(statement: str, account: str) -> str:
    """A GRANT or REVOKE with CURRENT_USER instead of the account that ran the migrations here."""
    found = _RIGHTS.fullmatch(statement)
    if found and found["role"] == account:
        statement = f"{found['what']} CURRENT_USER{found['more']}"
    own = f"ALTER DEFAULT PRIVILEGES FOR ROLE {account} "
    return statement.replace(own, "ALTER DEFAULT PRIVILEGES ", 1) if found else statement


def _without_restrict(script: str) -> str:
    found = _RESTRICTED.search(script)
    if found is None:
        return script
    return script.replace(found[0], "", 1).replace(f"\\unrestrict {found[1]}", "", 1)


def _run_pg_dump(database: Database) -> str:
    program = find_client_program("pg_dump", at_least=database.server.major)
    done = subprocess.run(
        [program, *_OPTIONS, *_exclude_options(database)],
        env={
            **libpq_environment(database),
            "PGTZ": "UTC",
            "PGCLIENTENCODING": "UTF8",
            "LC_ALL": "C",
        },
        capture_output=True,
    )
    if done.returncode != 0:
        message = mask(done.stderr.decode("utf-8", "replace").strip())
        raise ToolFailed(f"pg_dump could not read {database.masked}.", why=message)
    return done.stdout.decode("utf-8")  # read as bytes, so that carriage returns are kept


def _exclude_options(database: Database) -> Sequence[str]:
    with connect(database) as connection:
        table = find_version_table(connection)
    # Without quotes pg_dump would fold the name to lower case and read it as a pattern.
    pattern = ".".join(map(quote_identifier, split_name(table or "")))
    return [f"--exclude-table={pattern}"] if table else []
