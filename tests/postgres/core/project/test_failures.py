"""Failures of walks: what is reported when a migration, env.py or the application fails."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.project.steps import Direction, Failure
from alembic_rehearsal.core.project.walk import Walk
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import ProjectDoesNotLoad
from support.projects import ENV_PY, Rev, rev, table, write_project
from support.walks import tables, upgrade

pytestmark = pytest.mark.usefixtures("new_interpreters")


def there_and_back(walk: Walk, revision: str) -> None:
    walk.up(revision)
    walk.down(revision)


def failure_of(folder: Path, database: Database, *revisions: Rev, env_py: str = ENV_PY) -> Failure:
    with pytest.raises(StepFailed) as caught:
        upgrade(write_project(folder, revisions, env_py=env_py), database)
    return caught.value.failure


def test_a_failing_statement_is_reported_with_revision_place_statement_and_sqlstate(
    tmp_path: Path, empty_database: Database
) -> None:
    bad = rev("b2", '\nop.execute("ALTER TABLE first ADD COLUMN id int")')
    failure = failure_of(tmp_path, empty_database, table("a1", "first"), bad)
    assert failure.message == 'column "id" of relation "first" already exists'
    assert failure.path == tmp_path / "migrations" / "versions" / "0001_b2.py"
    assert failure.path.read_text().splitlines()[failure.line - 1].strip().startswith("op.execute")
    assert (failure.revision, failure.direction) == ("b2", Direction.UP)
    assert failure.statement == "ALTER TABLE first ADD COLUMN id int"
    assert failure.sqlstate == "42701"
    assert failure.kind == "ProgrammingError"
    assert tables(empty_database) == set()


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg", "pg8000"])
def test_row_values_and_parameters_are_never_reported(
    driver: str, tmp_path: Path, empty_database: Database
) -> None:
    bad = """
        op.create_table("t", sa.Column("secret", sa.String, unique=True))
        table = sa.table("t", sa.column("secret"))
        op.get_bind().execute(table.insert().values(secret="alice@example.org"))
        op.get_bind().execute(table.insert().values(secret="alice@example.org"))
    """
    start, end = ENV_PY.index("engine_from_config(\n"), ENV_PY.index("    with engine")
    create = f'__import__("sqlalchemy").create_engine("postgresql+{driver}://")\n'
    env_py = ENV_PY[:start] + create + ENV_PY[end:]
    failure = failure_of(tmp_path, empty_database, rev("a1", bad), env_py=env_py)
    assert failure.sqlstate == "23505"
    assert failure.message.startswith("duplicate key value violates unique constraint")
    assert "INSERT INTO t" in failure.statement
    assert "alice" not in repr(failure)


def test_a_python_exception_in_a_migration_is_reported_with_its_place(
    tmp_path: Path, empty_database: Database
) -> None:
    bad = rev("a1", 'import app_that_was_removed.models\nop.execute("SELECT 1")')
    failure = failure_of(tmp_path, empty_database, bad)
    assert failure.message == "ModuleNotFoundError: No module named 'app_that_was_removed'"
    assert failure.kind == "ModuleNotFoundError"
    assert failure.path == tmp_path / "migrations" / "versions" / "0000_a1.py"
    assert failure.statement == failure.sqlstate == ""


def test_a_downgrade_that_refuses_is_reported_with_its_exception(
    tmp_path: Path, empty_database: Database
) -> None:
    project = write_project(tmp_path, [rev("a1", undo='raise NotImplementedError("one way")')])
    with (
        open_project(project) as child,
        pytest.raises(StepFailed) as caught,
        child.walk(empty_database) as walk,
    ):
        there_and_back(walk, "a1")
    assert caught.value.failure.kind == "NotImplementedError"
    assert caught.value.failure.direction is Direction.DOWN


def test_a_constraint_that_fails_at_the_last_commit_is_a_failure(
    tmp_path: Path, empty_database: Database
) -> None:
    deferred = """
        op.execute("CREATE TABLE parent (id int PRIMARY KEY)")
        op.execute("CREATE TABLE child (p int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
        op.execute("INSERT INTO child VALUES (7)")
    """
    failure = failure_of(tmp_path, empty_database, rev("a1", deferred))
    assert failure.sqlstate == "23503"
    assert "(p)=(7)" not in failure.message
    assert tables(empty_database) == set()


def test_an_env_py_that_suppresses_the_error_does_not_hide_it(
    tmp_path: Path, empty_database: Database
) -> None:
    env_py = ENV_PY.replace(
        "else:\n    run_migrations_online()",
        "else:\n    try:\n        run_migrations_online()\n    except Exception:\n        pass",
    )
    bad = rev("a1", 'op.execute("SELECT * FROM nowhere")')
    failure = failure_of(tmp_path, empty_database, bad, env_py=env_py)
    assert failure.message == 'relation "nowhere" does not exist'


def test_a_revision_that_ends_the_interpreter_is_reported_with_its_last_output(
    tmp_path: Path, empty_database: Database
) -> None:
    fatal = 'import os\nprint("going down with password=hunter2", end="", flush=True)\nos._exit(7)'
    project = write_project(tmp_path, [rev("a1", fatal), table("b2", "second")])
    with open_project(project) as child:
        with pytest.raises(StepFailed) as caught, child.walk(empty_database) as walk:
            walk.up("a1")
        failure = caught.value.failure
        assert (failure.kind, failure.revision) == ("ChildDied", "a1")
        assert "exit status 7" in failure.message
        assert "going down with password=***" in failure.message
        with child.walk(empty_database) as walk:
            assert walk.plan() == ("a1", "b2")


def test_a_revision_killed_by_a_signal_is_reported(
    tmp_path: Path, empty_database: Database
) -> None:
    fatal = rev("a1", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    assert "signal 11" in failure_of(tmp_path, empty_database, fatal).message


def test_sys_exit_in_a_revision_is_a_failure(tmp_path: Path, empty_database: Database) -> None:
    failure = failure_of(tmp_path, empty_database, rev("a1", "import sys\nsys.exit('enough')"))
    assert failure.message == "SystemExit: enough"


def test_a_revision_that_the_database_has_and_the_history_lacks_is_named(
    tmp_path: Path, empty_database: Database
) -> None:
    with closing(psycopg2.connect(empty_database.url(driver=""))) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE alembic_version (version_num varchar(32))")
        cursor.execute("INSERT INTO alembic_version VALUES ('fade00')")
        connection.commit()
    project = write_project(tmp_path, [table("a1", "first")])
    with open_project(project) as child, child.walk(empty_database) as walk:
        assert walk.configuration.heads == ("fade00",)
        with pytest.raises(StepFailed, match="fade00"):
            walk.plan()


def test_an_application_that_does_not_import_is_named_with_file_and_line(
    tmp_path: Path, empty_database: Database
) -> None:
    files = {"app/__init__.py": "", "app/db.py": "x = 1\nimport not_installed_here\n"}
    project = write_project(
        tmp_path,
        [table("a1", "first")],
        env_py="from app import db\n" + ENV_PY,
        files=files,
        ini="prepend_sys_path = .",
    )
    with pytest.raises(ProjectDoesNotLoad) as caught:
        upgrade(project, empty_database)
    assert f"{tmp_path}/app/db.py:2: " in caught.value.what
    assert "No module named 'not_installed_here'" in caught.value.what


def test_an_application_that_is_not_on_the_path_gets_the_line_for_alembic_ini(
    tmp_path: Path, empty_database: Database
) -> None:
    project = write_project(
        tmp_path,
        [table("a1", "first")],
        env_py="from app import models\n" + ENV_PY,
        files={"src/app/__init__.py": "", "src/app/models.py": ""},
    )
    with pytest.raises(ProjectDoesNotLoad, match="No module named 'app'") as caught:
        upgrade(project, empty_database)
    assert caught.value.remedies == ("prepend_sys_path = src   (in alembic.ini)",)


def test_an_env_py_that_runs_no_migration_is_reported(
    tmp_path: Path, empty_database: Database
) -> None:
    project = write_project(tmp_path, [table("a1", "first")], env_py="from alembic import context")
    with pytest.raises(ProjectDoesNotLoad, match="ended without running any migration"):
        upgrade(project, empty_database)


def test_an_unreachable_target_is_a_failure_without_its_password(
    tmp_path: Path, empty_database: Database
) -> None:
    server = replace(empty_database.server, port=1, password="hunter2")
    failure = failure_of(tmp_path, Database(server, "gone"), table("a1", "first"))
    assert failure.kind == "OperationalError"
    assert failure.revision == ""
    assert "hunter2" not in repr(failure)


def test_the_remedy_for_a_missing_variable_is_url_variables(
    tmp_path: Path, empty_database: Database
) -> None:
    env_py = 'import os\nURL = os.environ["SHOP_DB_URL"]\n' + ENV_PY
    project = write_project(tmp_path, [table("a1", "one")], env_py=env_py)
    with (
        open_project(project) as child,
        pytest.raises(ProjectDoesNotLoad) as caught,
        child.walk(empty_database),
    ):
        pass
    assert 'url_variables = ["SHOP_DB_URL"]' in caught.value.remedies[0]
