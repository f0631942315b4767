"""The same walk on the newest and the oldest stack that can be driven.

REHEARSAL_OLD_PYTHON names an interpreter with Alembic 1.8, SQLAlchemy 1.4 and psycopg2.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.project.steps import Detour, WalkMode
from alembic_rehearsal.core.values.databases import Database
from support.projects import ENV_PY, rev, table, write_project
from support.sql import ask
from support.walks import run_all

pytestmark = pytest.mark.usefixtures("new_interpreters")

STACKS = {"newest": sys.executable, "oldest": os.environ.get("REHEARSAL_OLD_PYTHON", "")}
APP = {
    "app/__init__.py": "",
    "app/models.py": """\
        import sqlalchemy as sa
        metadata = sa.MetaData()
        sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True),
                 sa.Column("email", sa.String(40), nullable=False))
        """,
}
BESIDE = """
import psycopg2
from app.models import metadata as target_metadata
stray = psycopg2.connect("postgresql://app:secret@production.invalid/orders")
stray.cursor().execute("SELECT 1")
"""
USERS = """
    op.create_table("users", sa.Column("id", sa.Integer, primary_key=True),
                    sa.Column("mood", sa.Enum("x", "y", name="mood")))
"""


@pytest.fixture(params=STACKS)
def python(request: pytest.FixtureRequest) -> str:
    interpreter = STACKS[request.param]
    if not interpreter:
        pytest.skip("REHEARSAL_OLD_PYTHON is not set: the oldest stack is not at hand")
    return interpreter


def test_one_walk_shows_that_everything_works_on_this_stack(
    python: str, tmp_path: Path, empty_database: Database
) -> None:
    revisions = [
        rev("a1", USERS, 'op.drop_table("users")\nop.execute("DROP TYPE mood")', labels="main"),
        table("b2", "second", down="a1"),
        table("c3", "third", down="a1", depends_on="b2"),
        rev("m4", down="c3"),
        rev("e5", 'op.execute("ALTER TABLE second ADD COLUMN id int")'),
    ]
    env_py = BESIDE + ENV_PY.replace("target_metadata = None\n", "")
    project = write_project(
        tmp_path, revisions, env_py=env_py, ini="prepend_sys_path = .", files=APP, python=python
    )
    with open_project(project) as child:
        history = child.history()
        assert [each.id for each in history.revisions] == ["a1", "b2", "c3", "m4", "e5"]
        assert history.revisions[2].depends_on == ("b2",)
        with child.walk(empty_database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk:
            assert walk.configuration.connected_to is not None
            assert walk.configuration.connected_to.database == empty_database.name
            assert walk.plan() == ("a1", "b2", "c3", "m4", "e5")
            for revision in ("a1", "b2", "c3", "m4"):
                walk.up(revision)
            assert {each.kind for each in walk.compare_models()} == {
                "add_column",
                "remove_column",
                "remove_table",
            }
            for revision in ("m4", "c3", "b2", "a1"):
                walk.down(revision)
            walk.up("a1")  # makes its enum again, as a command of its own would
            assert walk.run_sql("SELECT '5%', count(*) FROM users") == [("5%", 0)]
        assert walk.detours == (
            Detour("psycopg2", "postgresql://app@production.invalid/orders", "redirected"),
        )
        with pytest.raises(StepFailed) as caught, child.walk(empty_database) as walk:
            run_all(walk)
        assert caught.value.failure.sqlstate == "42701"
        assert caught.value.failure.revision == "e5"
        with child.walk(empty_database) as walk:
            assert walk.configuration.heads == ("a1",)


def test_sql_is_printed_on_this_stack(python: str, tmp_path: Path) -> None:
    asks = "op.get_bind().execute(sa.text('SELECT 1')).scalar()"
    revisions = [
        rev("a1", USERS),
        table("b2", "second", down="a1"),
        table("c3", "third", down="a1"),
        rev("d4", asks, down=("b2", "c3")),
        table("e5", "fifth"),
    ]
    project = write_project(tmp_path, revisions, python=python)
    with open_project(project) as child:
        whole, rest = child.render(()), child.render(("b2", "c3"))
    assert whole.before.split() == ["BEGIN;"]
    assert whole.after.split() == ["COMMIT;"]
    assert "CREATE TABLE alembic_version" in whole.steps[0].preamble
    assert any("-- Running upgrade a1 -> b2" in each.preamble for each in whole.steps)
    assert [each.revision for each in whole.steps if each.failure] == ["d4"]
    assert [each.revision for each in rest.steps] == ["d4", "e5"]
    assert "DELETE FROM alembic_version" in rest.steps[0].sql


def test_a_broken_history_is_reported_on_this_stack(python: str, tmp_path: Path) -> None:
    project = write_project(tmp_path, [rev("b2", down="a1")], python=python)
    with open_project(project) as child:
        problem = child.history().problem
    assert problem is not None
    assert problem.message == "revision b2 revises a1, which no file defines"


GUARDED = "op.execute('CREATE TABLE IF NOT EXISTS u (id int)')"
OUTER = ENV_PY.replace("engine.connect()", "engine.begin()")


def stamp(database: Database) -> list[object]:
    return [each for (each,) in ask(database, "SELECT version_num FROM alembic_version")]


def test_a_second_run_of_an_upgrade_leaves_the_version_table_on_this_stack(
    python: str, tmp_path: Path, empty_database: Database
) -> None:
    project = write_project(
        tmp_path, [table("a1", "t"), rev("b2", GUARDED), table("c3", "v")], python=python
    )
    with (
        open_project(project) as child,
        child.walk(empty_database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
    ):
        walk.up("a1")
        walk.up("b2")
        assert walk.rerun_upgrade("b2").revision == "b2"
        assert stamp(empty_database) == ["b2"]
        walk.up("c3")
    assert stamp(empty_database) == ["c3"]


@pytest.mark.parametrize("env_py", [ENV_PY, OUTER], ids=["own transactions", "one for all"])
def test_a_second_run_that_fails_is_rolled_back_alone_on_this_stack(
    python: str, tmp_path: Path, empty_database: Database, env_py: str
) -> None:
    half = "op.execute('CREATE TABLE IF NOT EXISTS u (id int)')\nop.execute('CREATE TABLE v ()')"
    rows = rev("a1", "op.execute('CREATE TABLE t (n int)')\nop.execute('INSERT INTO t VALUES (1)')")
    fills = f"op.execute('INSERT INTO t VALUES (2)')\n{half}"
    project = write_project(tmp_path, [rows, rev("b2", fills)], env_py=env_py, python=python)
    with (
        open_project(project) as child,
        child.walk(empty_database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
    ):
        walk.up("a1")
        walk.up("b2")
        with pytest.raises(StepFailed) as caught:
            walk.rerun_upgrade("b2")
        failure = caught.value.failure
        assert (failure.revision, failure.sqlstate) == ("b2", "42P07")
        assert failure.path is not None
        assert failure.path.name == "0001_b2.py"
    assert stamp(empty_database) == ["b2"]
    assert ask(empty_database, "SELECT n FROM t ORDER BY n") == [(1,), (2,)]


def test_a_step_is_a_command_of_its_own_whatever_transaction_env_py_holds_on_this_stack(
    python: str, tmp_path: Path, empty_database: Database
) -> None:
    add = (
        "op.execute(\"CREATE TYPE mood AS ENUM ('a')\")",
        "op.execute(\"ALTER TYPE mood ADD VALUE 'b'\")",
        "op.execute(\"SELECT 'b'::mood\")",
    )
    revisions = [rev(f"r{number}", up) for number, up in enumerate(add)]
    project = write_project(tmp_path, revisions, env_py=OUTER, python=python)
    with open_project(project) as child:
        with child.walk(empty_database) as walk:
            walk.up("r0")
        with child.walk(empty_database) as walk:
            assert walk.configuration.is_in_transaction
            walk.up("r1")
            with pytest.raises(StepFailed) as caught:
                walk.up("r2")
        assert caught.value.failure.sqlstate == "55P04"  # unsafe use of a new value
        with child.walk(empty_database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk:
            for number in (1, 2):
                walk.up(f"r{number}")
                assert stamp(empty_database) == [f"r{number}"]  # seen by another session
                assert held(empty_database) == 0
            walk.down("r2")
            assert stamp(empty_database) == ["r1"]
            assert walk.plan() == ("r2",)
            assert walk.run_sql("SELECT count(*) FROM alembic_version") == [(1,)]


def held(database: Database) -> int:
    """How many other sessions hold a transaction open in a database."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
    )
    ((count,),) = ask(database, query)
    assert isinstance(count, int)
    return count


