"""As many of the project's interpreters as there are cores, for walks side by side.

Each walk borrows one; who walks where is not known here.
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
    """Somebody ended the rehearsal: there is nobody left to walk."""


class ChildPool:
    """Children of one project, started when they are first needed and ended together.

    A thread that holds one must not wait for another: with a crew of one it would wait
    for ever.  `is_gone` after `kill`: what fails from then on has failed for that.
    """

    def __init__(self, project: Project, size: int, open_things: ExitStack) -> None:
        self._project = project
        self._open_things = open_things
        self._idle: LifoQueue[Child] = LifoQueue()
        self._unstarted = size
        self._lock = Lock()
        self._children: list[Child] = []
        self._has_walked = False
        self.is_closed = False

    @contextmanager
    def borrow_child(self) -> Iterator[Child]:
        """One child for the block, waiting for the next that comes back if all are out.

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
        """`drive.walking` with one of them.

        An env.py that has run before and does not on this database has failed there, as has
        one that runs nothing: that is a `StepFailed` like any other, while one that has never
        run does not load.
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
                self._children.append(self._open_things.enter_context(open_project(self._project)))
                return self._children[-1]
        return self._idle.get()

    def kill(self) -> None:
        """End every child at once, in the middle of whatever it does, and start no other."""
        self.is_closed = True
        for each in self._children:
            each.kill()


@contextmanager
def open_pool(project: Project, size: int) -> Iterator[ChildPool]:
    """A crew of `size` children at most; raises what `open_project` raises."""
    with ExitStack() as open_things:
        pool = ChildPool(project, size, open_things)
        with pool.borrow_child():  # whether the project can be opened at all is known at once
            pass
        yield pool
