"""The initializer beside the lock file: the rows of its decision table that ask for the schema."""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from alembic_rehearsal.connecting import connect, rows
from alembic_rehearsal.words import Database
from commands import REHEARSAL, TIMEOUT, plain_environment, rehearsal
from initializer import EACH_ALONE
from production import production
from projects import rev, write_project
from underway import wait_for

INIT = str(Path(REHEARSAL).with_name("rehearsal-init"))
ORDERS = rev("a1", 'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))')
TOTAL = rev("b2", 'op.add_column("orders", sa.Column("total", sa.Integer))', doc="total")
ROWS = rev("c3", 'op.execute("UPDATE orders SET total = 0")', doc="no empty totals")
SEEDS = """\
import os
import sqlalchemy

def first_rows():
    engine = sqlalchemy.create_engine(os.environ["DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("INSERT INTO orders DEFAULT VALUES"))
    if os.path.exists("fail"):
        raise RuntimeError("the cupboard is bare")
"""
SEEDED = 'seed = "seeds:first_rows"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path, [ORDERS, TOTAL], ini="prepend_sys_path = .", files={"seeds.py": SEEDS})
    return tmp_path


def locked(folder: Path) -> Path:
    done = rehearsal("lock", folder=folder)
    assert done.returncode == 0, done.stderr
    return folder


