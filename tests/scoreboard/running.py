"""A program in its own process group, stopped after `PATIENCE` seconds."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 300.0  # seconds


@dataclass(frozen=True, slots=True)
class Ran:
    """The end of a program; `code` is its exit code, None if it hung and was stopped."""

    code: int | None
    stdout: str
    stderr: str


def run(command: Sequence[str | Path], folder: Path, variables: Mapping[str, str]) -> Ran:
    """Run a program in `folder`, with this environment without its DATABASE_URL."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    with subprocess.Popen(
        [str(each) for each in command],
        cwd=folder,
        env={**environment, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            stdout, stderr = process.communicate(timeout=PATIENCE)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGTERM)
            stdout, stderr = process.communicate()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            return Ran(None, stdout, stderr)
        return Ran(process.returncode, stdout, stderr)
