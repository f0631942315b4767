"""The fence against env.py files that ignore every URL and connection they are given.

"Production" is a second real server that logs each connection attempt; after every walk
its log must be silent.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.project.steps import Detour
from alembic_rehearsal.core.values.databases import Database, ServerNeeds
from support.projects import ENV_PY, Rev, rev, table, write_project

pytestmark = pytest.mark.usefixtures("new_interpreters")

LANDED = table("a1", "landed")

# An env.py of its own making: `engine` is what the hostile part leaves behind.
OWN_ENGINE = """
from alembic import context
from sqlalchemy import create_engine, pool
{engine}
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""

ASYNC_ENGINE = """
import asyncio
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

def run(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def main():
    engine = create_async_engine("{url}")
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()

asyncio.run(main())
"""


@dataclass(frozen=True)
class Production:
    """A server that nothing may connect to, and its log, which would show a connection."""

    database: Database
    log: Path

    def attempts(self) -> int:
        return self.log.read_text(errors="replace").count("connection received")

    def fill(self, text: str) -> str:
        """PRODUCTION_URL, _HOST, _PORT, _USER and _PASSWORD in a text, made real."""
        server = self.database.server
        for name, value in {
            "PRODUCTION_URL": self.database.url(driver=""),
            "PRODUCTION_HOST": server.host,
            "PRODUCTION_PORT": str(server.port),
            "PRODUCTION_USER": server.user,
            "PRODUCTION_PASSWORD": server.password,
        }.items():
            text = text.replace(name, value)
        return text


@pytest.fixture(scope="module")
def second_server() -> Iterator[Production]:
    with throwaway_server("auto", ServerNeeds()) as server:
        database = Database(server, "postgres")
        with closing(psycopg2.connect(database.url(driver=""))) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute("ALTER SYSTEM SET log_connections = on")
            cursor.execute("SELECT pg_reload_conf()")
            cursor.execute("SHOW data_directory")
            (folder,) = cursor.fetchone() or ("",)
        yield Production(database, Path(folder).parent / "log")


@pytest.fixture
def production(second_server: Production) -> Iterator[Production]:
    """The second server; after the test its log must have no connection."""
    before = second_server.attempts()
    yield second_server
    assert second_server.attempts() == before


def walk_up(
    folder: Path, env_py: str, target: Database, *revisions: Rev
) -> tuple[set[str], tuple[Detour, ...]]:
    """Upgrade with this env.py; returns the target's tables and the detours."""
    project = write_project(folder, revisions or (LANDED,), env_py=env_py)
    with open_project(project) as child, child.walk(target) as walk:
        for revision in walk.plan():
            walk.up(revision)
    return tables_of(target), walk.detours


def tables_of(database: Database) -> set[str]:
    with closing(psycopg2.connect(database.url(driver=""))) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {name for (name,) in cursor.fetchall()} - {"alembic_version"}


def test_a_connection_to_the_second_server_would_show_in_its_log(
    second_server: Production,
) -> None:
    before = second_server.attempts()
    assert tables_of(second_server.database) == set()
    assert second_server.attempts() == before + 1


