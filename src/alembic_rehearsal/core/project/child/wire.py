"""The child's end of the pipe: JSON lines, separate from all that the project prints."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import threading
from typing import Any, NoReturn


class Wire:
    """Messages over what were stdin and stdout.

    After its creation the project's stdin is empty, and its stdout is its stderr.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._source = os.fdopen(os.dup(0), "r", encoding="utf-8")
        self._sink = os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        os.close(nothing)

    def send(self, kind: str, **values: Any) -> None:
        line = json.dumps(dict(values, **{"is": kind}), default=_json_default) + "\n"
        data = line.encode("utf-8")
        with self._lock:
            while data:
                data = data[os.write(self._sink, data) :]

    def receive(self) -> dict[str, Any]:
        """The next request; ends this process when the parent has ended."""
        line = self._source.readline()
        if not line:
            exit_without_cleanup(0)
        request: dict[str, Any] = json.loads(line)
        return request

    def end_with_parent(self) -> None:
        """Start a fork that waits for the parent's end and then kills our whole process group."""
        if os.fork():
            return
        for each in (0, 1, 2, self._sink):
            os.close(each)
        hung_up = select.poll()
        hung_up.register(self._source.fileno(), 0)  # 0: POLLHUP and POLLERR alone
        hung_up.poll()
        os.killpg(0, signal.SIGKILL)


def _json_default(value: object) -> str:
    return bytes(value).hex() if isinstance(value, (bytes, memoryview)) else str(value)


def exit_without_cleanup(status: int) -> NoReturn:
    """End without clean-up: a fork must not do that of the process that it was copied from."""
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)
