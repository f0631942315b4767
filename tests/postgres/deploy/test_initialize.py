"""`scripts/init_db.py` on real PostgreSQL servers, as a deployment runs it."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic_rehearsal.core.postgres.databases import database_exists, read_marker
from alembic_rehearsal.core.postgres.servers.development import (
    start_development_server,
    stop_development_server,
)
from alembic_rehearsal.core.values.databases import Database, Server, ServerNeeds
from alembic_rehearsal.core.values.quoting import quote_identifier
from alembic_rehearsal.snapshot.pg_dump import dump_schema
from support.init_db import EACH_ALONE, init_db, start_init_db
from support.projects import ENV_PY, rev, table, write_project
from support.sql import ask, revisions, run

HEAD = "91be77aa0c12"


@contextmanager
def account(server: Server, attributes: str = "") -> Iterator[Server]:
    """The same server as an account that may log in, and what else `attributes` say."""
    name = f"app_{secrets.token_hex(4)}"
    run(
        Database(server, "postgres"),
        f"CREATE ROLE {name} LOGIN PASSWORD 'hunter%2@/:' {attributes}",
    )
    try:
        yield Server(server.host, server.port, name, "hunter%2@/:", server.version, "test")
    finally:
        run(Database(server, "postgres"), f"DROP ROLE {name}")


# --- the decision table ------------------------------------------------------------------


def test_a_missing_database_is_created_and_brought_to_head(absent: Database) -> None:
    done = init_db(url=absent.url(""))
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[0] == f"{absent.masked}   (DATABASE_URL)"
    assert f"{absent.masked}: created, 17 revisions applied, at head {HEAD}" in done.stdout
    assert revisions(absent) == [HEAD]
    assert read_marker(absent) is None
    assert absent.server.password not in done.stdout + done.stderr


def test_an_empty_database_is_brought_to_head_and_then_left_alone(
    empty_database: Database,
) -> None:
    short = empty_database.url("").replace("postgresql://", "postgres://")
    assert f"17 revisions applied, at head {HEAD}" in init_db(url=short).stdout
    before = dump_schema(empty_database)
    again = init_db(url=empty_database.url(""))
    assert again.returncode == 0
    assert f"nothing to do, at head {HEAD}" in again.stdout
    assert dump_schema(empty_database) == before


def test_a_database_that_is_behind_gets_what_is_pending_only(
    empty_database: Database, tmp_path: Path
) -> None:
    older = write_project(tmp_path / "older", [table("a1", "customers")])
    newer = write_project(tmp_path / "newer", [table("a1", "customers"), table("b1", "orders")])
    assert init_db("--config", older.config, url=empty_database.url("")).returncode == 0
    run(empty_database, "INSERT INTO customers VALUES (7)")
    done = init_db("--config", newer.config, url=empty_database.url(""))
    assert done.returncode == 0, done.stderr
    assert "state: behind head (a1)" in done.stderr
    assert "1 revision applied, at head b1" in done.stdout
    assert ask(empty_database, "SELECT id FROM customers") == [(7,)]


def test_a_database_after_downgrade_base_counts_as_empty(
    empty_database: Database, tmp_path: Path
) -> None:
    project = write_project(tmp_path, [table("a1", "customers")])
    run(empty_database, "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)")
    done = init_db("--config", project.config, url=empty_database.url(""))
    assert done.returncode == 0, done.stderr
    assert revisions(empty_database) == ["a1"]


def test_tables_without_a_revision_are_refused_and_nothing_is_changed(
    empty_database: Database,
) -> None:
    run(empty_database, "CREATE TABLE users (id int); CREATE VIEW names AS SELECT id FROM users")
    before = dump_schema(empty_database)
    for arguments in ((), ("--from-snapshot",), ("--plan",)):
        done = init_db(*arguments, url=empty_database.url(""))
        assert done.returncode == 1
        assert "holds 2 tables (names, users) and no revision; nothing was changed" in done.stderr
        assert "its schema is that of no revision" in done.stderr
    assert dump_schema(empty_database) == before


def test_tables_in_another_schema_count_too(empty_database: Database) -> None:
    run(empty_database, "CREATE SCHEMA app; CREATE TABLE app.users (id int)")
    done = init_db(url=empty_database.url(""))
    assert done.returncode == 1
    assert "holds 1 table (app.users) and no revision" in done.stderr


def test_a_revision_that_the_history_lacks_is_refused_and_nothing_is_changed(
    empty_database: Database, tmp_path: Path
) -> None:
    newer = write_project(tmp_path, [table("a1", "customers"), table("b1", "orders")])
    assert init_db("--config", newer.config, url=empty_database.url("")).returncode == 0
    before = dump_schema(empty_database)
    done = init_db(url=empty_database.url(""))
    assert done.returncode == 1
    assert "is at b1, which the history does not contain; nothing was changed" in done.stderr
    assert dump_schema(empty_database) == before
    assert revisions(empty_database) == ["b1"]


def test_several_heads_are_refused_before_a_database_is_created(
    absent: Database, tmp_path: Path
) -> None:
    project = write_project(tmp_path, [rev("a1"), rev("b1", down="a1"), rev("b2", down="a1")])
    done = init_db("--config", project.config, url=absent.url(""))
    assert done.returncode == 1
    assert "the history has 2 heads: b1, b2" in done.stderr
    assert not database_exists(absent.server, absent.name)


def test_a_plan_creates_nothing(absent: Database) -> None:
    done = init_db("--plan", url=absent.url(""))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:5] == [
        f"database  {absent.masked}",
        "from      DATABASE_URL",
        "state     does not exist",
        "plan      create the database",
        f"          upgrade to {HEAD}: 17 revisions pending",
    ]
    assert not database_exists(absent.server, absent.name)


def test_a_plan_for_an_empty_database_changes_nothing(empty_database: Database) -> None:
    before = dump_schema(empty_database)
    assert init_db("--plan", url=empty_database.url("")).returncode == 0
    assert dump_schema(empty_database) == before


def test_a_failing_revision_is_named_and_the_others_are_kept(
    empty_database: Database, tmp_path: Path
) -> None:
    broken = rev("b1", 'op.execute("ALTER TABLE customers ADD COLUMN id int")')
    project = write_project(tmp_path, [table("a1", "customers"), broken], env_py=EACH_ALONE)
    done = init_db("--config", project.config, url=empty_database.url(""))
    assert done.returncode == 1
    assert 'b1.py:13: upgrade of b1: column "id" of relation "customers" already exists' in (
        done.stderr
    )
    assert "ALTER TABLE customers ADD COLUMN id int" in done.stderr
    assert f"{empty_database.masked} is at a1 now" in done.stderr


# --- accounts and servers ----------------------------------------------------------------


def test_the_error_without_the_right_to_create_databases_says_what_to_ask_for(
    absent: Database,
) -> None:
    with account(absent.server) as app:
        done = init_db(url=Database(app, absent.name).url(""))
    assert done.returncode == 1
    assert f"{app.user} may not create databases" in done.stderr
    assert f'CREATE DATABASE "{absent.name}" OWNER "{app.user}";' in done.stderr
    assert not database_exists(absent.server, absent.name)


@contextmanager
def odd_role(server: Server) -> Iterator[str]:
    """A role whose name needs its quotes doubled."""
    name = f'the "boss" {secrets.token_hex(4)}'
    quoted = quote_identifier(name)
    run(Database(server, "postgres"), f"CREATE ROLE {quoted}")
    try:
        yield name
    finally:
        run(Database(server, "postgres"), f"DROP ROLE {quoted}")


def test_the_error_for_another_owner_has_the_reason_of_postgres(
    absent: Database, tmp_path: Path
) -> None:
    project = write_project(tmp_path, [table("a1", "customers")])
    with account(absent.server, "CREATEDB") as app, odd_role(absent.server) as boss:
        (tmp_path / "rehearsal.toml").write_text(f"[database]\nowner = '{boss}'\n")
        url = Database(app, absent.name).url("")
        refused = init_db("--config", project.config, url=url)
        assert refused.returncode == 1
        assert f"and {app.user} may not create it." in refused.stderr
        assert f'"{boss}".' in refused.stderr  # Postgres's own words end with it, 13 to 18
        assert "CREATEDB" not in refused.stderr
        (grant,) = re.findall(r"(GRANT .*;)   \(as", refused.stderr)
        run(Database(absent.server, "postgres"), grant)
        done = init_db("--config", project.config, url=url)
        run(Database(absent.server, "postgres"), f"DROP DATABASE IF EXISTS {absent.name}")
    assert "created" in done.stdout, done.stderr


def test_the_error_for_a_template_that_may_not_be_copied_says_so(
    absent: Database, empty_database: Database, tmp_path: Path
) -> None:
    project = write_project(tmp_path, [table("a1", "customers")])
    (tmp_path / "rehearsal.toml").write_text(f'[database]\ntemplate = "{empty_database.name}"\n')
    with account(absent.server, "CREATEDB") as app:
        done = init_db("--config", project.config, url=Database(app, absent.name).url(""))
    assert done.returncode == 1
    assert f'permission denied to copy database "{empty_database.name}"' in done.stderr
    assert "CREATEDB" not in done.stderr


def test_an_account_without_rights_in_template1_may_still_create(absent: Database) -> None:
    with account(absent.server, "CREATEDB") as app:
        done = init_db(url=Database(app, absent.name).url(""))
        assert done.returncode == 0, done.stderr
        owner = ask(
            absent, "SELECT datdba::regrole FROM pg_database WHERE datname = current_database()"
        )
        assert owner == [(app.user,)]
        run(Database(absent.server, "postgres"), f"DROP DATABASE {absent.name} WITH (FORCE)")


def test_a_wrong_password_fails_at_once_and_is_not_printed(absent: Database) -> None:
    begun = time.monotonic()
    wrong = absent.url("").replace(absent.server.password, "not-the-password")
    done = init_db("--wait", "60", url=wrong)
    assert done.returncode == 3
    assert "password authentication failed" in done.stderr
    assert time.monotonic() - begun < 30
    assert "not-the-password" not in done.stdout + done.stderr
    assert not database_exists(absent.server, absent.name)


def test_a_server_that_is_silent_is_given_up_after_the_wait() -> None:
    done = init_db("--wait", "0.5", url="postgresql://me:hunter2@127.0.0.1:1/shop")
    assert done.returncode == 3
    assert "waiting up to 0.5 s for 127.0.0.1:1" in done.stderr
    assert "Connection refused" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr


def test_a_server_that_starts_later_is_waited_for(tmp_path: Path) -> None:
    home = tmp_path / ".rehearsal"
    try:
        server = start_development_server("auto", ServerNeeds(), home, tell=lambda line: None)
        assert stop_development_server(home)
        task = start_init_db("--wait", "60", url=Database(server, "shop").url(""))
        assert task.stderr is not None
        assert any("waiting up to 60 s" in line for line in iter(task.stderr.readline, ""))
        again = start_development_server("auto", ServerNeeds(), home, tell=lambda line: None)
        assert again.port == server.port
        out, err = task.communicate(timeout=60)
        assert task.returncode == 0, err
        assert f"created, 17 revisions applied, at head {HEAD}" in out
    finally:
        stop_development_server(home, erase=True)


def test_a_driver_of_the_application_that_libpq_does_not_know_is_no_obstacle(
    empty_database: Database, tmp_path: Path
) -> None:
    project = write_project(tmp_path, [table("a1", "customers")])
    text = empty_database.url("pg8000") + "?prepared_statement_cache_size=0"
    done = init_db("--config", project.config, "--url", text)
    assert done.returncode == 0, done.stderr
    assert revisions(empty_database) == ["a1"]


def test_an_env_py_that_connects_elsewhere_is_stopped_before_it_runs_anything(
    empty_database: Database, absent: Database, tmp_path: Path
) -> None:
    run(Database(absent.server, "postgres"), f"CREATE DATABASE {absent.name}")
    elsewhere = ENV_PY.replace(
        "engine_from_config(\n        config.get_section(config.config_ini_section), ",
        f"__import__('sqlalchemy').create_engine({absent.url()!r}, ",
    )
    project = write_project(tmp_path, [table("a1", "customers")], env_py=elsewhere)
    done = init_db("--config", project.config, url=empty_database.url(""))
    assert done.returncode == 1
    assert "the fence refused" in done.stderr
    for database in (empty_database, absent):
        assert ask(database, "SELECT FROM pg_class WHERE relname = 'customers'") == []