ENGINES = {
    "psycopg2 by URL": 'engine = create_engine("PRODUCTION_URL")',
    "psycopg by URL": 'engine = create_engine("PRODUCTION_URL".replace("sql:", "sql+psycopg:"))',
    "pg8000 by URL": 'engine = create_engine("PRODUCTION_URL".replace("sql:", "sql+pg8000:"))',
    "a pooled engine": 'engine = create_engine("PRODUCTION_URL", pool_size=3, pool_pre_ping=True)',
    "connect_args": """
engine = create_engine("postgresql+psycopg2://", connect_args={"dsn": "PRODUCTION_URL"})""",
    "several hosts": """
engine = create_engine(
    "postgresql+psycopg2://PRODUCTION_USER:PRODUCTION_PASSWORD@/postgres"
    "?host=PRODUCTION_HOST:PRODUCTION_PORT&host=PRODUCTION_HOST:PRODUCTION_PORT"
    "&target_session_attrs=read-write"
)""",
    "creator with psycopg2": """
from psycopg2 import connect
engine = create_engine("postgresql+psycopg2://", creator=lambda: connect("PRODUCTION_URL"))""",
    "creator with psycopg2's connection class": """
from psycopg2.extensions import connection
engine = create_engine("postgresql+psycopg2://", creator=lambda: connection("PRODUCTION_URL"))""",
    "creator with psycopg": """
from psycopg import connect
engine = create_engine("postgresql+psycopg://", creator=lambda: connect("PRODUCTION_URL"))""",
    "creator with pg8000": """
import pg8000
engine = create_engine("postgresql+pg8000://", creator=lambda: pg8000.connect(
    "PRODUCTION_USER", "PRODUCTION_HOST", "postgres", PRODUCTION_PORT, "PRODUCTION_PASSWORD"
))""",
}


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())
def test_an_engine_of_its_own_is_redirected_to_the_target(
    engine: str, tmp_path: Path, empty_database: Database, production: Production
) -> None:
    env_py = OWN_ENGINE.format(engine=production.fill(engine))
    landed, detours = walk_up(tmp_path, env_py, empty_database)
    assert landed == {"landed"}
    assert [each.outcome for each in detours] == ["redirected"]
    assert production.database.server.password not in detours[0].asked
    assert str(production.database.server.port) in detours[0].asked


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_an_async_engine_of_its_own_is_redirected_to_the_target(
    driver: str, tmp_path: Path, empty_database: Database, production: Production
) -> None:
    env_py = ASYNC_ENGINE.format(url=production.database.url(driver=driver))
    landed, detours = walk_up(tmp_path, env_py, empty_database)
    assert landed == {"landed"}
    assert [(each.driver, each.outcome) for each in detours] == [(driver, "redirected")]


BESIDE = {
    "psycopg2": """
import psycopg2
connection = psycopg2.connect(host="PRODUCTION_HOST", port=PRODUCTION_PORT, database="postgres",
    user="PRODUCTION_USER", password="PRODUCTION_PASSWORD", application_name="beside")
connection.cursor().execute("CREATE TABLE stray (id int)")
connection.commit()""",
    "psycopg2's connection class, imported early": """
from psycopg2.extensions import connection as Connection
connection = Connection("PRODUCTION_URL")
connection.cursor().execute("CREATE TABLE stray (id int)")
connection.commit()""",
    "psycopg": """
import psycopg
with psycopg.connect("PRODUCTION_URL") as connection:
    connection.execute("CREATE TABLE stray (id int)")""",
    "psycopg, async": """
import asyncio, psycopg
async def stray():
    async with await psycopg.AsyncConnection.connect("PRODUCTION_URL") as connection:
        await connection.execute("CREATE TABLE stray (id int)")
asyncio.run(stray())""",
    "asyncpg": """
import asyncio, asyncpg
async def stray():
    connection = await asyncpg.connect("PRODUCTION_URL")
    await connection.execute("CREATE TABLE stray (id int)")
asyncio.run(stray())""",
    "a pool of asyncpg": """
import asyncio, asyncpg
async def stray():
    async with asyncpg.create_pool("PRODUCTION_URL", min_size=1, max_size=2) as pool:
        await pool.execute("CREATE TABLE stray (id int)")
asyncio.run(stray())""",
    "pg8000": """
import pg8000.native
connection = pg8000.native.Connection("PRODUCTION_USER", host="PRODUCTION_HOST",
    port=PRODUCTION_PORT, database="postgres", password="PRODUCTION_PASSWORD")
connection.run("CREATE TABLE stray (id int)")""",
    "a second engine": """
from sqlalchemy import create_engine, text
with create_engine("PRODUCTION_URL").begin() as connection:
    connection.execute(text("CREATE TABLE stray (id int)"))""",
}


@pytest.mark.parametrize("beside", BESIDE.values(), ids=BESIDE.keys())
def test_a_second_connection_is_redirected_to_the_target(
    beside: str, tmp_path: Path, empty_database: Database, production: Production
) -> None:
    env_py = production.fill(beside) + "\n" + ENV_PY
    landed, detours = walk_up(tmp_path, env_py, empty_database)
    assert landed == {"landed", "stray"}
    assert [each.outcome for each in detours] == ["redirected"]


