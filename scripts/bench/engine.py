"""The engine on a generated history, beside pytest-alembic and psql on one server.

The peer runs its own four tests, as its users type them; ours is `rehearsal run` with the
checks that ask the same, and with those that ask more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from generated import write_project
from timing import row

from alembic_rehearsal.core.postgres.databases import (
    MAINTENANCE_DATABASE,
    create_database,
    drop_database,
    unique_name,
)
from alembic_rehearsal.core.postgres.programs.clients import find_client_program
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.values.databases import Database, Server, ServerNeeds

REHEARSAL = Path(sys.executable).with_name("rehearsal")
ALEMBIC = Path(sys.executable).with_name("alembic")
CONFTEST = '''\
"""A new database for each test; the project's env.py takes the engine, or finds the URL."""

import os
import secrets

import pytest
from pytest_alembic import Config
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool


@pytest.fixture
def url():
    url, name = make_url(os.environ["BENCH_SERVER"]), f"peer_{secrets.token_hex(6)}"
    beside = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with beside.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    return url.set(database=name)


@pytest.fixture
def alembic_config(url):
    os.chdir(os.path.dirname(os.environ["BENCH_CONFIG"]))  # where `alembic` would be typed
    plain = url.render_as_string(hide_password=False)
    return Config(config_options={"file": os.environ["BENCH_CONFIG"], "sqlalchemy.url": plain})


