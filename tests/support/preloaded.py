"""Processes without the time that imports take: forks of a process that has imported already.

A command of a test is a process of its own all the same: own pid, folder, environment, standard
streams and exit status.  What it has in common with the others of a test run is only what it
would import before it looks at any of these.  Whatever depends on how an interpreter starts
(PYTHON* variables, another locale, another interpreter) starts one.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

COMMANDS = (  # what `rehearsal` and `rehearsal-init` import, up to the story of each command
    "alembic_rehearsal.cli.rehearsal",
    "alembic_rehearsal.cli.rehearsal_init",
    "alembic_rehearsal.development.migrate",
    "alembic_rehearsal.drift.find",
    "alembic_rehearsal.drift.fix",
    "alembic_rehearsal.identify.identify",
    "alembic_rehearsal.lockfile.write",
    "alembic_rehearsal.rehearsal.merge_shards",
    "alembic_rehearsal.rehearsal.rehearse",
    "alembic_rehearsal.building.schemas",
    "alembic_rehearsal.snapshot.take",
    "alembic_rehearsal.snapshot.verify",
    "alembic_rehearsal.squash.squash",
    "typer._adapters",  # of newer typers, with pydantic: imported when arguments are read
)
ALEMBIC = (  # what `alembic`, and the child in a project's interpreter, import first of all
    "alembic.command",
    "alembic.config",
    "alembic.context",
    "alembic.op",
    "sqlalchemy.dialects.postgresql",
)
SCRIPT = "script"  # a Python file: the second word of the command, after the interpreter
PAUSE = 0.05  # seconds; between two questions another thread may ask
_AT_START = ("PYTHON", "LANG", "LC_", "LD_")  # variables that an interpreter reads when it starts


def run(
    main: str, arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run the command `arguments`, which is `module:function` or a SCRIPT, to its end.

    Its stdin is empty, and both outputs are caught.
    """
    preload = ALEMBIC if main.startswith("alembic.") else COMMANDS
    kind: Any = functools.partial(Forked, preload, {"main": main})
    if not _starts_alike(env) or (main == SCRIPT and arguments[0] != sys.executable):
        kind = subprocess.Popen
    with kind(
        list(arguments),
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as task:
        try:
            output, errors = task.communicate(timeout=timeout)
        except BaseException:
            task.kill()
            raise
    return subprocess.CompletedProcess(arguments, task.returncode, output, errors)


def children_are_forked() -> contextlib.AbstractContextManager[None]:
    """Let the child of a project be a fork, too, where its interpreter is this one."""
    from alembic_rehearsal.core.project import interpreter

    @contextlib.contextmanager
    def replaced() -> Any:
        kept = interpreter.subprocess
        interpreter.subprocess = types.SimpleNamespace(  # type: ignore[assignment]
            PIPE=subprocess.PIPE, Popen=_child, TimeoutExpired=subprocess.TimeoutExpired
        )
        try:
            yield
        finally:
            interpreter.subprocess = kept

    return replaced()  # type: ignore[no-any-return]


def _child(arguments: Sequence[str], **how: Any) -> subprocess.Popen[bytes]:
    python, option, code, *rest = arguments
    if python != sys.executable or option != "-c" or not _starts_alike(how.get("env", os.environ)):
        return subprocess.Popen(arguments, **how)
    return Forked(ALEMBIC, {"code": code, "rest": rest}, arguments, **how)


def _starts_alike(env: Mapping[str, str]) -> bool:
    """Whether an interpreter with these variables would start as ours has."""
    own = {name: value for name, value in _environment.items() if name.startswith(_AT_START)}
    return own == {name: value for name, value in env.items() if name.startswith(_AT_START)}


class Forked(subprocess.Popen[Any]):
    """A fork of a process that has imported `preload`; used as `subprocess.Popen` is."""

    def __init__(
        self, preload: Sequence[str], what: dict[str, Any], *args: Any, **how: Any
    ) -> None:
        self._address, self._what = address_of(preload), what
        super().__init__(*args, **how)

    def _execute_child(  # type: ignore[override]
        self,
        args: Sequence[str],
        executable: Any,
        preexec_fn: Any,
        close_fds: Any,
        pass_fds: Any,
        cwd: Any,
        env: Any,
        startupinfo: Any,
        creationflags: Any,
        shell: Any,
        p2cread: int,
        p2cwrite: int,
        c2pread: int,
        c2pwrite: int,
        errread: int,
        errwrite: int,
        restore_signals: Any,
        gid: Any,
        gids: Any,
        uid: Any,
        umask: Any,
        start_new_session: bool,
        *_: Any,
    ) -> None:
        request = {
            **self._what,
            "arguments": [os.fspath(each) for each in args],
            "cwd": os.fspath(cwd or Path.cwd()),
            "env": dict(os.environ if env is None else env),
            "new_session": start_new_session,
        }
        ends = [p2cread if p2cread != -1 else 0, c2pwrite, errwrite]
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(self._address)
        descriptors = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", ends))]
        self._line.sendmsg([b"!"], descriptors)
        self._line.sendall(json.dumps(request).encode() + b"\n")
        self._answers = self._line.makefile("rb")
        self._asking = threading.Lock()
        self.pid = json.loads(self._answers.readline())
        self._child_created = True
        for each in (p2cread, c2pwrite, errwrite):
            if each != -1:
                os.close(each)

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        self._take_status(0)
        return self.returncode

    def _wait(self, timeout: float | None) -> int:  # type: ignore[override]
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            left = PAUSE if deadline is None else min(PAUSE, deadline - time.monotonic())
            if left < 0:
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
            self._take_status(left)
        return self.returncode

    def _take_status(self, patience: float) -> None:
        """Read the status if it comes within so many seconds; threads may ask at once."""
        with self._asking:
            if self.returncode is None and select.select([self._line], [], [], patience)[0]:
                self.returncode = json.loads(self._answers.readline() or b"-9")
                self._answers.close()
                self._line.close()


_servers: dict[tuple[str, ...], str] = {}
_environment = dict(os.environ)
_starting = threading.Lock()


def address_of(preload: Sequence[str]) -> str:
    """The socket of the process that has imported these modules; the first asker starts it."""
    if preload is COMMANDS:
        address_of(ALEMBIC)  # where the children of these commands come from
    with _starting:
        if tuple(preload) not in _servers:
            folder = tempfile.mkdtemp(prefix="preloaded-")
            address = f"{folder}/socket"
            known = json.dumps([[list(names), path] for names, path in _servers.items()])
            task = subprocess.Popen(
                [sys.executable, __file__, address, known, *preload],
                stdin=subprocess.PIPE,  # its end of file ends the process
                stdout=subprocess.PIPE,
            )
            assert task.stdout is not None
            task.stdout.readline()
            atexit.register(_end, task, folder)
            _servers[tuple(preload)] = address
        return _servers[tuple(preload)]


def _end(task: subprocess.Popen[bytes], folder: str) -> None:
    assert task.stdin is not None
    task.stdin.close()
    task.wait()
    for each in Path(folder).iterdir():
        each.unlink()
    Path(folder).rmdir()


# --- inside the process that has imported already --------------------------------------------


def _serve(address: str, known: str, *preload: str) -> None:
    sys.path.pop(0)  # the folder of this file
    for each in preload:
        with contextlib.suppress(ModuleNotFoundError if each.startswith("typer.") else ()):
            importlib.import_module(each)
    _servers.update({tuple(names): path for names, path in json.loads(known)})
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those who wait for a command reap themselves
    gc.freeze()
    print("ready", flush=True)
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        line, _ = listener.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listener.close()
            _attend(line)
        line.close()


def _attend(line: socket.socket) -> NoReturn:
    """Start one command, tell its pid, wait for it, and tell its status."""
    _, descriptors, _, _ = socket.recv_fds(line, 1, 3)
    with line.makefile("rb") as questions:
        request = json.loads(questions.readline())
    pid = os.fork()
    if pid == 0:
        line.close()
        _become(request, descriptors)
    for each in (*descriptors, 0, 1):
        os.close(each)
    line.sendall(json.dumps(pid).encode() + b"\n")
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with contextlib.suppress(OSError):  # nobody waits for it
        line.sendall(json.dumps(status).encode() + b"\n")
    os._exit(0)


def _become(request: dict[str, Any], descriptors: Sequence[int]) -> NoReturn:
    """Be the command: nothing of the process that this was forked from is left to be seen."""
    if request["new_session"]:
        os.setsid()
    for place, each in enumerate(descriptors):
        os.dup2(each, place)
    for each in descriptors:
        if each > 2:
            os.close(each)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.modules["__main__"] = types.ModuleType("__main__")
    status = 1
    try:
        _run(request)
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(status & 0xFF)


def _run(request: dict[str, Any]) -> None:
    if "code" in request:
        sys.path.insert(0, "")
        sys.argv = ["-c", *request["rest"]]
        exec(request["code"], sys.modules["__main__"].__dict__)
        return
    with children_are_forked() if "alembic_rehearsal" in sys.modules else contextlib.nullcontext():
        if request["main"] == SCRIPT:
            sys.argv = request["arguments"][1:]
            sys.path.insert(0, str(Path(sys.argv[0]).parent))
            runpy.run_path(sys.argv[0], run_name="__main__")
            return
        sys.argv = request["arguments"]
        sys.path.insert(0, str(Path(sys.executable).parent))
        module, _, function = request["main"].partition(":")
        sys.exit(getattr(importlib.import_module(module), function)())


if __name__ == "__main__":
    _serve(*sys.argv[1:])
