"""Ctrl-C: the first ends the rehearsal with what is known, the second ends it at once."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.cli import REHEARSAL, TIMEOUT, plain_environment
from support.projects import rev, table, write_project
from support.running_commands import ended, interrupt, underway, wait_for

SLEEPS = """\
import pathlib
pathlib.Path("sleeping").touch()
op.execute("SELECT pg_sleep(120)")
"""

pytestmark = pytest.mark.usefixtures("nothing_left")


@contextmanager
def running(*options: str, folder: Path, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """A `rehearsal run` that is under way; what goes to stderr is not looked at."""
    command, variables = [REHEARSAL, "run", *options], {**plain_environment(), **variables}
    with underway(command, folder, variables, stderr=subprocess.DEVNULL) as process:
        yield process


def output_of(process: subprocess.Popen[str]) -> str:
    """What it printed, once it has ended as an interrupted command does."""
    said = ended(process)
    assert process.returncode == 130
    return said


def skipped(report: dict[str, Any]) -> dict[str, str | None]:
    return {act["name"]: act["skipped"] for act in report["acts"]}


def test_an_interrupted_run_tells_what_it_knows_as_whole_json(tmp_path: Path) -> None:
    heads = [table("b2", "orders", down="a1"), rev("c3", SLEEPS, down="a1")]
    write_project(tmp_path, [table("a1", "customers"), *heads])
    with running("--format", "json", folder=tmp_path) as process:
        wait_for(tmp_path / "sleeping")
        interrupt(process)
        report = json.loads(output_of(process))
    assert report["summary"]["interrupted"] is True
    assert [each["code"] for each in report["findings"]] == ["H1"]
    assert skipped(report)["upgrade from empty"] == "interrupted"
    reasons = {each["code"]: each["why"] for each in report["not_judged"]}
    assert reasons["U1"] == "interrupted"


def test_what_the_stairway_found_before_is_reported(tmp_path: Path) -> None:
    broken = rev("b2", 'op.execute("CREATE TABLE b (id int)")', 'op.execute("DROP TABLE bb")')
    write_project(tmp_path, [table("a1", "customers"), broken, rev("c3", "pass", SLEEPS)])
    with running("--checks", "D3", folder=tmp_path, REHEARSAL_CORES="1") as process:
        wait_for(tmp_path / "sleeping")
        interrupt(process)
        said = output_of(process)
    assert "b2 cannot be taken down" in said
    assert "c3 cannot be taken down" not in said
    assert "D3  down and up again works: interrupted before c3\n" in said
    assert "ended with signal" not in said
    assert said.splitlines()[-1].startswith("interrupted, 1 finding to mend so far")


def test_a_second_ctrl_c_ends_at_once_and_without_a_report(tmp_path: Path) -> None:
    write_project(tmp_path, [rev("a1", SLEEPS)])
    with running(folder=tmp_path) as process:
        wait_for(tmp_path / "sleeping")
        interrupt(process)
        time.sleep(0.3)  # within the two seconds that experiments have to end
        interrupt(process)
        assert output_of(process) == ""


def test_an_interruption_before_the_server_starts_still_reports_the_history(
    tmp_path: Path,
) -> None:
    write_project(tmp_path, [table("a1", "customers"), table("b2", "orders", down=())])
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(TIMEOUT)
        docker = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        options = ("--server", "docker", "--format", "json")
        with running(*options, folder=tmp_path, DOCKER_HOST=docker) as process:
            silent.accept()
            interrupt(process)
            report = json.loads(output_of(process))
    assert report["summary"]["server"] is None
    assert [each["code"] for each in report["findings"]] == ["H1"]
    assert set(skipped(report).values()) == {"interrupted"}
