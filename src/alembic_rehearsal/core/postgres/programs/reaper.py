"""Small programs that outlive their owner, and clean up after it.

An attendant reads a pipe whose other end only its owner holds.  The end of file comes
whichever way the owner goes: by leaving a `with` block, by an exception, a signal or
`kill -9`.  So there is one way to tear down, it needs no handler in the owner, and any
thread may own.
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
    """A running attendant, and the owner's end of its pipe."""

    program: subprocess.Popen[bytes]
    pipe: IO[bytes]

    def release(self, message: bytes = b"") -> None:
        """Close the pipe, after a last word: the attendant cleans up now."""
        _pipes.discard(self.pipe)
        self.pipe.write(message)
        self.pipe.close()

    def wait(self) -> int:
        """Wait until it has cleaned up; returns its exit code."""
        return self.program.wait()


def start_reaper(command: Sequence[str], **options: Any) -> Reaper:
    """Start an attendant in a session of its own, so that no Ctrl-C reaches it.

    `how` goes to `subprocess.Popen`.  The owner must call `let_go` and `wait` at the end.
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