def test_a_command_of_its_own_that_commits_nothing_is_reported_on_this_stack(
    python: str, tmp_path: Path, empty_database: Database
) -> None:
    env_py = OUTER.replace(
        "            context.run_migrations()\n\n",
        "            context.run_migrations()\n        connection.get_transaction().rollback()\n\n",
        1,
    )
    project = write_project(tmp_path, [table("a1", "t")], env_py=env_py, python=python)
    with (
        open_project(project) as child,
        pytest.raises(StepFailed, match="without a commit"),
        child.walk(
            empty_database, mode=WalkMode.COMMAND_PER_MIGRATION, read_stamp=lambda _: ()
        ) as walk,
    ):
        walk.up("a1")


def test_the_statement_that_began_the_transaction_around_the_migrations_is_known(
    python: str, tmp_path: Path, empty_database: Database
) -> None:
    """The statement of an earlier transaction, which has ended, is not reported."""
    asked = (
        "with engine.connect() as connection:\n"
        '        with connection.begin(): connection.exec_driver_sql("SELECT 1")\n'
        "        connection.begin()"
    )
    env_py = ENV_PY.replace("with engine.connect() as connection:", asked)
    project = write_project(tmp_path, [rev("a1")], env_py=env_py, python=python)
    with open_project(project) as child:
        child.history()
        with child.walk(empty_database) as walk:
            assert walk.configuration.transaction_begun_by == "begin()"
