"""The project's own interpreter, which runs the child, and the pipe to it.

Sends and receives JSON lines, starts and ends one operating system process; the meaning of
the lines is known to `host.py`, `walk.py` and `single_requests.py`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from typing import Any

from alembic_rehearsal.core.values.errors import ProjectDoesNotLoad
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.core.values.urls import mask

Echo = Callable[[str], None]

_CHILD_PACKAGE = "alembic_rehearsal.core.project.child"
_CHILD_MODULES = (  # each after the modules that it imports
    "wire",
    "targets",
    "fence",
    "audit_hook",
    "drivers",
    "failures",
    "alembic_private",
    "urls",
    "history",
    "own_modules",
    "flask_migrate",
    "loading",
    "comparison",
    "isolated",
    "unimported",
    "statements",
    "answering",
    "walk",
    "rendering",
    "calling",
    "writing",
    "zygote",
)
# Short, because process lists show it: the modules themselves are sent through the pipe, and
# the argument is their size in bytes.  The working directory is removed from sys.path, as it
# is not there when the `alembic` command runs.
_BOOTSTRAP = """\
import sys
if sys.path[0] == "": del sys.path[0]
import json, os, types
size, text = int(sys.argv.pop(1)), b""
while len(text) < size: text += os.read(0, size - len(text)) or sys.exit(1)
for name, source in json.loads(text):
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, "<" + name + ">", "exec"), module.__dict__)
module.main()
"""
_TAIL_LINES = 40
# The zygote prints it to stderr when a walk has ended: all that the walk printed is before it.
END_OF_PRINTS = "\x1ealembic-rehearsal"
_SECONDS_TO_END = 5.0


class ChildDied(Exception):
    """The child ended without an answer.  `status` is the exit status, negative for a signal."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the child ended with status {status}")
        self.status = status

    @property
    def exit_text(self) -> str:
        """`exit status 1`, `signal 9`."""
        return f"signal {-self.status}" if self.status < 0 else f"exit status {self.status}"


class Interpreter:
    """A running child: `send` sends a request, `receive` waits for the next answer.

    `receive` has no time limit, because a migration may take any time.
    """

    def __init__(self, task: subprocess.Popen[bytes], echo: Echo | None) -> None:
        self._task = task
        self._last_lines: deque[str] = deque(maxlen=_TAIL_LINES)
        self._has_all_output = threading.Event()
        self._output_reader = threading.Thread(target=self._read_output, args=(echo,), daemon=True)
        self._output_reader.start()

    def send(self, do: str, **values: Any) -> None:
        self._write(json.dumps({"do": do, **values}).encode() + b"\n")

    def _write(self, data: bytes) -> None:
        assert self._task.stdin is not None
        with suppress(BrokenPipeError):  # `receive` raises the better error
            self._task.stdin.write(data)
            self._task.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """The next answer.  Raises `ChildDied` when the child, or its fork, has ended."""
        assert self._task.stdout is not None
        line = self._task.stdout.readline()
        with suppress(ValueError):  # the child died in the middle of a line
            answer: dict[str, Any] = json.loads(line)
            if answer["is"] != "gone":
                return answer
            self._has_all_output.wait(_SECONDS_TO_END)
            self._has_all_output.clear()
            raise ChildDied(answer["status"])
        status = self._task.wait()
        self._output_reader.join(_SECONDS_TO_END)
        raise ChildDied(status)

    @property
    def is_alive(self) -> bool:
        return self._task.poll() is None

    def kill(self) -> None:
        """Kill the child and all processes that it started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._task.pid, signal.SIGKILL)
        self._task.wait()

    @property
    def last_output(self) -> str:
        """The last 40 lines that the project printed, with passwords masked."""
        return mask("\n".join(self._last_lines))

    def _read_output(self, echo: Echo | None) -> None:
        assert self._task.stderr is not None
        for line in self._task.stderr:
            text = line.decode("utf-8", "replace").rstrip("\n")
            text, mark, _ = text.partition(END_OF_PRINTS)
            if text or not mark:
                self._last_lines.append(text)
                if echo is not None:
                    echo(mask(text))
            if mark:
                self._has_all_output.set()

    def close(self) -> None:
        """Close the pipe, which makes the child end; after 5 s kill it and all it started."""
        for pipe in (self._task.stdin, self._task.stdout):
            assert pipe is not None
            with suppress(OSError):
                pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self._task.wait(_SECONDS_TO_END)
        self.kill()
        self._output_reader.join(_SECONDS_TO_END)
        if self._task.stderr is not None and not self._output_reader.is_alive():
            self._task.stderr.close()


@contextmanager
def start_interpreter(project: Project, echo: Echo | None = None) -> Iterator[Interpreter]:
    """The child, started in the project's interpreter and folder, in a session of its own.

    `echo` is called with each line that the project prints, passwords masked.  Raises
    `ProjectDoesNotLoad` when the interpreter cannot be started.
    """
    child = _read_child_modules()
    try:
        task = subprocess.Popen(
            [project.python, "-c", _BOOTSTRAP, str(len(child))],
            cwd=project.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise ProjectDoesNotLoad(
            f"the interpreter {project.python} cannot be started in {project.folder}: "
            f"{error.strerror}.",
            remedies=("--python PATH   (the interpreter that can import the project)",),
        ) from None
    interpreter = Interpreter(task, echo)
    try:
        interpreter._write(child)
        yield interpreter
    finally:
        interpreter.close()


def _read_child_modules() -> bytes:
    """The names and source texts of the child's modules, as JSON."""
    folder = files(_CHILD_PACKAGE)
    named = [(f"{_CHILD_PACKAGE}.{part}", folder.joinpath(f"{part}.py")) for part in _CHILD_MODULES]
    return json.dumps([(name, path.read_text("utf-8")) for name, path in named]).encode()
