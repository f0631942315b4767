"""The servers of a rehearsal: one for all databases, or one for each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.project.history import read_history
from alembic_rehearsal.core.project.pool import open_pool
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.errors import ToolFailed
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.runner.context import Context, Experiment
from alembic_rehearsal.rehearsal.runner.scheduler import RunnerResult
from alembic_rehearsal.rehearsal.runner.setup import Setup, set_up_and_run
from support.projects import table, write_project


@dataclass(frozen=True)
class Seen:
    """Whether databases shared a server when a role was made."""

    shared: bool


def execute(context: Context, *statements: str) -> None:
    with connect(context.make_database("test")) as connection, connection.cursor() as cursor:
        for each in statements:
            cursor.execute(each)


def set_up(folder: Path, experiment: Experiment) -> tuple[RunnerResult, list[str]]:
    """Run one experiment; its result, and the lines of progress."""
    project = write_project(folder, [table("a1", "t")])
    lines: list[str] = []
    with open_pool(project, 2) as pool:
        with pool.borrow_child() as child:
            history = read_history(child)
        setup = Setup(
            project,
            Settings(project.config),
            pool,
            Evidence(history, None, frozenset()),
            lines.append,
        )
        with set_up_and_run((experiment,), setup) as (result, _):
            return result, lines


def shared(context: Context, evidence: Evidence) -> Seen:
    return Seen(context.make_database.can_clone)


def role(context: Context, evidence: Evidence) -> Seen:
    execute(context, "CREATE ROLE reporting", "DROP ROLE reporting")
    return shared(context, evidence)


def broken(context: Context, evidence: Evidence) -> Seen:
    """An experiment that a role of another one breaks; it closes the pool, too."""
    execute(context, "CREATE ROLE reporting")
    if context.make_database.can_clone:
        context.pool.kill()
        raise ToolFailed("the role was there already")
    with context.open_walk(context.make_database("test")) as walk:
        walk.plan()
    return shared(context, evidence)


@pytest.mark.parametrize("run", [role, broken])
def test_experiments_that_change_a_role_are_run_again_with_a_server_for_each_database(
    tmp_path: Path, run: object
) -> None:
    done, lines = set_up(tmp_path, Experiment("test", Seen, (), run))  # type: ignore[arg-type]
    assert done.evidence.facts[Seen] == Seen(shared=False)
    assert sum("once more" in line for line in lines) == 1


def test_experiments_that_change_no_role_are_run_once(tmp_path: Path) -> None:
    done, lines = set_up(tmp_path, Experiment("test", Seen, (), shared))
    assert done.evidence.facts[Seen] == Seen(shared=True)
    assert not any("once more" in line for line in lines)


def test_an_experiment_that_breaks_by_itself_is_not_run_again(tmp_path: Path) -> None:
    def breaks(context: Context, evidence: Evidence) -> Seen:
        context.make_database("test")
        raise ToolFailed("by itself")

    with pytest.raises(ToolFailed, match="by itself"):
        set_up(tmp_path, Experiment("test", Seen, (), breaks))
