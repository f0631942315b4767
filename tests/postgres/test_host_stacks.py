"""The same walk on the newest and the oldest stack that can be driven.

REHEARSAL_OLD_PYTHON names an interpreter with Alembic 1.8, SQLAlchemy 1.4 and psycopg2.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from alembic_rehearsal.project.host import StepFailed, Walk, open_project
from alembic_rehearsal.words import Database, Detour, Mode
from projects import ENV_PY, rev, table, write_project

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


def climb(walk: Walk) -> None:
    for revision in walk.plan():
        walk.up(revision)


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
        with child.walk(empty_database, mode=Mode.COMMANDS) as walk:
            assert walk.opened.seen is not None
            assert walk.opened.seen.database == empty_database.name
            assert walk.plan() == ("a1", "b2", "c3", "m4", "e5")
            for revision in ("a1", "b2", "c3", "m4"):
                walk.up(revision)
            assert {each.kind for each in walk.compare()} == {
                "add_column",
                "remove_column",
                "remove_table",
            }
            for revision in ("m4", "c3", "b2", "a1"):
                walk.down(revision)
            walk.up("a1")  # makes its enum again, as a command of its own would
            assert walk.sql("SELECT '5%', count(*) FROM users") == [("5%", 0)]
        assert walk.detours == (
            Detour("psycopg2", "postgresql://app@production.invalid/orders", "redirected"),
        )
        with pytest.raises(StepFailed) as caught, child.walk(empty_database) as walk:
            climb(walk)
        assert caught.value.failure.sqlstate == "42701"
        assert caught.value.failure.revision == "e5"
        with child.walk(empty_database) as walk:
            assert walk.opened.heads == ("a1",)


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
    assert "CREATE TABLE alembic_version" in whole.steps[0].sql
    assert any("-- Running upgrade a1 -> b2" in each.sql for each in whole.steps)
    assert [each.revision for each in whole.steps if each.failure] == ["d4"]
    assert [each.revision for each in rest.steps] == ["d4", "e5"]
    assert "DELETE FROM alembic_version" in rest.steps[0].sql


def test_a_broken_history_is_told_on_this_stack(python: str, tmp_path: Path) -> None:
    project = write_project(tmp_path, [rev("b2", down="a1")], python=python)
    with open_project(project) as child:
        problem = child.history().problem
    assert problem is not None
    assert problem.message == "revision b2 stands on a1, which no file defines"