def test_a_connection_that_a_migration_opens_is_redirected_to_the_target(
    tmp_path: Path, empty_database: Database, production: Production
) -> None:
    revision = rev("a1", production.fill(BESIDE["psycopg2"]))
    landed, _ = walk_up(tmp_path, ENV_PY, empty_database, revision)
    assert landed == {"stray"}


LATE = {
    "the variable": 'os.environ["DATABASE_URL"] = "PRODUCTION_URL"\n'
    'engine = create_engine(os.environ["DATABASE_URL"])',
    "the option": 'context.config.set_main_option("sqlalchemy.url", "PRODUCTION_URL")\n'
    'engine = create_engine(context.config.get_main_option("sqlalchemy.url"))',
    "libpq's variables": 'os.environ.update(PGHOST="PRODUCTION_HOST", PGPORT="PRODUCTION_PORT",'
    'PGUSER="PRODUCTION_USER", PGPASSWORD="PRODUCTION_PASSWORD", PGDATABASE="postgres")\n'
    'engine = create_engine("postgresql+psycopg2://")',
    "PGHOSTADDR, which libpq prefers to a host": 'os.environ["PGHOSTADDR"] = "127.0.0.1"\n'
    'os.environ["PGPORT"] = "PRODUCTION_PORT"\n'
    'engine = create_engine("postgresql+psycopg2://PRODUCTION_USER@somewhere/postgres")',
}


@pytest.mark.parametrize("late", LATE.values(), ids=LATE.keys())
def test_a_place_set_late_in_env_py_is_not_reached(
    late: str, tmp_path: Path, empty_database: Database, production: Production
) -> None:
    engine = "import os\n" + production.fill(late)
    landed, _ = walk_up(tmp_path, OWN_ENGINE.format(engine=engine), empty_database)
    assert landed == {"landed"}


NAMELESS = {
    "psycopg2 alone": "import psycopg2\n"
    'engine = create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(""))',
    "psycopg alone": "import psycopg\n"
    'engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(""))',
    "an engine": 'engine = create_engine("postgresql+psycopg2://")',
    "a service": 'engine = create_engine("postgresql+psycopg2:///?service=production")',
    "a service for psycopg": 'engine = create_engine("postgresql+psycopg:///?service=production")',
}


