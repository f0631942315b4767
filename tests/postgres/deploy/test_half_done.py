"""What another copy, an interruption or a lock has left half done."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect, fetch_rows
from alembic_rehearsal.core.values.databases import Database
from support.cli import TIMEOUT
from support.deploy import MADE, ORDERS, TOTAL, execute, init, locked, stamp_of
from support.init_db import EACH_ALONE
from support.projects import rev, write_project
from support.running_commands import wait_for

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
        '    op.execute("CREATE TABLE scratch (id integer)")\n'  # which no lock file knows
        "pathlib.Path('half').touch()\n"
        "while not pathlib.Path('go_on').exists():\n"
        "    time.sleep(0.01)\n"
        'op.execute("ALTER TABLE scratch RENAME TO notes")',
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
        while (fetch_rows(database, query) != [(0,)]) is not waiting:
            assert time.monotonic() < deadline, "nobody has waited"
            time.sleep(0.01)
