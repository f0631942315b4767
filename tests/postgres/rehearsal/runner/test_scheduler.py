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
from alembic_rehearsal.rehearsal.experiments.upgrade import FROM_EMPTY
from alembic_rehearsal.rehearsal.facts.downgrade import Stairway
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.upgrade import FromEmpty
from alembic_rehearsal.rehearsal.runner.context import INTERRUPTED, Context, Experiment, Skip
from alembic_rehearsal.rehearsal.runner.scheduler import Performed, perform
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
    do: Callable[[Context, Evidence], object] = lambda stage, scene: None,
    in_pieces: bool = False,
) -> Experiment:
    """An experiment that does something and makes its fact."""

    def performed(stage: Context, scene: Evidence) -> object:
        return do(stage, scene) or makes()

    return Experiment(makes.__name__, makes, needs, performed, after, in_pieces)


def skip(stage: Context, scene: Evidence) -> None:
    raise Skip("there is nothing to see")


def interrupt(stage: Context, scene: Evidence) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    stage.ended.wait(QUICK)


SLOW = 'op.execute("SELECT pg_sleep(60)")'


@pytest.fixture
def on_stage(tmp_path: Path, server: Server) -> Iterator[tuple[Context, Evidence]]:
    """A project of two revisions, of which the second takes a minute."""
    project = write_project(tmp_path, [table("a1", "t"), rev("b2", SLOW)])
    with staged(project, databases_on(server)) as (stage, scene):
        yield stage, scene


def names(found: Performed) -> list[tuple[str, str]]:
    return [(each.name, each.skipped) for each in found.acts]


# --- order -------------------------------------------------------------------------------


def test_acts_that_wait_for_nothing_are_under_way_together(
    on_stage: tuple[Context, Evidence],
) -> None:
    together = Barrier(3)

    def meet(stage: Context, scene: Evidence) -> None:
        together.wait(QUICK)

    found = perform([act(each, do=meet) for each in (One, Two, Three)], *on_stage)
    assert names(found) == [("One", ""), ("Two", ""), ("Three", "")]
    assert not found.interrupted


def test_an_act_gets_the_facts_that_it_needs_or_comes_after(
    on_stage: tuple[Context, Evidence],
) -> None:
    seen = []

    def look(stage: Context, scene: Evidence) -> None:
        seen.append(sorted(kind.__name__ for kind in scene.facts if issubclass(kind, One)))

    def late(stage: Context, scene: Evidence) -> None:
        time.sleep(0.1)

    acts = [
        act(Three, needs=(Two,), do=look),
        act(Two, after=(One,), do=look),
        act(One, do=late),
    ]
    found = perform(acts, *on_stage)
    assert seen == [["One"], ["One", "Two"]]
    assert [name for name, _ in names(found)] == ["Three", "Two", "One"]
    assert found.scene.fact(Three) == Three()


def test_a_skipped_act_skips_what_needs_it_and_not_what_comes_after_it(
    on_stage: tuple[Context, Evidence],
) -> None:
    found = perform(
        [act(One, do=skip), act(Two, needs=(One,)), act(Three, after=(One,))], *on_stage
    )
    why = "there is nothing to see"
    assert names(found) == [("One", why), ("Two", why), ("Three", "")]
    assert (found.scene.skipped[One], found.scene.skipped[Two]) == (why, why)
    assert Three in found.scene.facts


# --- an act that breaks ------------------------------------------------------------------


class Broken(Exception):
    """What an act of these tests raises."""


def break_down(stage: Context, scene: Evidence) -> None:
    raise Broken


def test_an_act_that_raises_ends_the_others_and_is_raised(
    on_stage: tuple[Context, Evidence],
) -> None:
    has_ended = Event()

    def wait_for_the_end(stage: Context, scene: Evidence) -> None:
        stage.ended.wait(QUICK)
        has_ended.set()

    begun = time.monotonic()
    acts = [act(One, do=wait_for_the_end), act(Two, do=break_down), act(Three, needs=(One,))]
    with pytest.raises(Broken):
        perform(acts, *on_stage)
    assert has_ended.is_set()
    assert time.monotonic() - begun < QUICK


def test_an_act_that_raises_does_not_wait_for_a_slow_migration(
    on_stage: tuple[Context, Evidence],
) -> None:
    def break_down_later(stage: Context, scene: Evidence) -> None:
        time.sleep(2.0)  # the walk has begun by then
        raise Broken

    begun = time.monotonic()
    with pytest.raises(Broken):
        perform([FROM_EMPTY, act(Two, do=break_down_later)], *on_stage)
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
    found = perform(acts, *on_stage)
    assert found.interrupted
    assert not found.scene.is_whole
    assert names(found) == [("One", ""), ("Two", ""), ("Three", INTERRUPTED)]
    assert found.scene.skipped[Three] == INTERRUPTED


def test_ctrl_c_ends_a_slow_migration_and_blames_nobody_for_it(
    tmp_path: Path, server: Server
) -> None:
    """The walk is killed in b2: that is no finding, and what was seen of a1 is kept."""
    project = write_project(tmp_path, [table("a1", "t"), rev("b2", SLOW), table("c3", "u")])

    def interrupt_later(stage: Context, scene: Evidence) -> None:
        time.sleep(3.0)
        interrupt(stage, scene)

    begun = time.monotonic()
    with staged(project, databases_on(server), cores=1) as (stage, scene):
        found = perform([STAIRWAY, FROM_EMPTY, act(One, do=interrupt_later)], stage, scene)
    assert time.monotonic() - begun < 4 * QUICK
    assert found.interrupted
    assert FromEmpty not in found.scene.facts
    assert found.scene.skipped[FromEmpty] == INTERRUPTED
    assert {each.revision for each in found.scene.fact(Stairway).stairs} <= {"a1"}
    assert found.scene.fact(Stairway).unreached == ()
    assert {*found.scene.fact(Stairway).missed} >= {"b2", "c3"}
    assert told(found) == []


@pytest.mark.usefixtures("nothing_left")
def test_a_second_ctrl_c_does_not_wait_either(tmp_path: Path, server: Server) -> None:
    project = write_project(tmp_path, [rev("a1", SLOW)])

    def interrupt_twice(stage: Context, scene: Evidence) -> None:
        time.sleep(2.0)
        os.kill(os.getpid(), signal.SIGINT)
        stage.ended.wait(QUICK)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    begun = time.monotonic()
    with staged(project, databases_on(server)) as (stage, scene), pytest.raises(KeyboardInterrupt):
        perform([FROM_EMPTY, act(One, do=interrupt_twice)], stage, scene)
    assert time.monotonic() - begun < 3 * QUICK


@pytest.mark.usefixtures("nothing_left")
def test_after_the_end_no_interpreter_of_the_project_is_left_or_started(
    tmp_path: Path, server: Server
) -> None:
    project = write_project(tmp_path, [rev("a1", SLOW)])
    with staged(project, databases_on(server), cores=1) as (stage, scene):
        timer = Thread(target=lambda: (time.sleep(2.0), os.kill(os.getpid(), signal.SIGINT)))
        timer.start()
        two = replace(FROM_EMPTY, makes=Two, name="again")  # waits for the only interpreter
        found = perform([FROM_EMPTY, two], stage, scene)
        timer.join()
        assert names(found) == [("upgrade from empty", INTERRUPTED), ("again", INTERRUPTED)]
