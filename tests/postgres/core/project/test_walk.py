"""Walks: steps, plans, SQL between steps, the comparison and the creation of models."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.project.steps import Direction, WalkMode
from alembic_rehearsal.core.project.walk import Walk
from alembic_rehearsal.core.values.databases import Database
from support.projects import ENV_PY, rev, table, write_project
from support.sql import ask
from support.walks import run_all, tables

pytestmark = pytest.mark.usefixtures("new_interpreters")


MODELS = {
    "app/__init__.py": "",
    "app/models.py": """\
        import sqlalchemy as sa
        metadata = sa.MetaData()
        users = sa.Table(
            "users", metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("email", sa.String(40), nullable=False, index=True),
        )
        """,
}


WITH_MODELS = ENV_PY.replace("target_metadata = None", "from app.models import metadata").replace(
    "target_metadata=target_metadata", "target_metadata=metadata, compare_server_default=True"
)


def interrupted(walk: Walk) -> None:
    run_all(walk)
    raise LookupError


def test_a_walk_goes_up_and_down_and_commits_when_it_ends(
    tmp_path: Path, empty_database: Database
) -> None:
    project = write_project(tmp_path, [table("a1", "first"), table("b2", "second")])
    with open_project(project) as child:
        with child.walk(empty_database) as walk:
            assert walk.configuration.heads == ()
            assert walk.plan() == ("a1", "b2")
            steps = [walk.up("a1"), walk.up("b2"), walk.down("b2")]
        assert [(each.revision, each.direction) for each in steps] == [
            ("a1", Direction.UP),
            ("b2", Direction.UP),
            ("b2", Direction.DOWN),
        ]
        assert all(each.seconds > 0 for each in steps)
        assert tables(empty_database) == {"first", "alembic_version"}
        with child.walk(empty_database) as walk:
            assert walk.configuration.heads == ("a1",)
            assert walk.plan() == ("b2",)


def test_one_transaction_is_the_projects_mode_unless_each_step_is_to_have_its_own(
    tmp_path: Path, empty_database: Database
) -> None:
    project = write_project(tmp_path, [table("a1", "first")])
    with open_project(project) as child:
        with child.walk(empty_database) as walk:
            assert not walk.configuration.transaction_per_migration
            walk.up("a1")
            assert tables(empty_database) == set()
        assert tables(empty_database) == {"first", "alembic_version"}
        with child.walk(empty_database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk:
            assert walk.configuration.transaction_per_migration
            walk.down("a1")
            assert tables(empty_database) == {"alembic_version"}


def test_a_walk_without_a_step_leaves_no_version_table(
    tmp_path: Path, empty_database: Database
) -> None:
    project = write_project(tmp_path, [table("a1", "first")])
    with open_project(project) as child, child.walk(empty_database) as walk:
        assert walk.run_sql("SELECT 1") == [(1,)]
    assert tables(empty_database) == set()


def test_sql_between_steps_sees_what_is_uncommitted_and_keeps_no_transaction_open(
    tmp_path: Path, empty_database: Database
) -> None:
    project = write_project(tmp_path, [table("a1", "first"), table("b2", "second")])
    with open_project(project) as child:
        with child.walk(empty_database) as walk:
            walk.up("a1")
            assert walk.run_sql("SELECT count(*), '100%' FROM first") == [(0, "100%")]
            walk.run_sql("INSERT INTO first VALUES (1)")
        assert ask(empty_database, "SELECT id FROM first") == [(1,)]
        with child.walk(empty_database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk:
            walk.run_sql("INSERT INTO first VALUES (2)")
            assert ask(empty_database, "SELECT count(*) FROM first") == [(2,)]
            walk.up("b2")
            assert "second" in tables(empty_database)


def test_sql_that_fails_leaves_the_walk_alive(tmp_path: Path, empty_database: Database) -> None:
    project = write_project(tmp_path, [table("a1", "first")])
    with (
        open_project(project) as child,
        child.walk(empty_database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
    ):
        with pytest.raises(StepFailed) as caught:
            walk.run_sql("SELECT * FROM nowhere")
        assert caught.value.failure.sqlstate == "42P01"
        assert caught.value.failure.revision == ""
        walk.up("a1")
    assert "first" in tables(empty_database)


def test_an_exception_in_the_block_rolls_back_the_open_transaction(
    tmp_path: Path, empty_database: Database
) -> None:
    project = write_project(tmp_path, [table("a1", "first")])
    with open_project(project) as child:
        with pytest.raises(LookupError), child.walk(empty_database) as walk:
            interrupted(walk)
        assert tables(empty_database) == set()
        with child.walk(empty_database) as walk:
            assert walk.plan() == ("a1",)


def test_the_plan_is_in_the_order_that_alembic_itself_takes(
    tmp_path: Path, empty_database: Database
) -> None:
    history = [
        table("a1", "a"),
        table("b1", "b", down="a1"),
        table("c1", "c", down="a1", depends_on="b1"),
        table("d1", "d", down="a1"),
        rev("m1", down=("c1", "d1")),
        table("x1", "x", down=(), labels="other"),
    ]
    project = write_project(tmp_path, history, ini="sqlalchemy.url = postgresql://")
    with open_project(project) as child:
        known = child.history()
        with child.walk(empty_database) as walk:
            plan = walk.plan()
            run_all(walk)
            assert walk.plan() == ()
    offline = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "heads", "--sql"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert plan == tuple(re.findall(r"-- Running upgrade .*-> (\w+)", offline.stdout))
    assert plan == tuple(each.id for each in known.revisions)
    versions = ask(empty_database, "SELECT version_num FROM alembic_version")
    assert set(versions) == {("m1",), ("x1",)}


def test_an_enum_made_twice_works_in_one_command_and_fails_in_two(
    tmp_path: Path, empty_database: Database
) -> None:
    with_enum = "op.create_table('{0}', sa.Column('c', sa.Enum('x', 'y', name='mood')))"
    project = write_project(
        tmp_path, [rev("a1", with_enum.format("first")), rev("b2", with_enum.format("second"))]
    )
    with open_project(project) as child:
        with (
            pytest.raises(StepFailed, match='type "mood" already exists'),
            child.walk(empty_database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
        ):
            run_all(walk)
        with child.walk(empty_database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk:
            walk.down("a1")
            walk.run_sql("DROP TABLE first")
            walk.run_sql("DROP TYPE mood")
        with child.walk(empty_database) as walk:
            run_all(walk)
    assert {"first", "second"} <= tables(empty_database)


def test_a_walk_knows_what_env_py_configures(tmp_path: Path, empty_database: Database) -> None:
    options = "connection=connection, version_table='v', version_table_schema='private', "
    env_py = WITH_MODELS.replace("connection=connection, ", options + "include_schemas=True, ")
    env_py = env_py.replace(
        "        context.configure(connection",
        "        connection.exec_driver_sql('CREATE SCHEMA IF NOT EXISTS private')\n"
        "        connection.commit()\n"
        "        context.configure(connection",
    )
    project = write_project(
        tmp_path, [table("a1", "a")], env_py=env_py, files=MODELS, ini="prepend_sys_path = ."
    )
    with open_project(project) as child, child.walk(empty_database) as walk:
        run_all(walk)
    opened = walk.configuration
    assert (opened.version_table, opened.version_table_schema) == ("v", "private")
    assert opened.include_schemas
    assert opened.has_target_metadata
    assert opened.dialect == "postgresql"
    assert opened.connected_to is not None
    assert opened.connected_to.database == empty_database.name
    assert opened.connected_to.port == empty_database.server.port
    assert opened.connected_to.comment.startswith("alembic-rehearsal")
    assert ask(empty_database, "SELECT * FROM private.v") == [("a1",)]


def test_the_comparison_is_alembics_with_the_options_of_env_py(
    tmp_path: Path, empty_database: Database
) -> None:
    first = """
        op.create_table("users", sa.Column("id", sa.Integer, primary_key=True),
                        sa.Column("email", sa.String(40)), sa.Column("old", sa.Text))
        op.create_table("forgotten", sa.Column("id", sa.Integer))
    """
    project = write_project(
        tmp_path, [rev("a1", first)], env_py=WITH_MODELS, files=MODELS, ini="prepend_sys_path = ."
    )
    with open_project(project) as child, child.walk(empty_database) as walk:
        run_all(walk)
        found = {(each.kind, each.object): each.text for each in walk.compare_models()}
    assert found == {
        ("add_index", "users.ix_users_email"): (
            "index users.ix_users_email is in the models, not in the database"
        ),
        ("modify_nullable", "users.email"): (
            "nullable of users.email is True in the database, False in models"
        ),
        ("remove_column", "users.old"): "column users.old is in the database, not in models",
        ("remove_table", "forgotten"): "table forgotten is in the database, not in models",
    }


def test_a_plan_ends_at_its_destination(tmp_path: Path, empty_database: Database) -> None:
    project = write_project(
        tmp_path, [table("a1", "one"), table("b2", "two"), table("c3", "three")]
    )
    with open_project(project) as child, child.walk(empty_database) as walk:
        assert walk.plan("b2") == ("a1", "b2")
        assert walk.plan() == ("a1", "b2", "c3")
        with pytest.raises(StepFailed, match="nowhere"):
            walk.plan("nowhere")


def test_the_models_can_be_built_in_schemas_of_their_own(
    tmp_path: Path, empty_database: Database
) -> None:
    models = """
        import sqlalchemy as sa
        metadata = sa.MetaData()
        sa.Table("orders", metadata, sa.Column("id", sa.Integer), schema="Shop")
        """
    env_py = ENV_PY.replace(
        "target_metadata = None", "from models import metadata as target_metadata"
    )
    project = write_project(
        tmp_path, [], env_py=env_py, ini="prepend_sys_path = .", files={"models.py": models}
    )
    with open_project(project) as child, child.walk(empty_database) as walk:
        walk.create_all()
        found = walk.run_sql(
            "SELECT table_schema FROM information_schema.tables WHERE table_name = 'orders'"
        )
        assert found == [("Shop",)]
