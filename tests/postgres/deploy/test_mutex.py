"""Several copies of the initializer at once, and one that is killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType

import psycopg2
import pytest

from alembic_rehearsal.cli.rehearsal_init import main
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.deploy import inspect_database, mutex
from alembic_rehearsal.deploy.mutex import LOCK_KEY
from alembic_rehearsal.snapshot.pg_dump import dump_schema
from support.init_db import EACH_ALONE, init_db, start_init_db
from support.projects import rev, table, write_project
from support.sql import ask, revisions

HEAD = "91be77aa0c12"


@pytest.mark.usefixtures("nothing_left")
def test_eight_copies_at_once_make_one_database(absent: Database) -> None:
    tasks = [start_init_db(url=absent.url("")) for _ in range(8)]
    ends = [(*task.communicate(timeout=240), task.returncode) for task in tasks]
    assert [code for *_, code in ends] == [0] * 8, ends
    said = [out for out, *_ in ends]
    assert sum("created" in each for each in said) == 1
    assert sum("17 revisions applied" in each for each in said) == 1
    assert sum("revision" in each and "17 revisions" not in each for each in said) == 0
    assert all(f"at head {HEAD}" in each for each in said)
    assert revisions(absent) == [HEAD]


def test_a_copy_that_holds_the_lock_is_waited_for_and_then_given_up(
    empty_database: Database,
) -> None:
    before = dump_schema(empty_database)
    with closing(psycopg2.connect(empty_database.url(""))) as other:
        other.cursor().execute("SELECT pg_advisory_lock(%s)", (LOCK_KEY,))
        done = init_db("--lock-timeout", "0.5", url=empty_database.url(""))
    assert done.returncode == 3
    assert "waiting up to 0.5 s for another copy to end" in done.stderr
    assert "this one changed nothing" in done.stderr
    assert dump_schema(empty_database) == before


@pytest.mark.usefixtures("nothing_left")
def test_after_kill_9_in_the_middle_a_second_run_completes(
    empty_database: Database, tmp_path: Path
) -> None:
    slow = "import os, time\nop.execute('CREATE TABLE orders (id int)')\n"
    slow += "time.sleep(float(os.environ.get('SLOW', 0)))"
    revs = [table("a1", "customers"), rev("b1", slow), table("c1", "items")]
    project = write_project(tmp_path, revs, env_py=EACH_ALONE)
    task = start_init_db("--config", project.config, url=empty_database.url(""), SLOW="60")
    assert task.stderr is not None
    assert any(line.startswith("  a1  ") for line in iter(task.stderr.readline, ""))
    until(lambda: holds_orders(empty_database))
    os.kill(task.pid, signal.SIGKILL)
    task.communicate(timeout=30)
    assert revisions(empty_database) == ["a1"]
    done = init_db("--config", project.config, url=empty_database.url(""))
    assert done.returncode == 0, done.stderr
    assert "2 revisions applied, at head c1" in done.stdout
    assert revisions(empty_database) == ["c1"]


def holds_orders(database: Database) -> bool:
    """Whether a session has made a table that it has not committed yet."""
    locks = (
        "SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND locktype = 'relation' "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return ask(database, locks) != []


def until(is_so: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("revisions_before", [0, 1, 2])
def test_one_lock_is_held_from_the_plan_to_the_end(
    empty_database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    revisions_before: int,
) -> None:
    """One inspection makes the plan, a second one checks what an upgrade has left."""
    steps = [table("a1", "customers"), table("b1", "orders")]
    arguments = ["--url", empty_database.url(""), "--config"]
    if revisions_before:
        before = write_project(tmp_path / "before", steps[:revisions_before])
        assert main([*arguments, str(before.config)]) == 0
    project = write_project(tmp_path / "now", steps)
    locks = count_calls(monkeypatch, mutex, "_wait_for_lock")
    inspections = count_calls(monkeypatch, inspect_database, "_inspect_postgres")
    assert main([*arguments, str(project.config)]) == 0
    assert revisions(empty_database) == ["b1"]
    assert len(locks) == 1
    assert len(inspections) == (1 if revisions_before == 2 else 2)


def test_a_database_that_has_to_be_created_is_locked_and_inspected_afterwards(
    absent: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = write_project(tmp_path, [table("a1", "customers")])
    locks = count_calls(monkeypatch, mutex, "_wait_for_lock")
    inspections = count_calls(monkeypatch, inspect_database, "_inspect_postgres")
    assert main(["--url", absent.url(""), "--config", str(project.config)]) == 0
    assert len(locks) == 1
    assert len(inspections) == 2


def count_calls(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> list[str]:
    calls: list[str] = []
    original = getattr(module, name)

    def counted(*arguments: object) -> object:
        calls.append(name)
        return original(*arguments)

    monkeypatch.setattr(module, name, counted)
    return calls
