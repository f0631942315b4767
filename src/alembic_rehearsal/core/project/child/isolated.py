"""Work that may hang, print or exit, done in a fork of its own."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import time
from collections.abc import Callable
from typing import Any

from alembic_rehearsal.core.project.child.wire import exit_without_cleanup


class ForkFailed(Exception):
    """The fork gave no answer; the message says how it ended."""


def run_in_fork(work: Callable[[], Any], seconds: float) -> Any:
    """The result of `work`, passed as JSON.

    Raises `ForkFailed` when there is none after `seconds`.
    """
    reader, writer = os.pipe()
    worker = os.fork()
    if worker == 0:
        os.close(reader)
        with contextlib.suppress(BaseException):
            data = json.dumps(work()).encode() + b"\n"
            while data:
                data = data[os.write(writer, data) :]
        exit_without_cleanup(0)
    os.close(writer)
    try:
        line = _read_line(reader, time.monotonic() + seconds)
    finally:
        os.close(reader)
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
        status = os.waitpid(worker, 0)[1]
    if line is None:
        raise ForkFailed(f"it did not end within {seconds:g} s")
    if not line:
        how = os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        kind = "signal" if os.WIFSIGNALED(status) else "exit status"
        raise ForkFailed(f"it ended the interpreter with {kind} {how}")
    return json.loads(line)


def _read_line(reader: int, deadline: float) -> bytes | None:
    """One line; not all up to end of file, because programs that it started may hold the pipe.

    Empty when the fork ended without a line, None after the deadline.
    """
    found = b""
    while not found.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reader], [], [], left)[0]:
            return None
        data = os.read(reader, 65536)
        if not data:
            return b""
        found += data
    return found
