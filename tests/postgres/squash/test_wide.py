"""SQL of every kind in a squash: dumped, written to a file, run by every driver."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.psql_script import statements_of
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.core.values.project import Project
from support.cli import rehearsal
from support.databases import scratch
from support.env_pys import ASYNC, AUTOCOMMIT, SYNC
from support.projects import Rev, rev, table, write_project
from support.sql import ask, revisions
from support.squash import baseline, squash, upgraded
from support.wide_schema import WIDE

pytestmark = pytest.mark.usefixtures("nothing_left")

ENV_PYS = {
    "psycopg2": SYNC.format(driver="psycopg2", options=""),
    "psycopg": SYNC.format(driver="psycopg", options=""),
    "pg8000": SYNC.format(driver="pg8000", options=""),
    "asyncpg": ASYNC.format(driver="asyncpg", options=""),
    "psycopg2, each statement alone": SYNC.format(driver="psycopg2", options=AUTOCOMMIT),
}
OLD_PYTHON = os.environ.get("REHEARSAL_OLD_PYTHON", "")
TakeSnapshot = Callable[[Project, str], None]


@pytest.fixture
def take_snapshot(empty_database: Database) -> TakeSnapshot:
    """A function that deploys a project up to a revision, and takes that as production's."""

    def take(project: Project, destination: str) -> None:
        upgraded(project, empty_database, destination)
        source = empty_database.url("")
        done = rehearsal("snapshot", "take", "--from", source, folder=project.folder)
        assert done.returncode == 0, done.stderr

    return take


def wide() -> Rev:
    """A revision that runs `WIDE` as it is, whatever the driver."""
    run = "op.get_bind().exec_driver_sql(each, execution_options={'no_parameters': True})"
    return rev("a1", f"for each in {list(statements_of(WIDE))!r}:\n    {run}")


@pytest.mark.parametrize("driver", ENV_PYS)
def test_sql_of_every_kind_goes_through_every_driver(
    tmp_path: Path, take_snapshot: TakeSnapshot, driver: str
) -> None:
    project = write_project(
        tmp_path, [wide(), table("b2", "second"), table("c3", "third")], env_py=ENV_PYS[driver]
    )
    take_snapshot(project, "b2")
    done = squash(tmp_path, "b2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "cosmetic" not in done.stdout
    assert "11 rows" in done.stdout


@pytest.mark.skipif(not OLD_PYTHON, reason="REHEARSAL_OLD_PYTHON is not set")
def test_sql_of_every_kind_goes_through_the_oldest_stack(
    tmp_path: Path, take_snapshot: TakeSnapshot
) -> None:
    project = write_project(tmp_path, [wide(), table("b2", "second")], python=OLD_PYTHON)
    take_snapshot(project, "b2")
    done = squash(tmp_path, "b2", "--python", OLD_PYTHON)
    assert done.returncode == 0, done.stdout + done.stderr
    run = rehearsal("run", "--all", "--python", OLD_PYTHON, folder=tmp_path)
    assert run.returncode == 0, run.stdout


def test_a_rehearsal_of_what_was_squashed_is_clean_offline_mode_included(
    tmp_path: Path, take_snapshot: TakeSnapshot
) -> None:
    project = write_project(tmp_path, [wide(), table("b2", "second"), table("c3", "third")])
    take_snapshot(project, "c3")
    assert squash(tmp_path, "b2").returncode == 0
    assert "postgres" not in baseline(tmp_path)
    done = rehearsal("run", "--format", "json", "--all", folder=tmp_path)
    assert json.loads(done.stdout)["findings"] == []


def test_an_empty_database_gets_the_rows_that_migrations_wrote(
    tmp_path: Path, take_snapshot: TakeSnapshot, server: Server
) -> None:
    project = write_project(tmp_path, [wide(), table("b2", "second"), table("c3", "third")])
    take_snapshot(project, "c3")
    assert squash(tmp_path, "b2").returncode == 0
    with scratch(server, "new") as database:
        upgraded(project, database, "c3")
        assert ask(database, "SELECT v FROM parts ORDER BY k") == [
            ("one",),
            ("tab\there\r\ncr \\ back",),
            ("%s %(x)s :y ::z",),
        ]
        assert ask(database, "SELECT count(*) FROM log") == [(3,)]
        assert ask(database, "SELECT last_value, is_called FROM b_id_seq") == [(77, True)]
        assert ask(database, "SELECT last_value, is_called FROM again") == [(9, False)]
        assert revisions(database) == ["c3"]