@pytest.fixture
def alembic_engine(url):
    if os.environ["BENCH_ASYNC"]:
        from sqlalchemy.ext.asyncio import create_async_engine

        return create_async_engine(url.set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    return create_engine(url)  # with a pool, as its manual has it: a new connection costs 10 ms
'''


@dataclass(frozen=True, slots=True)
class Ran:
    """One `rehearsal run`: seconds of the whole command, of each act, and peak memory in MiB.

    `revisions` is how many of them the findings name.
    """

    seconds: float
    acts: dict[str, float]
    findings: int
    memory: float
    revisions: int


def measure(peer: Path | None, *, revisions: int = 400) -> None:
    """Print how long both take; `peer` is the python of pytest-alembic's environment."""
    with (
        tempfile.TemporaryDirectory() as folder,
        throwaway_server("embedded", ServerNeeds()) as server,
    ):
        Path(folder).chmod(0o755)
        projects = {
            count: write_project(Path(folder) / str(count), count)
            for count in (revisions, 2 * revisions, 1000)
        }
        config = projects[revisions]
        floor = psql(server, printed(config.parent))
        row(f"psql: the SQL of {revisions} revisions", floor, 1)
        row("alembic upgrade head, the whole command", alembic(server, config.parent), 1)
        theirs = pytest_alembic(peer, server, config) if peer else {}
        for name, seconds in theirs.items():
            row(f"pytest-alembic: {name}", seconds, 1)
        upgraded = rehearsal(config, "U9").results["upgrade from empty"]
        row("rehearsal: upgrade from empty", upgraded, 1, floor, "psql")
        compare(upgraded, theirs.get("test_upgrade"))
        models = rehearsal(config, "U4").results
        compared = models["upgrade from empty"] + models["compare with the models"]
        row("rehearsal: upgrade, and compare with the models", compared, 1)
        compare(compared, theirs.get("test_model_definitions_match_ddl"))
        walked = rehearsal(config, "D3").results["each revision up, down and up again"]
        row("rehearsal: each revision up, down and up again", walked, 1)
        compare(walked, theirs.get("test_up_down_consistency"))
        whole = {count: rehearsal(project) for count, project in projects.items()}
        for count, ran in whole.items():
            row(f"rehearsal run: {count} revisions, every check", ran.seconds, 1)
            print(f"  peak memory without PostgreSQL: {ran.memory:.0f} MiB")
            for name, seconds in ran.results.items():
                row(f"    {name}", seconds, 1)
        ratio = whole[2 * revisions].seconds / whole[revisions].seconds
        print(f"{2 * revisions} revisions in {ratio:.1f} times the time of {revisions}")


def compare(seconds: float, theirs: float | None) -> None:
    if theirs is not None:
        print(f"  {theirs / seconds:.1f} times as fast as pytest-alembic's test")


def alembic(server: Server, project: Path) -> float:
    """Seconds of the command that a deploy runs, on an empty database."""
    with scratch(server) as database:
        begun = time.perf_counter()
        subprocess.run(
            [ALEMBIC, "upgrade", "head"],
            cwd=project,
            check=True,
            capture_output=True,
            env={**os.environ, "DATABASE_URL": database.url()},
        )
        return time.perf_counter() - begun


def printed(project: Path) -> bytes:
    """What `alembic upgrade head --sql` prints."""
    command = [ALEMBIC, "upgrade", "head", "--sql"]
    return subprocess.run(command, cwd=project, check=True, capture_output=True).stdout


def psql(server: Server, script: bytes) -> float:
    """Seconds that psql takes for a script, on a database of its own."""
    with scratch(server) as database:
        begun = time.perf_counter()
        subprocess.run(
            [
                find_client_program("psql", at_least=server.major),
                "-qX",
                "-v",
                "ON_ERROR_STOP=1",
                database.url(""),
            ],
            input=script,
            check=True,
            capture_output=True,
        )
        return time.perf_counter() - begun


def pytest_alembic(
    python: Path, server: Server, config: Path, *, is_async: bool = False
) -> dict[str, float]:
    """Seconds of each of its tests that passed, as its own report has them, and of the command."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tests").mkdir()  # where it looks for the fixtures, and hangs its own tests
        (folder / "tests" / "conftest.py").write_text(CONFTEST)
        begun = time.perf_counter()
        subprocess.run(
            [
                *(python, "-m", "pytest", "--test-alembic", "-q"),
                *("-p", "pytest_alembic.plugin", "-p", "no:cacheprovider"),
                *("--rootdir", folder, f"--junitxml={folder / 'junit.xml'}"),
            ],
            cwd=folder,
            capture_output=True,
            env={
                **os.environ,
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # a project may bring plugins of its own
                "BENCH_SERVER": Database(server, MAINTENANCE_DATABASE).url(),
                "BENCH_CONFIG": str(config),
                "BENCH_ASYNC": "yes" if is_async else "",
            },
        )
        whole = time.perf_counter() - begun
        cases = list(ElementTree.parse(folder / "junit.xml").iter("testcase"))
    passed = [each for each in cases if each.find("failure") is None and each.find("error") is None]
    return {
        **{each.get("name", ""): float(each.get("time", "0")) for each in passed},
        "the whole command": whole,
    }


def rehearsal(config: Path, checks: str = "", *, python: Path | None = None) -> Ran:
    """One run of the command, whatever it finds."""
    chosen = ("--checks", checks) if checks else ()
    other = ("--python", python) if python else ()
    begun = time.perf_counter()
    with subprocess.Popen(
        [REHEARSAL, "run", "--config", config, "--format", "json", *chosen, *other],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as task:
        peak = Peak(task.pid)
        assert task.stdout is not None
        report = json.loads(task.stdout.read())
    seconds = time.perf_counter() - begun
    acts = {each["name"]: each["seconds"] for each in report["acts"] if not each["skipped"]}
    revisions = {each["revision"] for each in report["findings"] if each["revision"]}
    return Ran(seconds, acts, len(report["findings"]), peak.stop(), len(revisions))


class Peak:
    """The most memory that a command and the interpreters that it started had at once, in MiB.

    Linux alone: it adds up what /proc says of each every 50 ms.  PostgreSQL is left out.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._highest = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        self._ended.set()
        self._thread.join()
        return self._highest

    def _watch(self) -> None:
        while not self._ended.wait(0.05):
            self._highest = max(self._highest, sum(_resident(each) for each in _family(self._pid)))


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            below = children.read_text().split()
        except OSError:
            continue
        for each in below:
            yield from _family(int(each))


def _resident(pid: int) -> float:
    """Proportional set size, so that what forks share is counted once; 0 for PostgreSQL."""
    try:
        if b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return 0.0
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    line = next(each for each in text.splitlines() if each.startswith("Pss:"))
    return int(line.split()[1]) / 1024


@contextmanager
def scratch(server: Server) -> Iterator[Database]:
    database = create_database(server, unique_name("bench"))
    try:
        yield database
    finally:
        drop_database(database)
