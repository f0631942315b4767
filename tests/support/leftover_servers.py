"""Leftovers of a server: processes whose arguments name its folder, and the folder."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

# A program that keeps a throwaway server running in the folder that the test names.
HOLD = """
import pathlib, sys, time
from alembic_rehearsal.core.postgres.servers import local
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.values.databases import ServerNeeds

local.throwaway_path = lambda account: pathlib.Path(sys.argv[1])
print("starting", flush=True)
with throwaway_server("auto", ServerNeeds()) as server:
    print("ready", server.port, flush=True)
    time.sleep(60)
"""


def hold(folder: Path) -> subprocess.Popen[str]:
    """Start HOLD; it prints "starting" when its imports are done."""
    program = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "starting\n"
    return program


def left(folder: Path) -> list[str]:
    """The processes whose arguments name the folder, and the folder if it exists."""
    listed = subprocess.run(
        ["ps", "-eww", "-o", "pid=,args="], capture_output=True, text=True, check=True
    ).stdout
    programs = [line.strip() for line in listed.splitlines() if str(folder) in line]
    return programs + [str(each) for each in (folder,) if each.exists()]


def gone(folder: Path, *, within: float = 10.0) -> bool:
    """Whether nothing is left after at most `within` seconds."""
    ends = time.monotonic() + within
    while left(folder) and time.monotonic() < ends:
        time.sleep(0.05)
    return not left(folder)
