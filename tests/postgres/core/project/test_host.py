"""Running a project's migrations: walks, failures, output; and no process is left."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.project.steps import Direction, Failure, WalkMode
from alembic_rehearsal.core.project.walk import Walk
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import ProjectDoesNotLoad
from alembic_rehearsal.core.values.project import Project
from support.projects import ENV_PY, Rev, rev, table, write_project

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


def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    """The rows of a query on a second connection."""
    with closing(psycopg2.connect(database.url(driver=""))) as connection:
        cursor = connection.cursor()
        cursor.execute(query)
        return cursor.fetchall()


def tables(database: Database) -> set[object]:
    found = rows(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {name for (name,) in found}


def run_all(walk: Walk) -> None:
    for revision in walk.plan():
        walk.up(revision)


def interrupted(walk: Walk) -> None:
    run_all(walk)
    raise LookupError


def there_and_back(walk: Walk, revision: str) -> None:
    walk.up(revision)
    walk.down(revision)


def upgrade(project: Project, database: Database) -> None:
    with open_project(project) as child, child.walk(database) as walk:
        run_all(walk)


def failure_of(folder: Path, database: Database, *revisions: Rev, env_py: str = ENV_PY) -> Failure:
    with pytest.raises(StepFailed) as caught:
        upgrade(write_project(folder, revisions, env_py=env_py), database)
    return caught.value.failure


# --- steps -----------------------------------------------------------------------------------


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
        assert rows(empty_database, "SELECT id FROM first") == [(1,)]
        with child.walk(empty_database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk:
            walk.run_sql("INSERT INTO first VALUES (2)")
            assert rows(empty_database, "SELECT count(*) FROM first") == [(2,)]
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
    versions = rows(empty_database, "SELECT version_num FROM alembic_version")
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
    assert rows(empty_database, "SELECT * FROM private.v") == [("a1",)]


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


# --- failures --------------------------------------------------------------------------------


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


# --- the project's own ways --------------------------------------------------------------------


def test_output_of_the_project_does_no_harm_and_is_echoed(
    tmp_path: Path, empty_database: Database
) -> None:
    loud = """
        import os, sys
        print("{}", flush=True)
        os.write(1, b"raw\\n")
        print(sys.stdin.read() or "none")
    """
    project = write_project(tmp_path, [rev("a1", loud)])
    output: list[str] = []
    with open_project(project, echo=output.append) as child:
        with child.walk(empty_database) as walk:
            run_all(walk)
        assert output[-3:] == ["{}", "raw", "none"]  # all of them once the walk has ended


def test_the_application_is_imported_once_for_many_walks(
    tmp_path: Path, empty_database: Database
) -> None:
    files = {"app/__init__.py": "import os\nprint('imported by', os.getpid())\n"}
    project = write_project(
        tmp_path,
        [table("a1", "first")],
        env_py="import app\n" + ENV_PY,
        files=files,
        ini="prepend_sys_path = .",
    )
    output: list[str] = []
    with open_project(project, echo=output.append) as child:
        for _ in range(3):
            with child.walk(empty_database):
                pass
    assert len([line for line in output if line.startswith("imported by")]) == 1


def test_an_application_that_needs_its_database_while_it_is_imported_gets_it(
    tmp_path: Path, empty_database: Database
) -> None:
    files = {
        "app/__init__.py": """\
            import os, psycopg2
            connection = psycopg2.connect(os.environ["DATABASE_URL"])
            connection.cursor().execute("CREATE TABLE IF NOT EXISTS by_import (id int)")
            connection.commit()
            """
    }
    project = write_project(
        tmp_path,
        [table("a1", "first")],
        env_py="import app\n" + ENV_PY,
        files=files,
        ini="prepend_sys_path = .",
    )
    with open_project(project) as child:
        for _ in range(2):
            with child.walk(empty_database):
                pass
    assert tables(empty_database) == {"by_import"}


def test_an_application_that_starts_a_thread_is_not_forked_after_it(
    tmp_path: Path, empty_database: Database
) -> None:
    files = {
        "app/__init__.py": """\
            import threading
            thread = threading.Thread(target=threading.Event().wait, daemon=True)
            thread.start()
            """
    }
    env_py = "import app\nassert app.thread.is_alive()\n" + ENV_PY
    project = write_project(
        tmp_path, [table("a1", "a")], env_py=env_py, files=files, ini="prepend_sys_path = ."
    )
    upgrade(project, empty_database)
    assert "a" in tables(empty_database)


def test_env_py_may_run_its_migrations_in_a_thread(
    tmp_path: Path, empty_database: Database
) -> None:
    env_py = ENV_PY.replace(
        "else:\n    run_migrations_online()",
        "else:\n    import threading\n    thread = threading.Thread(target=run_migrations_online)\n"
        "    thread.start()\n    thread.join()",
    )
    upgrade(write_project(tmp_path, [table("a1", "first")], env_py=env_py), empty_database)
    assert "first" in tables(empty_database)


def test_revisions_may_import_what_only_env_py_puts_on_the_path(
    tmp_path: Path, empty_database: Database
) -> None:
    revision = table("a1", "first")
    project = write_project(
        tmp_path,
        [replace(revision, up="from app import NAME\n" + revision.up)],
        env_py="import os, sys\nsys.path.insert(0, os.path.dirname(__file__) + '/../src')\n"
        + ENV_PY,
        files={"src/app.py": "NAME = 1\n"},
    )
    source = project.folder / "migrations" / "versions" / "0000_a1.py"
    source.write_text("from app import NAME\n" + source.read_text())
    with open_project(project) as child:
        assert child.history().problem is None
    upgrade(project, empty_database)
    assert "first" in tables(empty_database)


def test_a_password_with_a_percent_sign_is_unchanged_by_alembics_option(
    tmp_path: Path, empty_database: Database
) -> None:
    env_py = "from alembic import context\n" + ENV_PY.replace(
        "    engine = ",
        '    assert "p%40ss%25" in config.get_main_option("sqlalchemy.url")\n    engine = ',
    )
    server = replace(empty_database.server, password="p@ss%")
    project = write_project(tmp_path, [table("a1", "first")], env_py=env_py)
    with pytest.raises(StepFailed) as caught:  # not ours: the server refuses it
        upgrade(project, Database(server, empty_database.name))
    assert "password authentication failed" in caught.value.failure.message


# --- nothing is left -----------------------------------------------------------------------------

PARENT = """
import sys
from pathlib import Path
from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.core.values.project import Project
folder, host, port, user, password, name = sys.argv[1:]
project = Project(Path(folder) / "alembic.ini", Path(folder), sys.executable)
server = Server(host, int(port), user, password, "15", "test")
with open_project(project) as child, child.walk(Database(server, name)) as walk:
    walk.up("a1")
