"""The pool of a project's interpreters: each walk borrows one."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import pytest

from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.pool import ChildPool, PoolClosed, open_pool
from alembic_rehearsal.core.project.upgrade import open_walk
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import ProjectDoesNotLoad, UsageError
from alembic_rehearsal.core.values.project import Project
from support.projects import rev, table, write_project

SLOW = 'op.execute("SELECT pg_sleep(60)")'
QUICK = 30.0  # seconds: below the minute that a slow migration here takes


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return write_project(tmp_path, [table("a1", "t"), rev("b2", SLOW)])


def meets(pool: ChildPool, together: Barrier) -> bool:
    """Whether another thread held a child of the pool at the same time."""
    with pool.borrow_child():
        try:
            together.wait(1.0)
        except BrokenBarrierError:
            return False
        return True


@pytest.mark.parametrize(("size", "is_met"), [(2, True), (1, False)])
def test_as_many_children_can_be_borrowed_at_once_as_the_pool_has(
    project: Project, size: int, is_met: bool
) -> None:
    together = Barrier(2)
    with open_pool(project, size) as pool, ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda _: meets(pool, together), range(2))) == [is_met, is_met]


def test_a_child_comes_back_from_a_block_that_raises(project: Project) -> None:
    with open_pool(project, 1) as pool:
        with pytest.raises(ZeroDivisionError), pool.borrow_child():
            raise ZeroDivisionError
        with pool.borrow_child() as child:
            assert [each.id for each in child.history().revisions] == ["a1", "b2"]


@pytest.mark.usefixtures("nothing_left")
def test_killing_a_pool_ends_its_walks_and_no_child_can_be_borrowed_afterwards(
    project: Project, empty_database: Database
) -> None:
    with open_pool(project, 1) as pool, ThreadPoolExecutor(2) as threads:

        def upgrade() -> None:
            with pool.borrow_child() as child, open_walk(child, empty_database) as walk:
                walk.up("a1")
                walk.up("b2")

        first = threads.submit(upgrade)
        time.sleep(2.0)
        second = threads.submit(upgrade)  # waits for the only child
        begun = time.monotonic()
        pool.kill()
        assert isinstance(first.exception(QUICK), StepFailed | ProjectDoesNotLoad)
        assert isinstance(second.exception(QUICK), PoolClosed)
        assert time.monotonic() - begun < QUICK
        with pytest.raises(PoolClosed), pool.borrow_child():
            pass


@pytest.mark.usefixtures("nothing_left")
def test_a_child_whose_interpreter_died_starts_another_one(
    tmp_path: Path, empty_database: Database
) -> None:
    dies = "import os, signal; os.killpg(0, signal.SIGKILL)"
    project = write_project(tmp_path, [rev("a1", dies)])
    with open_pool(project, 1) as pool:
        for _ in range(2):
            with (
                pytest.raises(StepFailed, match="ended with signal 9"),
                pool.borrow_child() as child,
                open_walk(child, empty_database) as walk,
            ):
                walk.up("a1")


def test_a_pool_of_a_project_without_a_configuration_cannot_be_opened(
    project: Project,
) -> None:
    project.config.unlink()
    with pytest.raises(UsageError, match=r"alembic\.ini"), open_pool(project, 2):
        pass
