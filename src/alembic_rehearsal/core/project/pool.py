"""A pool of the project's interpreters, for walks that run at the same time.

Each walk borrows one child; the caller decides how many there are.  Schedules nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from queue import LifoQueue
from threading import Lock

from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.host import Child, open_project
from alembic_rehearsal.core.project.steps import Failure, WalkMode
from alembic_rehearsal.core.project.upgrade import open_walk
from alembic_rehearsal.core.project.walk import Walk
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import NoMigrationRan, ProjectDoesNotLoad
from alembic_rehearsal.core.values.project import Project


class PoolClosed(Exception):
    """The pool was killed, because the rehearsal was ended: no child can be borrowed."""


class ChildPool:
    """Children of one project, started when they are first needed and ended together.

    A thread that holds a child must not borrow another: with a pool of one it would wait for
    ever.  `is_closed` is True after `kill`; failures after that are caused by it.
    """

    def __init__(self, project: Project, size: int, stack: ExitStack) -> None:
        self._project = project
        self._stack = stack
        self._idle: LifoQueue[Child] = LifoQueue()
        self._unstarted = size
        self._lock = Lock()
        self._children: list[Child] = []
        self._has_walked = False
        self.is_closed = False

    @contextmanager
    def borrow_child(self) -> Iterator[Child]:
        """One child for the block; waits until one is returned when all are borrowed.

        Raises `PoolClosed` after `kill`.
        """
        child = self._take_child()
        try:
            if self.is_closed:
                raise PoolClosed
            yield child
        finally:
            self._idle.put(child)

    @contextmanager
    def open_walk(self, database: Database, *, mode: WalkMode = WalkMode.PROJECT) -> Iterator[Walk]:
        """`upgrade.open_walk` with a borrowed child.

        Raises `StepFailed` instead of `ProjectDoesNotLoad` when an earlier walk of this pool
        succeeded in running env.py, or when env.py runs no migration: then the project loads,
        and this walk has failed.
        """
        try:
            with self.borrow_child() as child, open_walk(child, database, mode=mode) as walk:
                self._has_walked = True
                yield walk
        except ProjectDoesNotLoad as error:
            if not (self._has_walked or isinstance(error, NoMigrationRan)):
                raise
            raise StepFailed(Failure(error.what, type(error).__name__)) from error

    def _take_child(self) -> Child:
        with self._lock:
            if self._idle.empty() and self._unstarted:
                self._unstarted -= 1
                self._children.append(self._stack.enter_context(open_project(self._project)))
                return self._children[-1]
        return self._idle.get()

    def kill(self) -> None:
        """End every child at once, whatever it is doing, and start no new one."""
        self.is_closed = True
        for each in self._children:
            each.kill()


@contextmanager
def open_pool(project: Project, size: int) -> Iterator[ChildPool]:
    """A pool of at most `size` children; raises what `open_project` raises."""
    with ExitStack() as stack:
        pool = ChildPool(project, size, stack)
        with pool.borrow_child():  # raises now if the project cannot be opened
            pass
        yield pool
