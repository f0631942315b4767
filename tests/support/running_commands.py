"""Commands that a test watches and interrupts while they run."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from support.cli import TIMEOUT


@contextmanager
def underway(
    command: Sequence[str], folder: Path, variables: Mapping[str, str], *, stderr: int
) -> Iterator[subprocess.Popen[str]]:
    """A command in its own process group, as a terminal starts it; killed at the end of the block.

    `variables` are its whole environment, `stderr` is one of the constants of subprocess.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(path: Path) -> None:
    """Wait until a migration has created this file."""
    deadline = time.monotonic() + TIMEOUT
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} never came"
        time.sleep(0.02)


def interrupt(process: subprocess.Popen[str]) -> None:
    """Type Ctrl-C: a terminal sends it to the whole process group."""
    os.killpg(process.pid, signal.SIGINT)


def ended(process: subprocess.Popen[str]) -> str:
    """Wait for its end; return what it printed to stdout."""
    output, _ = process.communicate(timeout=TIMEOUT)
    return output
