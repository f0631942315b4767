"""Two projects in one database, roles with few rights, and databases that are to be made."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import fetch_rows
from alembic_rehearsal.core.values.databases import Database
from support.deploy import MADE, ORDERS, TOTAL, execute, init, locked, stamp_of
from support.init_db import EACH_ALONE
from support.projects import write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path, [ORDERS, TOTAL])
    return tmp_path


# --- two projects in one database --------------------------------------------------------


def test_of_two_version_tables_the_projects_own_has_to_be_named(
    tmp_path: Path, empty_database: Database
) -> None:
    env_py = EACH_ALONE.replace(
        "connection=connection,", "connection=connection, version_table_schema='shop',"
    )
    write_project(tmp_path, [ORDERS, TOTAL], env_py=env_py, ini="prepend_sys_path = .")
    execute(
        empty_database,
        "CREATE SCHEMA shop",
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('zzz')",
        "CREATE TABLE shop.alembic_version (version_num varchar(32) PRIMARY KEY)",
        "INSERT INTO shop.alembic_version VALUES ('a1')",
        MADE[0],
    )
    refused = init(tmp_path, empty_database)
    assert refused.returncode == 2
    assert "has 2 version tables: public.alembic_version, shop.alembic_version" in refused.stderr
    assert 'version_table = "shop.alembic_version"' in refused.stderr
    (tmp_path / "seeds.py").write_text("def nothing(): print('seeding')\n")
    (tmp_path / "rehearsal.toml").write_text(
        'version_table = "shop.alembic_version"\nseed = "seeds:nothing"\n'
    )
    done = init(tmp_path, empty_database, "--seed")
    assert done.returncode == 0, done.stderr
    assert "nothing to do" in init(tmp_path, empty_database, "--seed").stdout
    marked = "SELECT obj_description('public.alembic_version'::regclass)"
    assert fetch_rows(empty_database, marked) == [(None,)]
    assert fetch_rows(empty_database, "SELECT version_num FROM shop.alembic_version") == [("b2",)]
    assert stamp_of(empty_database) == ["zzz"]


def test_a_version_table_whose_name_has_to_be_quoted_is_no_table_of_the_users(
    tmp_path: Path, empty_database: Database
) -> None:
    env_py = EACH_ALONE.replace(
        "connection=connection,", "connection=connection, version_table_schema='Shop',"
    )
    write_project(tmp_path, [ORDERS], env_py=env_py)
    execute(
        empty_database,
        'CREATE SCHEMA "Shop"',
        'CREATE TABLE "Shop".alembic_version (version_num varchar(32) PRIMARY KEY)',
    )
    assert "state     empty" in init(tmp_path, empty_database, "--plan").stdout
    assert init(tmp_path, empty_database).returncode == 0
    assert fetch_rows(empty_database, 'SELECT version_num FROM "Shop".alembic_version') == [("a1",)]


# --- roles with few rights ---------------------------------------------------------------


@contextmanager
def account(database: Database) -> Iterator[Database]:
    """The database as a role that may log in, and no more."""
    name = f"app_{secrets.token_hex(4)}"
    execute(database, f"CREATE ROLE {name} LOGIN PASSWORD 'secret'")
    server = replace(database.server, user=name, password="secret", socket="")
    try:
        yield replace(database, server=server)
    finally:
        execute(database, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def test_the_error_for_an_unreadable_version_table_has_the_grant(
    project: Path, empty_database: Database
) -> None:
    init(project, empty_database)
    with account(empty_database) as poor:
        done = init(project, poor)
    assert done.returncode == 1
    assert "may not read public.alembic_version" in done.stderr
    assert "GRANT SELECT, INSERT, UPDATE, DELETE ON public.alembic_version TO" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_error_without_the_right_to_create_the_version_table_has_the_grant(
    project: Path, empty_database: Database
) -> None:
    locked(project)
    execute(empty_database, MADE[0])
    with account(empty_database) as poor:
        execute(empty_database, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        done = init(project, poor, "--adopt")
    assert done.returncode == 1
    assert "may not create alembic_version" in done.stderr
    assert "GRANT CREATE ON SCHEMA public TO" in done.stderr


def test_where_kinds_cannot_be_read_no_stamp_is_chosen(
    project: Path, empty_database: Database
) -> None:
    locked(project)
    execute(empty_database, MADE[0], "REVOKE SELECT ON pg_catalog.pg_trigger FROM PUBLIC")
    with account(empty_database) as poor:
        done = init(project, poor, "--adopt")
    assert done.returncode == 1
    assert "not compared: trigger" in done.stderr


def test_a_database_that_has_to_be_bootstrapped_first_is_refused_while_it_is_empty(
    project: Path, empty_database: Database
) -> None:
    (project / "rehearsal.toml").write_text('bootstrap = "boot.sql"\n')
    (project / "boot.sql").write_text("CREATE SCHEMA legacy;")
    locked(project)
    done = init(project, empty_database)
    assert done.returncode == 1
    assert "has to get boot.sql before its first migration" in done.stderr
    execute(empty_database, "CREATE SCHEMA legacy", "CREATE TABLE legacy.old (id integer)")
    assert init(project, empty_database, "--adopt").returncode == 1


# --- making it ---------------------------------------------------------------------------


def test_a_missing_database_is_created_as_the_settings_say(project: Path, absent: Database) -> None:
    (project / "rehearsal.toml").write_text(
        '[database]\nowner = "postgres"\nencoding = "UTF8"\nlocale = "C"\ntemplate = "template0"\n'
    )
    done = init(project, absent)
    assert done.returncode == 0, done.stderr
    query = "SELECT datcollate, datctype FROM pg_database WHERE datname = current_database()"
    assert fetch_rows(absent, query) == [("C", "C")]


def test_the_error_for_an_impossible_database_option_quotes_postgres(
    project: Path, absent: Database
) -> None:
    (project / "rehearsal.toml").write_text('[database]\nowner = "nobody_at_all"\n')
    done = init(project, absent)
    assert done.returncode == 2
    assert 'role "nobody_at_all" does not exist' in done.stderr