def init(folder: Path, database: Database, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [INIT, *options],
        cwd=folder,
        env={**plain_environment(), "DATABASE_URL": database.url()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )


def execute(database: Database, *statements: str) -> None:
    with connect(database) as connection, connection.cursor() as cursor:
        for each in statements:
            cursor.execute(each)


def stamp_of(database: Database) -> list[str]:
    return [row[0] for row in rows(database, "SELECT version_num FROM alembic_version")]


# --- stamped -----------------------------------------------------------------------------


def test_a_database_at_head_is_compared_and_said_to_be_as_it_should(
    project: Path, empty_database: Database
) -> None:
    locked(project)
    first = init(project, empty_database)
    assert first.returncode == 0, first.stderr
    assert "at head b2, schema as the history makes it" in first.stdout
    second = init(project, empty_database)
    assert "nothing to do, at head b2, schema as the history makes it" in second.stdout


def test_what_somebody_made_by_hand_is_refused_with_its_name_and_nothing_is_changed(
    project: Path, empty_database: Database
) -> None:
    locked(project)
    init(project, empty_database)
    execute(
        empty_database,
        "CREATE INDEX by_hand ON orders (total)",
        "UPDATE alembic_version SET version_num = 'a1'",
        "ALTER TABLE orders DROP COLUMN total",
        "ALTER TABLE orders ADD COLUMN note text",
    )
    done = init(project, empty_database)
    assert done.returncode == 1
    assert "is stamped with a1, and its schema is not what that makes: 1 object" in done.stderr
    assert "column public.orders.note is not the history's" in done.stderr
    assert "rehearsal drift --against URL --fix database" in done.stderr
    assert stamp_of(empty_database) == ["a1"]


def test_drift_that_is_allowed_is_gone_past_and_told(
    project: Path, empty_database: Database
) -> None:
    locked(project)
    init(project, empty_database)
    execute(empty_database, "CREATE INDEX by_hand ON orders (total)")
    assert init(project, empty_database).returncode == 1
    done = init(project, empty_database, "--allow-drift")
    assert done.returncode == 0, done.stderr
    assert "schema not as the history makes it: index public.by_hand" in done.stdout


def test_what_the_snapshot_of_production_has_otherwise_is_no_surprise(
    project: Path, empty_database: Database
) -> None:
    sql = "CREATE TABLE public.orders (id serial PRIMARY KEY, note text);"
    production(project, sql, server_version="18.1")
    locked(project)
    execute(
        empty_database,
        sql,
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('a1')",
    )
    done = init(project, empty_database)
    assert done.returncode == 0, done.stderr
    assert stamp_of(empty_database) == ["b2"]


def test_a_lock_of_another_major_compares_nothing_and_says_so(
    project: Path, empty_database: Database
) -> None:
    path = locked(project) / "snapshots" / "history.lock"
    init(project, empty_database)
    path.write_text(path.read_text().replace("postgres = 18", "postgres = 14"))
    done = init(project, empty_database, "--plan")
    assert done.returncode == 0, done.stderr
    assert "was written on PostgreSQL 14, and this is 18" in done.stdout


def test_a_lock_that_cannot_be_read_stops_the_deploy(
    project: Path, empty_database: Database
) -> None:
    path = locked(project) / "snapshots" / "history.lock"
    init(project, empty_database)
    path.write_text("<<<<<<< HEAD\n" + path.read_text())
    done = init(project, empty_database)
    assert done.returncode == 1
    assert "two branches have added revisions" in done.stderr


# --- unstamped ---------------------------------------------------------------------------

MADE = (
    "CREATE TABLE orders (id serial PRIMARY KEY)",
    "ALTER TABLE orders ADD COLUMN total integer",
)


def test_an_unstamped_database_is_adopted_and_upgraded(
    project: Path, empty_database: Database
) -> None:
    locked(project)
    execute(empty_database, MADE[0])
    refused = init(project, empty_database)
    assert refused.returncode == 1
    assert "its schema is that of a1" in refused.stderr
    assert "rehearsal-init --adopt" in refused.stderr
    plan = init(project, empty_database, "--plan", "--adopt")
    assert "schema    that of a1\n" in plan.stdout
    assert "plan      stamp it with a1\n" in plan.stdout
    done = init(project, empty_database, "--adopt")
    assert done.returncode == 0, done.stderr
    assert "stamped with a1, 1 revision applied, at head b2" in done.stdout
    assert stamp_of(empty_database) == ["b2"]


def test_a_choice_between_revisions_that_change_rows_is_a_persons(
    tmp_path: Path, empty_database: Database
) -> None:
    write_project(tmp_path, [ORDERS, TOTAL, ROWS])
    locked(tmp_path)
    execute(empty_database, *MADE)
    refused = init(tmp_path, empty_database, "--adopt")
    assert refused.returncode == 1
    assert "its schema is that of b2 or of c3" in refused.stderr
    assert "rehearsal-init --adopt b2" in refused.stderr
    done = init(tmp_path, empty_database, "--adopt", "b2")
    assert done.returncode == 0, done.stderr
    assert "no empty totals" in done.stderr


def test_a_schema_of_no_revision_is_refused_with_the_nearest(
    project: Path, empty_database: Database
) -> None:
    locked(project)
    execute(empty_database, *MADE, "CREATE INDEX by_hand ON orders (total)")
    done = init(project, empty_database, "--adopt")
    assert done.returncode == 1
    assert "The nearest is b2" in done.stderr
    assert "index public.by_hand is not the history's" in done.stderr
    assert rows(empty_database, "SELECT to_regclass('alembic_version')::text") == [(None,)]


def test_without_a_lock_an_unstamped_database_is_left_to_a_person(
    project: Path, empty_database: Database
) -> None:
    execute(empty_database, MADE[0])
    done = init(project, empty_database, "--adopt")
    assert done.returncode == 1
    assert "there is no history.lock" in done.stderr


# --- first rows --------------------------------------------------------------------------


def test_the_seed_is_run_once(project: Path, empty_database: Database) -> None:
    (project / "rehearsal.toml").write_text(SEEDED)
    assert "run seeds:first_rows, once" in init(project, empty_database, "--plan", "--seed").stdout
    for said in ("seeded, at head b2", "nothing to do, at head b2"):
        done = init(project, empty_database, "--seed")
        assert done.returncode == 0, done.stderr
        assert said in done.stdout
    assert rows(empty_database, "SELECT count(*) FROM orders") == [(1,)]


def test_a_seed_that_fails_is_named_with_its_line_and_run_again(
    project: Path, empty_database: Database
) -> None:
    (project / "rehearsal.toml").write_text(SEEDED)
    (project / "fail").touch()
    failed = init(project, empty_database, "--seed")
    assert failed.returncode == 1
    assert "seeds.py:9: RuntimeError: the cupboard is bare" in failed.stderr
    (project / "fail").unlink()
    assert init(project, empty_database, "--seed").returncode == 0
    assert rows(empty_database, "SELECT count(*) FROM orders") == [(2,)]


def test_a_seed_that_no_setting_names_is_a_mistake(project: Path, empty_database: Database) -> None:
    done = init(project, empty_database, "--seed")
    assert done.returncode == 2
    assert 'seed = "package.module:function"' in done.stderr


# --- half done, and at once --------------------------------------------------------------

HALF = """\
import pathlib
with op.get_context().autocommit_block():
    op.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS by_total ON orders (total)")
if pathlib.Path("fail").exists():
    raise RuntimeError("the cupboard is bare")
"""


def test_an_upgrade_that_was_left_half_done_can_go_on(
    tmp_path: Path, empty_database: Database
) -> None:
    history = [ORDERS, TOTAL, rev("c3", HALF)]
    write_project(tmp_path, history, env_py=EACH_ALONE, ini="prepend_sys_path = .")
    locked(tmp_path)
    (tmp_path / "fail").touch()
    assert init(tmp_path, empty_database).returncode == 1
    assert stamp_of(empty_database) == ["b2"]
    (tmp_path / "fail").unlink()
    plan = init(tmp_path, empty_database, "--plan").stdout
    assert "pending revisions find something there already: index public.by_total" in plan
    done = init(tmp_path, empty_database)
    assert done.returncode == 0, done.stderr
    assert stamp_of(empty_database) == ["c3"]


def test_what_another_copy_has_half_done_is_waited_for_and_not_judged(
    tmp_path: Path, empty_database: Database
) -> None:
    slow = rev(
        "c3",
        "import pathlib, time\n"
        "with op.get_context().autocommit_block():\n"
        '    op.execute("CREATE TABLE notes (id integer)")\n'
        "pathlib.Path('half').touch()\n"
        "while not pathlib.Path('go_on').exists():\n"
        "    time.sleep(0.01)",
    )
    write_project(tmp_path, [ORDERS, slow], env_py=EACH_ALONE)
    execute(empty_database, "CREATE TABLE orders (id serial PRIMARY KEY, by_hand text)")
    execute(empty_database, "DROP TABLE orders")
    (tmp_path / "go_on").touch()
    locked(tmp_path)
    (tmp_path / "go_on").unlink()
    (tmp_path / "half").unlink()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(init, tmp_path, empty_database)
        wait_for(tmp_path / "half")
        second = pool.submit(init, tmp_path, empty_database)
        wait_until_both_are_there(empty_database)
        (tmp_path / "go_on").touch()
        outcomes = [first.result(), second.result()]
    assert [each.returncode for each in outcomes] == [0, 0], outcomes
    assert "waiting up to 60 s for another copy to end" in outcomes[1].stderr
    assert "nothing to do" in outcomes[1].stdout


def wait_until_both_are_there(database: Database) -> None:
    """Until the second copy, too, has asked for its turn: its session then stays."""
    query = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = 'alembic-rehearsal' AND query LIKE '%pg_try_advisory_lock%'"""
    deadline = time.monotonic() + TIMEOUT
    with connect(database) as connection, connection.cursor() as cursor:
        while cursor.execute(query) or (cursor.fetchone() or (0,))[0] < 2:  # ours asks as well
            assert time.monotonic() < deadline, "the second copy never came"
            time.sleep(0.02)


# --- two projects in one database --------------------------------------------------------


def test_of_two_version_tables_the_projects_own_has_to_be_named(
    tmp_path: Path, empty_database: Database
) -> None:
    env_py = EACH_ALONE.replace(
        "connection=connection,", "connection=connection, version_table_schema='shop',"
    )
    write_project(tmp_path, [ORDERS, TOTAL], env_py=env_py)
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
    assert refused.returncode == 1
    assert "has 2 version tables: public.alembic_version, shop.alembic_version" in refused.stderr
    assert 'version_table = "shop.alembic_version"' in refused.stderr
    (tmp_path / "rehearsal.toml").write_text('version_table = "shop.alembic_version"\n')
    done = init(tmp_path, empty_database)
    assert done.returncode == 0, done.stderr
    assert rows(empty_database, "SELECT version_num FROM shop.alembic_version") == [("b2",)]
    assert stamp_of(empty_database) == ["zzz"]


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


def test_who_may_not_read_the_version_table_is_told_what_to_grant(
    project: Path, empty_database: Database
) -> None:
    init(project, empty_database)
    with account(empty_database) as poor:
        done = init(project, poor)
    assert done.returncode == 1
    assert "may not read public.alembic_version" in done.stderr
    assert "GRANT SELECT, INSERT, UPDATE, DELETE ON public.alembic_version TO" in done.stderr
    assert "Traceback" not in done.stderr


def test_who_may_not_make_the_version_table_is_told_what_to_grant(
    project: Path, empty_database: Database
) -> None:
    locked(project)
    execute(empty_database, MADE[0])
    with account(empty_database) as poor:
        execute(empty_database, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        done = init(project, poor, "--adopt")
    assert done.returncode == 1
    assert "may not make alembic_version" in done.stderr
    assert "GRANT CREATE ON SCHEMA public TO" in done.stderr


def test_where_kinds_cannot_be_read_no_stamp_is_chosen(
    project: Path, empty_database: Database
) -> None:
    locked(project)
    execute(empty_database, MADE[0], "REVOKE SELECT ON pg_catalog.pg_trigger FROM PUBLIC")
    with account(empty_database) as poor:
        done = init(project, poor, "--adopt")
    assert done.returncode == 1
    assert "not read: trigger" in done.stderr


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


# --- locks, and making it ----------------------------------------------------------------


@pytest.mark.parametrize("retries", [0, 3])
def test_a_migration_that_waits_in_vain_for_a_lock_is_tried_again(
    tmp_path: Path, empty_database: Database, retries: int
) -> None:
    write_project(
        tmp_path,
        [
            ORDERS,
            rev("b2", 'op.execute("SET lock_timeout = 300")\n' + TOTAL.up, doc="total"),
        ],
        env_py=EACH_ALONE,
    )
    execute(
        empty_database,
        MADE[0],
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('a1')",
    )
    with connect(empty_database) as holder, ThreadPoolExecutor(1) as pool:
        holder.cursor().execute("BEGIN; LOCK TABLE orders IN ACCESS SHARE MODE")
        running = pool.submit(init, tmp_path, empty_database, "--lock-retries", str(retries))
        wait_until_somebody_waited_in_vain(empty_database)
        holder.cursor().execute("ROLLBACK")
        outcome = running.result()
    assert outcome.returncode == (0 if retries else 1), outcome.stderr
    assert ("then again" in outcome.stderr) is bool(retries)
    assert stamp_of(empty_database) == (["b2"] if retries else ["a1"])


def wait_until_somebody_waited_in_vain(database: Database) -> None:
    """Until a session has begun to wait for a lock, and no session waits any more."""
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    for waiting in (True, False):
        deadline = time.monotonic() + TIMEOUT
        while (rows(database, query) != [(0,)]) is not waiting:
            assert time.monotonic() < deadline, "nobody has waited"
            time.sleep(0.01)


def test_a_missing_database_is_created_as_the_settings_say(project: Path, absent: Database) -> None:
    (project / "rehearsal.toml").write_text(
        '[database]\nowner = "postgres"\nencoding = "UTF8"\nlocale = "C"\ntemplate = "template0"\n'
    )
    done = init(project, absent)
    assert done.returncode == 0, done.stderr
    query = "SELECT datcollate, datctype FROM pg_database WHERE datname = current_database()"
    assert rows(absent, query) == [("C", "C")]


def test_what_a_database_cannot_be_created_with_is_told_in_postgres_words(
    project: Path, absent: Database
) -> None:
    (project / "rehearsal.toml").write_text('[database]\nowner = "nobody_at_all"\n')
    done = init(project, absent)
    assert done.returncode == 2
    assert 'role "nobody_at_all" does not exist' in done.stderr
