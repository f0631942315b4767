"""The child's main program: it loads the project once, then serves each request in a fork.

A fork for each walk is needed because a module-level pooled engine stays connected to the
database of its first walk.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import mmap
import os
import sys
import threading
from typing import Any

from alembic_rehearsal.core.project.child.audit_hook import AuditHook
from alembic_rehearsal.core.project.child.calling import call_function
from alembic_rehearsal.core.project.child.drivers import DRIVERS, DriverFinder, fence_sqlalchemy
from alembic_rehearsal.core.project.child.failures import failure_of
from alembic_rehearsal.core.project.child.fence import Fence
from alembic_rehearsal.core.project.child.loading import LoadedProject, check_versions
from alembic_rehearsal.core.project.child.rendering import Rendering
from alembic_rehearsal.core.project.child.walk import EnvRun
from alembic_rehearsal.core.project.child.wire import Wire, exit_without_cleanup
from alembic_rehearsal.core.project.child.writing import write_revision

# Exit status: the imports of env.py fail without a database, or they start threads.
_CANNOT_WARM_UP = 77
_CAN_FORK = hasattr(os, "fork")


def main() -> None:
    """Install the fence, load the project, send its history, then serve requests."""
    wire = Wire()
    if _CAN_FORK:
        wire.end_with_parent()
    sys.argv = ["alembic"]
    request = wire.receive()
    fence = Fence(wire)
    try:
        _install_fence(fence, request["target"])
        check_versions()
        fence_sqlalchemy(fence)
        project = LoadedProject(request)
        history = project.history()
    except BaseException as error:
        wire.send("failed", failure=failure_of(error, [os.path.realpath(".")]))
        exit_without_cleanup(1)
    wire.send("history", location=project.location, paths=project.paths, **history)
    Zygote(wire, fence, project).serve(is_warm=request["is_warm"])


def _install_fence(fence: Fence, target: dict[str, Any] | None) -> None:
    """Install both layers of the fence, before any driver is imported."""
    fence.admit(target)
    DriverFinder(fence).install()
    sys.addaudithook(AuditHook(fence))


class Zygote:
    """The process with the loaded project; each fork of it uses the wire until it ends."""

    def __init__(self, wire: Wire, fence: Fence, project: LoadedProject) -> None:
        self._wire = wire
        self._fence = fence
        self._project = project
        self._drivers = mmap.mmap(-1, len(DRIVERS))  # forks write here which ones they imported

    def serve(self, *, is_warm: bool) -> None:
        """Serve requests until the parent ends; with `is_warm` import the application before."""
        request = self._wire.receive()
        if is_warm and _CAN_FORK:
            self._warm_up()
        while True:
            self._serve_request(request)
            request = self._wire.receive()

    def _warm_up(self) -> None:
        """Import what env.py imports, in a fork that takes over; if that fails, serve without."""
        successor = _fork()
        if successor == 0:
            self._import_or_leave()
            return
        status = _wait_for_exit(successor)
        if status != _CANNOT_WARM_UP:
            exit_without_cleanup(max(status, 0))
        print("rehearsal: the imports of env.py are repeated for every run", file=sys.stderr)

    def _import_or_leave(self) -> None:
        try:
            self._project.import_what_env_imports()
        except BaseException:
            exit_without_cleanup(_CANNOT_WARM_UP)
        if threading.active_count() > 1:  # threads do not survive a fork
            exit_without_cleanup(_CANNOT_WARM_UP)

    def _serve_request(self, request: dict[str, Any]) -> None:
        """Serve one request in a fork; sends `gone` when the fork has ended."""
        self._import_drivers()
        worker = _fork() if _CAN_FORK else 0
        if worker:
            status = _wait_for_exit(worker)
            print(request["end_of_prints"], file=sys.stderr, flush=True)
            self._wire.send("gone", status=status)
            return
        if request["do"] == "render":  # no database is admitted
            start, patience = request["start"], request["patience"]
            Rendering(self._wire, self._project, start, patience).run()
        elif request["do"] == "call":
            self._point_at(request["target"])
            call_function(self._wire, self._project, request["name"])
        elif request["do"] == "write":
            write_revision(self._wire, self._project, request)
        else:
            self._walk(request)
        self._drivers[:] = bytes(each in sys.modules for each in DRIVERS)
        exit_without_cleanup(0)

    def _import_drivers(self) -> None:
        """Import the drivers that earlier forks imported: only a walk shows which are used."""
        for place, name in enumerate(DRIVERS):
            if self._drivers[place] and name not in sys.modules:
                with contextlib.suppress(Exception):  # the walk will raise it, too
                    importlib.import_module(name)

    def _point_at(self, target: dict[str, Any]) -> None:
        self._fence.admit(target)
        self._project.point_at(target)

    def _walk(self, request: dict[str, Any]) -> None:
        self._point_at(request["target"])
        modes = {each: request[each] for each in ("each_alone", "forgetful")}
        EnvRun(self._wire, self._project, **modes).run()


def _fork() -> int:
    """Fork after flushing the output, which both processes would print otherwise."""
    sys.stdout.flush()
    sys.stderr.flush()
    gc.freeze()  # a collection would copy every page that the two processes share
    return os.fork()


def _wait_for_exit(pid: int) -> int:
    """Wait for a fork; returns its exit status, negative for a signal."""
    status = os.waitpid(pid, 0)[1]
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
