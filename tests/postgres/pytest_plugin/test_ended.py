"""`pytest --rehearsal` that comes to a sudden end: a worker dies, or somebody types Ctrl-C."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from support.projects import rev, table, write_project
from support.pytest_plugin import pytest_running, section
from support.running_commands import ended, interrupt, wait_for

CONFTEST = """
import os, pathlib
def pytest_configure(): pathlib.Path(f"pytest-{os.getpid()}").touch()
"""
# Takes as long as it likes the first time, and says which pytest holds the rehearsal.
SLEEPS_ONCE = """
import os, pathlib, time
if not pathlib.Path("sleeping").exists():
    pid = os.getpid()
    while not pathlib.Path(f"pytest-{pid}").exists():
        pid = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
    pathlib.Path("holder").write_text(pid)
    pathlib.Path("sleeping").touch()
    time.sleep(120)
"""

pytestmark = pytest.mark.usefixtures("nothing_left")


def test_a_worker_that_dies_does_not_hang_the_others(tmp_path: Path) -> None:
    revisions = [rev("a1", SLEEPS_ONCE), table("b2", "orders")]
    write_project(tmp_path, revisions, files={"conftest.py": CONFTEST})
    with pytest_running(tmp_path, "--rehearsal", "-n", "2", "-v", "rehearsal") as running:
        wait_for(tmp_path / "sleeping")
        os.kill(int((tmp_path / "holder").read_text()), signal.SIGKILL)
        said = ended(running)
    assert said.count("FAILED rehearsal::") == 2, said  # once as it happens, once at the end
    assert "crashed while running 'rehearsal::" in said
    assert "PASSED rehearsal::D2::b2" in said


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_ctrl_c_ends_it_and_leaves_no_server(tmp_path: Path, workers: tuple[str, ...]) -> None:
    heads = (table("b2", "orders", down="a1"), rev("c3", SLEEPS_ONCE, down="a1"))
    write_project(tmp_path, [table("a1", "customers"), *heads], files={"conftest.py": CONFTEST})
    with pytest_running(tmp_path, "--rehearsal", *workers, "rehearsal") as running:
        wait_for(tmp_path / "sleeping")
        interrupt(running)
        said = ended(running)
    assert running.returncode == pytest.ExitCode.INTERRUPTED, said
    if not workers:
        assert "2 heads: b2, c3." in section(said)
