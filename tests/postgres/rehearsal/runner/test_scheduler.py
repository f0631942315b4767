"""Experiments in parallel: their order, which are skipped, and how a run is interrupted."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest

from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.rehearsal.experiments.stairway import STAIRWAY
from alembic_rehearsal.rehearsal.experiments.upgrade import UPGRADE_FROM_EMPTY
from alembic_rehearsal.rehearsal.facts.downgrade import Stairway
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.upgrade import UpgradeFromEmpty
from alembic_rehearsal.rehearsal.runner.context import INTERRUPTED, Context, Experiment, Skip
from alembic_rehearsal.rehearsal.runner.scheduler import RunnerResult, run_experiments
from support.experiments import databases_on, open_context, reported
from support.projects import rev, table, write_project

QUICK = 10.0  # seconds: far below the minute that a slow migration here takes


@dataclass(frozen=True)
class One:
    """A fact of these tests."""

    text: str = "one"


@dataclass(frozen=True)
class Two(One):
    """A second kind."""


@dataclass(frozen=True)
class Three(One):
    """A third kind."""


def experiment(
    makes: type[One],
    *,
    needs: tuple[type, ...] = (),
    after: tuple[type, ...] = (),
    do: Callable[[Context, Evidence], object] = lambda context, evidence: None,
    is_divisible: bool = False,
) -> Experiment:
    """An experiment that calls `do` and returns its result, or else a fact of its type."""

    def run(context: Context, evidence: Evidence) -> object:
        return do(context, evidence) or makes()

    return Experiment(makes.__name__, makes, needs, run, after, is_divisible)


def skip(context: Context, evidence: Evidence) -> None:
    raise Skip("there is nothing to see")


def interrupt(context: Context, evidence: Evidence) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    context.interrupted.wait(QUICK)


SLOW = 'op.execute("SELECT pg_sleep(60)")'


@pytest.fixture
def prepared(tmp_path: Path, server: Server) -> Iterator[tuple[Context, Evidence]]:
    """A project of two revisions, of which the second takes a minute."""
    project = write_project(tmp_path, [table("a1", "t"), rev("b2", SLOW)])
    with open_context(project, databases_on(server)) as (context, evidence):
        yield context, evidence


def names(found: RunnerResult) -> list[tuple[str, str]]:
    return [(each.name, each.skipped) for each in found.results]


# --- order -------------------------------------------------------------------------------


def test_experiments_that_wait_for_nothing_run_together(
    prepared: tuple[Context, Evidence],
) -> None:
    together = Barrier(3)

    def meet(context: Context, evidence: Evidence) -> None:
        together.wait(QUICK)

    found = run_experiments([experiment(each, do=meet) for each in (One, Two, Three)], *prepared)
    assert names(found) == [("One", ""), ("Two", ""), ("Three", "")]
    assert not found.interrupted


def test_an_experiment_gets_the_facts_that_it_needs_or_comes_after(
    prepared: tuple[Context, Evidence],
) -> None:
    seen = []

    def look(context: Context, evidence: Evidence) -> None:
        seen.append(sorted(kind.__name__ for kind in evidence.facts if issubclass(kind, One)))

    def late(context: Context, evidence: Evidence) -> None:
        time.sleep(0.1)

    experiments = [
        experiment(Three, needs=(Two,), do=look),
        experiment(Two, after=(One,), do=look),
        experiment(One, do=late),
    ]
    found = run_experiments(experiments, *prepared)
    assert seen == [["One"], ["One", "Two"]]
    assert [name for name, _ in names(found)] == ["Three", "Two", "One"]
    assert found.evidence.fact(Three) == Three()


def test_a_skipped_experiment_skips_what_needs_it_and_not_what_comes_after_it(
    prepared: tuple[Context, Evidence],
) -> None:
    found = run_experiments(
        [experiment(One, do=skip), experiment(Two, needs=(One,)), experiment(Three, after=(One,))],
        *prepared,
    )
    why = "there is nothing to see"
    assert names(found) == [("One", why), ("Two", why), ("Three", "")]
    assert (found.evidence.skipped[One], found.evidence.skipped[Two]) == (why, why)
    assert Three in found.evidence.facts


# --- an experiment that raises -----------------------------------------------------------


class Broken(Exception):
    """The error that an experiment of these tests raises."""


def break_down(context: Context, evidence: Evidence) -> None:
    raise Broken


def test_an_experiment_that_raises_ends_the_others_and_is_raised(
    prepared: tuple[Context, Evidence],
) -> None:
    has_ended = Event()

    def wait_for_the_end(context: Context, evidence: Evidence) -> None:
        context.interrupted.wait(QUICK)
        has_ended.set()

    begun = time.monotonic()
    experiments = [
        experiment(One, do=wait_for_the_end),
        experiment(Two, do=break_down),
        experiment(Three, needs=(One,)),
    ]
    with pytest.raises(Broken):
        run_experiments(experiments, *prepared)
    assert has_ended.is_set()
    assert time.monotonic() - begun < QUICK


def test_an_experiment_that_raises_does_not_wait_for_a_slow_migration(
    prepared: tuple[Context, Evidence],
) -> None:
    def break_down_later(context: Context, evidence: Evidence) -> None:
        time.sleep(2.0)  # the walk has begun by then
        raise Broken

    begun = time.monotonic()
    with pytest.raises(Broken):
        run_experiments([UPGRADE_FROM_EMPTY, experiment(Two, do=break_down_later)], *prepared)
    assert time.monotonic() - begun < 3 * QUICK


# --- Ctrl-C ------------------------------------------------------------------------------


def test_ctrl_c_keeps_what_is_known_and_says_what_is_not(
    prepared: tuple[Context, Evidence],
) -> None:
    experiments = [
        experiment(One),
        experiment(Two, after=(One,), do=interrupt),
        experiment(Three, needs=(Two,)),
    ]
    found = run_experiments(experiments, *prepared)
    assert found.interrupted
    assert not found.evidence.is_complete
    assert names(found) == [("One", ""), ("Two", ""), ("Three", INTERRUPTED)]
    assert found.evidence.skipped[Three] == INTERRUPTED


def test_ctrl_c_ends_a_slow_migration_and_blames_nobody_for_it(
    tmp_path: Path, server: Server
) -> None:
    """The walk is killed in b2: that is no finding, and what was seen of a1 is kept."""
    project = write_project(tmp_path, [table("a1", "t"), rev("b2", SLOW), table("c3", "u")])

    def interrupt_later(context: Context, evidence: Evidence) -> None:
        time.sleep(3.0)
        interrupt(context, evidence)

    begun = time.monotonic()
    with open_context(project, databases_on(server), cores=1) as (context, evidence):
        found = run_experiments(
            [STAIRWAY, UPGRADE_FROM_EMPTY, experiment(One, do=interrupt_later)], context, evidence
        )
    assert time.monotonic() - begun < 4 * QUICK
    assert found.interrupted
    assert UpgradeFromEmpty not in found.evidence.facts
    assert found.evidence.skipped[UpgradeFromEmpty] == INTERRUPTED
    assert {each.revision for each in found.evidence.fact(Stairway).round_trips} <= {"a1"}
    assert found.evidence.fact(Stairway).unreached == ()
    assert {*found.evidence.fact(Stairway).missed} >= {"b2", "c3"}
    assert reported(found) == []


@pytest.mark.usefixtures("nothing_left")
def test_a_second_ctrl_c_does_not_wait_either(tmp_path: Path, server: Server) -> None:
    project = write_project(tmp_path, [rev("a1", SLOW)])

    def interrupt_twice(context: Context, evidence: Evidence) -> None:
        time.sleep(2.0)
        os.kill(os.getpid(), signal.SIGINT)
        context.interrupted.wait(QUICK)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    begun = time.monotonic()
    with (
        open_context(project, databases_on(server)) as (context, evidence),
        pytest.raises(KeyboardInterrupt),
    ):
        run_experiments(
            [UPGRADE_FROM_EMPTY, experiment(One, do=interrupt_twice)], context, evidence
        )
    assert time.monotonic() - begun < 3 * QUICK


@pytest.mark.usefixtures("nothing_left")
def test_after_the_end_no_interpreter_of_the_project_is_left_or_started(
    tmp_path: Path, server: Server
) -> None:
    project = write_project(tmp_path, [rev("a1", SLOW)])
    with open_context(project, databases_on(server), cores=1) as (context, evidence):
        timer = Thread(target=lambda: (time.sleep(2.0), os.kill(os.getpid(), signal.SIGINT)))
        timer.start()
        two = replace(UPGRADE_FROM_EMPTY, makes=Two, name="again")  # waits for the only interpreter
        found = run_experiments([UPGRADE_FROM_EMPTY, two], context, evidence)
        timer.join()
        assert names(found) == [("upgrade from empty", INTERRUPTED), ("again", INTERRUPTED)]
