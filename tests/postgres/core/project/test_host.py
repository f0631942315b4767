"""A project in its own interpreter: output, imports, URLs; and no process is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.values.databases import Database
from support.projects import ENV_PY, rev, table, write_project
from support.walks import run_all, tables, upgrade

pytestmark = pytest.mark.usefixtures("new_interpreters")


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
