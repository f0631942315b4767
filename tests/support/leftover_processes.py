"""Leftovers of commands: processes that outlive them, and folders of servers that have ended."""

from __future__ import annotations

import ctypes
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from support import preloaded

T = TypeVar("T")
PR_SET_CHILD_SUBREAPER = 36  # prctl(2): orphans of our children become our own children
PLACES = (Path("/dev/shm"), Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"))
NAME = re.compile(r"ar-[0-9a-f]{10}")  # as core/postgres/programs/folders.py names them
PATIENCE = 10.0  # seconds for processes that are ending, of this test and of parallel ones


@contextmanager
def nothing_left() -> Iterator[None]:
    """Fail if the commands in the block leave a process or a server's folder behind.

    Processes are found on Linux only: there this process can adopt orphans.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    preloaded.address_of(preloaded.COMMANDS)  # processes of the test run, not of a command
    processes, folders = set(_children()), set(_folders())
    yield
    left = _after_patience(lambda: set(_children()) - processes)
    assert not left, f"processes left: {[_command(each) for each in left]}"
    ownerless = _after_patience(lambda: {each for each in set(_folders()) - folders if _dead(each)})
    assert not ownerless, f"folders left: {sorted(map(str, ownerless))}"


def _after_patience(look: Callable[[], set[T]]) -> set[T]:
    """What `look` still finds after `PATIENCE` seconds; empty as soon as it finds nothing."""
    deadline = time.monotonic() + PATIENCE
    while (seen := look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return seen


def _children() -> Iterator[int]:
    """Our living child processes; children that have ended are reaped."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ChildProcessError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if int(parent) != os.getpid():
                continue
            pid = int(stat.parent.name)
            if state == "Z":
                os.waitpid(pid, os.WNOHANG)
            else:
                yield pid


def _folders() -> Iterator[Path]:
    """The folders of throwaway servers, of this test and of others."""
    for place in set(PLACES):
        yield from (each for each in place.glob("ar-*") if NAME.fullmatch(each.name))


def _dead(folder: Path) -> bool:
    """Whether a server's folder exists and its server does not run."""
    try:
        os.kill(int((folder / "pid").read_text()), 0)
    except (OSError, ValueError):
        return folder.exists()
    return False


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return f"{pid} (gone)"