"""
HANG = """
import os, subprocess, time
helper = subprocess.Popen(["sleep", "600"])
open("pids", "w").write(f"{os.getpid()} {os.getppid()} {helper.pid} ")
os.rename("pids", "pids.written")
time.sleep(600)
"""


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_no_process_is_left_after_the_parent_is_killed_in_the_middle_of_a_step(
    ending: signal.Signals, tmp_path: Path, empty_database: Database
) -> None:
    write_project(tmp_path, [rev("a1", HANG)])
    server = empty_database.server
    place = (server.host, str(server.port), server.user, server.password, empty_database.name)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), *place], stderr=subprocess.DEVNULL
    )
    written = tmp_path / "pids.written"
    wait_until(written.exists)
    parent.send_signal(ending)
    parent.wait(30)
    for pid in map(int, written.read_text().split()):
        wait_until(lambda pid=pid: not is_running(pid))


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """A zombie that init has not yet collected counts as gone."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return bool(shown.stdout.strip()) and not shown.stdout.startswith("Z")


def test_the_password_is_in_no_command_line(tmp_path: Path, empty_database: Database) -> None:
    look = (
        'import subprocess\nprint(subprocess.check_output(["ps", "axww", "-o", "args"]).decode())'
    )
    project = write_project(tmp_path, [rev("a1", look)])
    output: list[str] = []
    with open_project(project, echo=output.append) as child, child.walk(empty_database) as walk:
        run_all(walk)
    assert any("sys.argv.pop" in line for line in output)
    assert not any(empty_database.server.password in line for line in output)


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
