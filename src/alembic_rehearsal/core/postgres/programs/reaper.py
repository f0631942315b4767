"""Reapers: small programs that run longer than their owner, and clean up after it.

A reaper reads a pipe, and only its owner holds the other end.  The reaper sees the end of
file however the owner ends: at the end of a `with` block, by an exception, a signal or
`kill -9`.  So there is one way to clean up, it needs no signal handler in the owner, and it
works from any thread.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

_pipes: set[IO[bytes]] = set()


def _close_in_fork() -> None:
    """A forked copy of the owner must not keep the owner's end of a pipe open."""
    for pipe in _pipes:
        pipe.close()
    _pipes.clear()


os.register_at_fork(after_in_child=_close_in_fork)


@dataclass(frozen=True, slots=True)
class Reaper:
    """A running reaper, and the owner's end of its pipe."""

    program: subprocess.Popen[bytes]
    pipe: IO[bytes]

    def release(self, message: bytes = b"") -> None:
        """Send a last message and close the pipe: the reaper cleans up now."""
        _pipes.discard(self.pipe)
        self.pipe.write(message)
        self.pipe.close()

    def wait(self) -> int:
        """Wait until the reaper has cleaned up; returns its exit code."""
        return self.program.wait()


def start_reaper(command: Sequence[str], **options: Any) -> Reaper:
    """Start a reaper in a session of its own, so that it does not receive Ctrl-C.

    `options` are passed to `subprocess.Popen`.  The owner must call `release` and then `wait`.
    Raises `OSError` when the command cannot be started.
    """
    program = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        start_new_session=True,
        **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options},
    )
    assert program.stdin is not None
    _pipes.add(program.stdin)
    return Reaper(program, program.stdin)
