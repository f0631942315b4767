"""Databases at any point of an upgrade, cloned from points that were reached before."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.databases import database_exists
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.steps import Step
from alembic_rehearsal.core.project.walk import Walk
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.rehearsal.runner import checkpoints as module
from alembic_rehearsal.rehearsal.runner.checkpoints import Checkpoints
from alembic_rehearsal.rehearsal.runner.context import Context
from support.experiments import databases_on, open_context
from support.projects import ENV_PY, Rev, rev, table, write_project
from support.sql import ask, revisions

SIX = [table(f"r{number}", f"t{number}") for number in range(1, 7)]


@pytest.fixture
def run_revisions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The revisions that were run, in order."""
    ran: list[str] = []
    up = Walk.up

    def spied(walk: Walk, revision: str) -> Step:
        ran.append(revision)
        return up(walk, revision)

    monkeypatch.setattr(Walk, "up", spied)
    monkeypatch.setattr(module, "SPACING", 2)
    return ran


@pytest.fixture
def six(tmp_path: Path, server: Server) -> Iterator[Checkpoints]:
    with open_context(write_project(tmp_path, SIX), databases_on(server), cores=1) as (
        context,
        evidence,
    ):
        (checkpoints,) = context.checkpoints(evidence)
        yield checkpoints


def tables(database: Database) -> int:
    ((count,),) = ask(database, "SELECT count(*) FROM pg_tables WHERE tablename LIKE 't_'")
    assert isinstance(count, int)
    return count


def test_a_database_has_the_first_revisions_and_no_more(six: Checkpoints) -> None:
    assert tables(six.make_database_at(0)) == 0
    third = six.make_database_at(3)
    assert (tables(third), revisions(third)) == (3, ["r3"])


def test_each_database_is_the_callers_own(six: Checkpoints) -> None:
    assert six.make_database_at(2) != six.make_database_at(2)


def test_revisions_up_to_a_saved_point_are_not_run_again(
    six: Checkpoints, run_revisions: list[str]
) -> None:
    six.make_database_at(5)
    assert run_revisions == ["r1", "r2", "r3", "r4", "r5"]
    run_revisions.clear()
    assert tables(six.make_database_at(4)) == 4
    assert run_revisions == []
    assert tables(six.make_database_at(3)) == 3
    assert run_revisions == ["r3"]
    assert tables(six.make_database_at(6)) == 6
    assert run_revisions == ["r3", "r5", "r6"]


def test_a_saved_point_is_cloned_from_then_on(six: Checkpoints, run_revisions: list[str]) -> None:
    six.save(3)
    run_revisions.clear()
    assert tables(six.make_database_at(3)) == 3
    assert run_revisions == []


def test_many_threads_share_one_interpreter(six: Checkpoints) -> None:
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(six.make_database_at, [6, 1, 5, 2, 4, 3]))
    assert [tables(each) for each in found] == [6, 1, 5, 2, 4, 3]


def checkpoints_of(context: Context, evidence: object) -> Checkpoints:
    (checkpoints,) = context.checkpoints(evidence)  # type: ignore[arg-type]
    return checkpoints


def test_a_revision_that_fails_is_raised_and_leaves_no_database(
    tmp_path: Path, server: Server, run_revisions: list[str]
) -> None:
    broken = [*SIX[:2], rev("r3", 'op.execute("CREATE TABEL t3 ()")'), table("r4", "t4")]
    with open_context(write_project(tmp_path, broken), databases_on(server)) as (context, evidence):
        checkpoints = checkpoints_of(context, evidence)
        for count in (4, 3, 4):
            with pytest.raises(StepFailed) as caught:
                checkpoints.make_database_at(count)
            assert caught.value.failure.revision == "r3"
        assert tables(checkpoints.make_database_at(2)) == 2
        made = context.make_database.databases  # type: ignore[attr-defined]
        assert (
            sum(database_exists(server, each.name) for each in made) == len(made) == 2
        )  # one of them is a saved point
    assert run_revisions.count("r4") == 0


MAKE = 'op.create_table({!r}, sa.Column("m", sa.Enum("a", name="mood")))'
TWICE = [
    rev("r1", MAKE.format("t1")),
    rev("r2", MAKE.format("t2")),
    *SIX[2:5],
]


def test_revisions_that_run_only_in_one_command_are_run_by_one(
    tmp_path: Path, server: Server, run_revisions: list[str]
) -> None:
    with open_context(write_project(tmp_path, TWICE), databases_on(server)) as (context, evidence):
        checkpoints = checkpoints_of(context, evidence)
        assert revisions(checkpoints.make_database_at(5)) == ["r5"]
        assert tables(checkpoints.make_database_at(1)) == 1
        run_revisions.clear()
        assert tables(checkpoints.make_database_at(4)) == 4
        assert run_revisions == []


def test_an_env_py_that_keeps_nothing_has_no_checkpoints(tmp_path: Path, server: Server) -> None:
    env_py = ENV_PY.replace(
        "        context.configure(connection",
        "        connection.exec_driver_sql('SELECT 1')\n        context.configure(connection",
    )
    with open_context(write_project(tmp_path, SIX, env_py=env_py), databases_on(server)) as (
        context,
        evidence,
    ):
        checkpoints = checkpoints_of(context, evidence)
        with pytest.raises(StepFailed, match="without a commit"):
            checkpoints.make_database_at(1)


def test_a_history_without_revisions_has_an_empty_plan(tmp_path: Path, server: Server) -> None:
    none: list[Rev] = []
    with open_context(write_project(tmp_path, none), databases_on(server)) as (context, evidence):
        checkpoints = checkpoints_of(context, evidence)
        assert checkpoints.plan == ()
        assert tables(checkpoints.make_database_at(0)) == 0