@pytest.mark.parametrize("engine", NAMELESS.values(), ids=NAMELESS.keys())
def test_libpq_variables_and_service_files_of_the_user_do_not_redirect_a_connection(
    engine: str,
    tmp_path: Path,
    empty_database: Database,
    production: Production,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    services = tmp_path / "services.conf"
    place = "host=PRODUCTION_HOST\nport=PRODUCTION_PORT\nuser=PRODUCTION_USER\ndbname=postgres\n"
    services.write_text(production.fill(f"[production]\n{place}password=PRODUCTION_PASSWORD\n"))
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    monkeypatch.setenv("PGSERVICE", "production")
    monkeypatch.setenv("PGHOST", production.database.server.host)
    monkeypatch.setenv("PGPORT", str(production.database.server.port))
    landed, _ = walk_up(tmp_path, OWN_ENGINE.format(engine=engine), empty_database)
    assert landed == {"landed"}


def test_url_variables_hold_the_target_before_anything_is_imported(
    tmp_path: Path,
    empty_database: Database,
    production: Production,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", production.database.url(driver=""))
    engine = 'import os\nengine = create_engine(os.environ["DATABASE_URL"])'
    landed, detours = walk_up(tmp_path, OWN_ENGINE.format(engine=engine), empty_database)
    assert landed == {"landed"}
    assert detours == ()


def test_the_variable_keeps_the_spelling_that_the_application_expects(
    tmp_path: Path,
    empty_database: Database,
    production: Production,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = production.database.url(driver="").replace("postgresql:", "postgres:")
    monkeypatch.setenv("DATABASE_URL", url)
    engine = (
        'import os\nurl = os.environ["DATABASE_URL"]\nassert url.startswith("postgres://"), url\n'
        'engine = create_engine(url.replace("postgres:", "postgresql+psycopg2:"))'
    )
    landed, _ = walk_up(tmp_path, OWN_ENGINE.format(engine=engine), empty_database)
    assert landed == {"landed"}


def test_a_project_whose_default_is_sqlite_gets_the_target_from_its_variable(
    tmp_path: Path, empty_database: Database
) -> None:
    engine = (
        'import os\nengine = create_engine(os.environ.get("DATABASE_URL", "sqlite:///./local.db"))'
    )
    landed, _ = walk_up(tmp_path, OWN_ENGINE.format(engine=engine), empty_database)
    assert landed == {"landed"}
    assert not (tmp_path / "local.db").exists()


def test_a_module_level_engine_with_a_pool_reaches_the_database_of_each_walk(
    tmp_path: Path, empty_database: Database, second_server: Production
) -> None:
    files = {
        "app/__init__.py": "",
        "app/db.py": 'import os\nfrom sqlalchemy import create_engine\nprint("imported")\n'
        'engine = create_engine(os.environ["DATABASE_URL"])\n',
    }
    env_py = OWN_ENGINE.format(engine="from app.db import engine")
    project = write_project(
        tmp_path, [LANDED], env_py=env_py, ini="prepend_sys_path = .", files=files
    )
    other = second_server.database  # a disposable server too: here it is the second target
    said: list[str] = []
    with open_project(project, echo=said.append) as child:
        for target in (empty_database, other):
            with child.walk(target) as walk:
                assert walk.configuration.connected_to is not None
                assert walk.configuration.connected_to.port == target.server.port
                assert walk.detours == ()
    assert said.count("imported") == 1


REFUSED = {
    "a SQLite file by default": ("sqlite:///", 'engine = create_engine("sqlite:///local.db")'),
    "a SQLite file by hand": (
        "sqlite:///",
        'import sqlite3\nengine = create_engine("sqlite://", '
        'creator=lambda: sqlite3.connect("local.db"))',
    ),
    "a SQLite file by URI": (
        "sqlite:///",
        'import sqlite3\nsqlite3.connect("file:local.db?mode=rwc", uri=True)',
    ),
    "a socket to production": (
        "PRODUCTION_HOST:PRODUCTION_PORT",
        'import socket\nsocket.create_connection(("PRODUCTION_HOST", PRODUCTION_PORT))',
    ),
    "a web request": (
        "PRODUCTION_HOST:PRODUCTION_PORT",
        "import http.client\n"
        'http.client.HTTPConnection("PRODUCTION_HOST", PRODUCTION_PORT).request("GET", "/")',
    ),
    "psql": ("psql", 'import subprocess\nsubprocess.run(["psql", "PRODUCTION_URL", "-c", "x"])'),
    "psql with its folder": (
        "psql",
        'import subprocess\nsubprocess.run(["/usr/lib/postgresql/15/bin/psql", "PRODUCTION_URL"])',
    ),
    "psql behind env": (
        "psql",
        'import subprocess\nsubprocess.run(["env", "PGPORT=1", "psql", "PRODUCTION_URL"])',
    ),
    "psql in a shell": (
        "psql",
        'import subprocess\nsubprocess.run("cd / && psql PRODUCTION_URL -c x", shell=True)',
    ),
    "pg_dump in sh -c": (
        "pg_dump",
        'import subprocess\nsubprocess.run(["sh", "-c", "pg_dump PRODUCTION_URL | cat"])',
    ),
    "os.system": ("psql", "import os\nos.system(\"echo 'x' | psql PRODUCTION_URL\")"),
    "os.posix_spawn": (
        "psql",
        'import os\nos.posix_spawn("/usr/bin/psql", ["psql", "PRODUCTION_URL"], {})',
    ),
    "os.execvp": ("psql", 'import os\nos.execvp("psql", ["psql", "PRODUCTION_URL"])'),
}


@pytest.mark.parametrize(("asked", "line"), REFUSED.values(), ids=REFUSED.keys())
def test_a_connection_that_cannot_be_redirected_is_refused(
    asked: str, line: str, tmp_path: Path, empty_database: Database, production: Production
) -> None:
    if "engine =" in line:
        env_py = OWN_ENGINE.format(engine=line)
    else:
        env_py = production.fill(line) + "\n" + ENV_PY
    with pytest.raises(StepFailed) as caught:
        walk_up(tmp_path, env_py, empty_database)
    failure = caught.value.failure
    assert failure.message.startswith(f"the fence refused {production.fill(asked)}")
    assert "url_variables" in failure.message
    assert failure.path == tmp_path / "migrations" / "env.py"
    assert production.database.server.password not in failure.message
    assert tables_of(empty_database) == set()
    assert not (tmp_path / "local.db").exists()


def test_an_application_that_handles_the_refusal_goes_on_and_the_refusal_is_reported(
    tmp_path: Path, empty_database: Database, production: Production
) -> None:
    cache = (
        "import socket\n"
        "for attempt in range(3):\n"
        "    try:\n"
        '        socket.create_connection(("127.0.0.1", 6379))\n'
        "    except ConnectionRefusedError:\n"
        '        print("no cache today")\n'
    )
    landed, detours = walk_up(tmp_path, cache + ENV_PY, empty_database)
    assert landed == {"landed"}
    assert detours == (Detour("socket", "127.0.0.1:6379", "refused"),)


def test_sqlite_in_memory_and_datagrams_are_allowed(
    tmp_path: Path, empty_database: Database
) -> None:
    harmless = (
        "import socket, sqlite3\n"
        'sqlite3.connect(":memory:").execute("CREATE TABLE t (id int)")\n'
        'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.1", 9))\n'
        "import subprocess, sys\n"
        'subprocess.run([sys.executable, "-c", "pass"], check=True)\n'
    )
    landed, detours = walk_up(tmp_path, harmless + ENV_PY, empty_database)
    assert landed == {"landed"}
    assert detours == ()


def test_connection_options_other_than_the_place_are_kept(
    tmp_path: Path, empty_database: Database, production: Production
) -> None:
    engine = production.fill(
        'engine = create_engine("PRODUCTION_URL?sslmode=verify-full&application_name=theirs",'
        ' connect_args={"options": "-c lock_timeout=1234"})'
    )
    project = write_project(tmp_path, [LANDED], env_py=OWN_ENGINE.format(engine=engine))
    with open_project(project) as child, child.walk(empty_database) as walk:
        assert walk.run_sql("SHOW lock_timeout") == [("1234ms",)]
        assert walk.run_sql("SHOW application_name") == [("theirs",)]


def test_a_real_run_refuses_another_database_than_the_one_it_was_given(
    tmp_path: Path, empty_database: Database, production: Production
) -> None:
    engine = production.fill('engine = create_engine("PRODUCTION_URL")')
    project = write_project(tmp_path, [LANDED], env_py=OWN_ENGINE.format(engine=engine))
    with (
        open_project(project) as child,
        pytest.raises(StepFailed, match="the fence refused postgresql://"),
        child.walk(empty_database, rehearsal=False),
    ):
        pass
    assert tables_of(empty_database) == set()


def test_a_real_run_keeps_the_parameters_that_the_project_gives_for_its_database(
    tmp_path: Path, empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = empty_database.url(driver="") + "?sslmode=disable&application_name=theirs"
    monkeypatch.setenv("DATABASE_URL", url)
    engine = 'import os\nengine = create_engine(os.environ["DATABASE_URL"])'
    project = write_project(tmp_path, [LANDED], env_py=OWN_ENGINE.format(engine=engine))
    with open_project(project) as child, child.walk(empty_database, rehearsal=False) as walk:
        assert walk.run_sql("SHOW application_name") == [("theirs",)]
        walk.up("a1")
    assert tables_of(empty_database) == {"landed"}


def test_a_sqlite_file_is_admitted_when_it_is_the_target_and_no_other_is(tmp_path: Path) -> None:
    env_py = "import sqlite3\n" + OWN_ENGINE.format(
        engine='engine = create_engine("sqlite:///local.db")'
    )
    project = write_project(tmp_path, [LANDED], env_py=env_py, python=sys.executable)
    with open_project(project) as child:
        with child.walk(tmp_path / "local.db", rehearsal=False) as walk:
            assert walk.configuration.dialect == "sqlite"
            walk.up("a1")
        with (
            pytest.raises(StepFailed, match="the fence refused sqlite"),
            child.walk(tmp_path / "another.db", rehearsal=False),
        ):
            pass
    assert not (tmp_path / "another.db").exists()
