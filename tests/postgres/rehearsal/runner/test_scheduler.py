"""Experiments side by side: their order, what is skipped, and how all of it ends early."""

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
from support.experiments import databases_on, staged, told
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


def act(
    makes: type[One],
    *,
    needs: tuple[type, ...] = (),
    after: tuple[type, ...] = (),
    do: Callable[[Context, Evidence], object] = lambda context, evidence: None,
    in_pieces: bool = False,
) -> Experiment:
    """An experiment that does something and makes its fact."""

    def performed(context: Context, evidence: Evidence) -> object:
        return do(context, evidence) or makes()

    return Experiment(makes.__name__, makes, needs, performed, after, in_pieces)


def skip(context: Context, evidence: Evidence) -> None:
    raise Skip("there is nothing to see")


def interrupt(context: Context, evidence: Evidence) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    context.interrupted.wait(QUICK)


SLOW = 'op.execute("SELECT pg_sleep(60)")'


@pytest.fixture
def on_stage(tmp_path: Path, server: Server) -> Iterator[tuple[Context, Evidence]]:
    """A project of two revisions, of which the second takes a minute."""
    project = write_project(tmp_path, [table("a1", "t"), rev("b2", SLOW)])
    with staged(project, databases_on(server)) as (context, evidence):
        yield context, evidence


def names(found: RunnerResult) -> list[tuple[str, str]]:
    return [(each.name, each.skipped) for each in found.results]


# --- order -------------------------------------------------------------------------------


def test_acts_that_wait_for_nothing_are_under_way_together(
    on_stage: tuple[Context, Evidence],
) -> None:
    together = Barrier(3)

    def meet(context: Context, evidence: Evidence) -> None:
        together.wait(QUICK)

    found = run_experiments([act(each, do=meet) for each in (One, Two, Three)], *on_stage)
    assert names(found) == [("One", ""), ("Two", ""), ("Three", "")]
    assert not found.interrupted


def test_an_act_gets_the_facts_that_it_needs_or_comes_after(
    on_stage: tuple[Context, Evidence],
) -> None:
    seen = []

    def look(context: Context, evidence: Evidence) -> None:
        seen.append(sorted(kind.__name__ for kind in evidence.facts if issubclass(kind, One)))

    def late(context: Context, evidence: Evidence) -> None:
        time.sleep(0.1)

    acts = [
        act(Three, needs=(Two,), do=look),
        act(Two, after=(One,), do=look),
        act(One, do=late),
    ]
    found = run_experiments(acts, *on_stage)
    assert seen == [["One"], ["One", "Two"]]
    assert [name for name, _ in names(found)] == ["Three", "Two", "One"]
    assert found.evidence.fact(Three) == Three()


def test_a_skipped_act_skips_what_needs_it_and_not_what_comes_after_it(
    on_stage: tuple[Context, Evidence],
) -> None:
    found = run_experiments(
        [act(One, do=skip), act(Two, needs=(One,)), act(Three, after=(One,))], *on_stage
    )
    why = "there is nothing to see"
    assert names(found) == [("One", why), ("Two", why), ("Three", "")]
    assert (found.evidence.skipped[One], found.evidence.skipped[Two]) == (why, why)
    assert Three in found.evidence.facts


# --- an act that breaks ------------------------------------------------------------------


class Broken(Exception):
    """What an act of these tests raises."""


def break_down(context: Context, evidence: Evidence) -> None:
    raise Broken


def test_an_act_that_raises_ends_the_others_and_is_raised(
    on_stage: tuple[Context, Evidence],
) -> None:
    has_ended = Event()

    def wait_for_the_end(context: Context, evidence: Evidence) -> None:
        context.interrupted.wait(QUICK)
        has_ended.set()

    begun = time.monotonic()
    acts = [act(One, do=wait_for_the_end), act(Two, do=break_down), act(Three, needs=(One,))]
    with pytest.raises(Broken):
        run_experiments(acts, *on_stage)
    assert has_ended.is_set()
    assert time.monotonic() - begun < QUICK


def test_an_act_that_raises_does_not_wait_for_a_slow_migration(
    on_stage: tuple[Context, Evidence],
) -> None:
    def break_down_later(context: Context, evidence: Evidence) -> None:
        time.sleep(2.0)  # the walk has begun by then
        raise Broken

    begun = time.monotonic()
    with pytest.raises(Broken):
        run_experiments([UPGRADE_FROM_EMPTY, act(Two, do=break_down_later)], *on_stage)
    assert time.monotonic() - begun < 3 * QUICK


# --- Ctrl-C ------------------------------------------------------------------------------


def test_ctrl_c_keeps_what_is_known_and_says_what_is_not(
    on_stage: tuple[Context, Evidence],
) -> None:
    acts = [
        act(One),
        act(Two, after=(One,), do=interrupt),
        act(Three, needs=(Two,)),
    ]
    found = run_experiments(acts, *on_stage)
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
    with staged(project, databases_on(server), cores=1) as (context, evidence):
        found = run_experiments(
            [STAIRWAY, UPGRADE_FROM_EMPTY, act(One, do=interrupt_later)], context, evidence
        )
    assert time.monotonic() - begun < 4 * QUICK
    assert found.interrupted
    assert UpgradeFromEmpty not in found.evidence.facts
    assert found.evidence.skipped[UpgradeFromEmpty] == INTERRUPTED
    assert {each.revision for each in found.evidence.fact(Stairway).round_trips} <= {"a1"}
    assert found.evidence.fact(Stairway).unreached == ()
    assert {*found.evidence.fact(Stairway).missed} >= {"b2", "c3"}
    assert told(found) == []


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
        staged(project, databases_on(server)) as (context, evidence),
        pytest.raises(KeyboardInterrupt),
    ):
        run_experiments([UPGRADE_FROM_EMPTY, act(One, do=interrupt_twice)], context, evidence)
    assert time.monotonic() - begun < 3 * QUICK


@pytest.mark.usefixtures("nothing_left")
def test_after_the_end_no_interpreter_of_the_project_is_left_or_started(
    tmp_path: Path, server: Server
) -> None:
    project = write_project(tmp_path, [rev("a1", SLOW)])
    with staged(project, databases_on(server), cores=1) as (context, evidence):
        timer = Thread(target=lambda: (time.sleep(2.0), os.kill(os.getpid(), signal.SIGINT)))
        timer.start()
        two = replace(UPGRADE_FROM_EMPTY, makes=Two, name="again")  # waits for the only interpreter
        found = run_experiments([UPGRADE_FROM_EMPTY, two], context, evidence)
        timer.join()
        assert names(found) == [("upgrade from empty", INTERRUPTED), ("again", INTERRUPTED)]
