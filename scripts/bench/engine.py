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

from alembic_rehearsal.databases import BESIDE, create, drop, unique_name
from alembic_rehearsal.servers import client_program, throwaway_server
from alembic_rehearsal.words import Database, Needs, Server

REHEARSAL = Path(sys.executable).with_name("rehearsal")
ALEMBIC = Path(sys.executable).with_name("alembic")
TESTS = (
    "test_single_head_revision",
    "test_upgrade",
    "test_model_definitions_match_ddl",
    "test_up_down_consistency",
)
CONFTEST = '''\
"""A new database for each test; the project's env.py takes the engine."""

import os
import secrets

import pytest
from pytest_alembic import Config
from sqlalchemy import create_engine, make_url, NullPool, text


@pytest.fixture
def alembic_config():
    return Config()


@pytest.fixture
def alembic_engine():
    url, name = make_url(os.environ["BENCH_SERVER"]), f"peer_{secrets.token_hex(6)}"
    beside = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with beside.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    engine = create_engine(url.set(database=name))
    yield engine
    engine.dispose()
'''


@dataclass(frozen=True, slots=True)
class Ran:
    """One `rehearsal run`: seconds of the whole command, of each act, and peak memory in MiB."""

    seconds: float
    acts: dict[str, float]
    findings: int
    memory: float


def measure(peer: Path | None, *, revisions: int = 400) -> None:
    """Print how long both take; `peer` is the python of pytest-alembic's environment."""
    with tempfile.TemporaryDirectory() as folder, throwaway_server("embedded", Needs()) as server:
        Path(folder).chmod(0o755)
        projects = {
            count: write_project(Path(folder) / str(count), count)
            for count in (revisions, 2 * revisions, 1000)
        }
        config = projects[revisions]
        floor = psql(server, config.parent)
        row(f"psql: the SQL of {revisions} revisions", floor, 1)
        theirs = pytest_alembic(peer, server, config.parent) if peer else {}
        for name, seconds in theirs.items():
            row(f"pytest-alembic: {name}", seconds, 1)
        short = rehearsal(config, "U1,U4")
        upgraded, compared = short.acts["upgrade from empty"], short.acts["compare with the models"]
        row("rehearsal: upgrade from empty", upgraded, 1, floor, "psql")
        compare("  ", upgraded, theirs.get("test_upgrade"))
        row("rehearsal: compare with the models", compared, 1)
        compare("  ", compared, theirs.get("test_model_definitions_match_ddl"))
        stairs = rehearsal(config, "D2,D3")
        walked = stairs.acts["each revision up, down and up again"]
        row("rehearsal: each revision up, down and up again", walked, 1)
        compare("  ", walked, theirs.get("test_up_down_consistency"))
        for count in (revisions, 2 * revisions, 1000):
            whole = rehearsal(projects[count])
            row(f"rehearsal run: {count} revisions, every check", whole.seconds, 1)
            print(f"  peak memory without PostgreSQL: {whole.memory:.0f} MiB")
            for name, seconds in whole.acts.items():
                row(f"    {name}", seconds, 1)


def compare(indent: str, seconds: float, theirs: float | None) -> None:
    if theirs is not None:
        print(f"{indent}{theirs / seconds:.1f} times as fast as pytest-alembic's test")


def psql(server: Server, project: Path) -> float:
    """Seconds that psql takes for what `alembic upgrade head --sql` prints."""
    printed = subprocess.run(
        [ALEMBIC, "upgrade", "head", "--sql"], cwd=project, check=True, capture_output=True
    ).stdout
    with scratch(server) as database:
        begun = time.perf_counter()
        subprocess.run(
            [
                client_program("psql", at_least=server.major),
                "-qX",
                "-v",
                "ON_ERROR_STOP=1",
                database.url(""),
            ],
            input=printed,
            check=True,
            capture_output=True,
        )
        return time.perf_counter() - begun


def pytest_alembic(python: Path, server: Server, project: Path) -> dict[str, float]:
    """Seconds of each of its four tests, as its own report has them, and of the command."""
    (project / "tests").mkdir()  # where it looks for the fixtures, and hangs its own tests
    (project / "tests" / "conftest.py").write_text(CONFTEST)
    report = project / "junit.xml"
    begun = time.perf_counter()
    subprocess.run(
        [
            python,
            "-m",
            "pytest",
            "--test-alembic",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--junitxml={report}",
        ],
        cwd=project,
        check=True,
        capture_output=True,
        env={**os.environ, "BENCH_SERVER": Database(server, BESIDE).url()},
    )
    whole = time.perf_counter() - begun
    cases = ElementTree.parse(report).iter("testcase")
    return {
        **{each.get("name", ""): float(each.get("time", "0")) for each in cases},
        "the whole command": whole,
    }


def rehearsal(config: Path, checks: str = "") -> Ran:
    """One run; exit code 1 would be a finding, of which the generated history has none."""
    chosen = ("--checks", checks) if checks else ()
    begun = time.perf_counter()
    with subprocess.Popen(
        [REHEARSAL, "run", "--config", config, "--format", "json", *chosen],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as task:
        peak = Peak(task.pid)
        assert task.stdout is not None
        report = json.loads(task.stdout.read())
    acts = {each["name"]: each["seconds"] for each in report["acts"] if not each["skipped"]}
    return Ran(time.perf_counter() - begun, acts, len(report["findings"]), peak.stop())


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
    database = create(server, unique_name("bench"))
    try:
        yield database
    finally:
        drop(database)
