"""The order of the steps: phases, kinds, and names within a phase."""

from __future__ import annotations

from alembic_rehearsal.authoring.create import CREATE
from alembic_rehearsal.authoring.order import DROPPED_EARLY, KINDS, PHASES, rank, sort_steps
from alembic_rehearsal.authoring.steps import ChangeStep, Phase


def step(phase: Phase, kind: str, name: str, text: str = "") -> ChangeStep:
    return ChangeStep(phase, rank(kind), (name,), (), name, text=text)


def names(*steps: ChangeStep) -> list[str]:
    return [each.difference for each in sort_steps(steps)]


def test_every_phase_is_listed_once_with_what_runs_in_it_and_why() -> None:
    assert [each.phase for each in PHASES] == list(Phase)
    assert all(each.what and each.reason for each in PHASES)


def test_every_kind_that_can_be_created_has_a_place_and_a_reason() -> None:
    assert KINDS.keys() == CREATE.keys() | {"column", "foreign key"}
    assert all(KINDS.values())
    assert KINDS.keys() >= set(DROPPED_EARLY)


def test_steps_run_in_the_order_of_the_phases() -> None:
    steps = [step(each, "table", each.name) for each in Phase]
    assert names(*reversed(steps)) == [each.phase.name for each in PHASES]


def test_kinds_are_created_in_their_order_and_dropped_in_the_opposite_one() -> None:
    for rule in PHASES:
        steps = [step(rule.phase, kind, kind) for kind in KINDS]
        expected = [*reversed(KINDS)] if rule.drops else [*KINDS]
        assert names(*steps) == expected


def test_a_step_waits_for_what_it_mentions_whatever_its_kind() -> None:
    function = step(Phase.MAKE, "function", "public.f", text="RETURNS SETOF public.v")
    view = step(Phase.MAKE, "view", "public.v")
    assert names(function, view) == ["public.v", "public.f"]


def test_what_is_mentioned_is_dropped_after_what_mentions_it() -> None:
    function = step(Phase.DROP, "function", "public.f", text="RETURNS SETOF public.v")
    view = step(Phase.DROP, "view", "public.v")
    assert names(view, function) == ["public.f", "public.v"]


def test_steps_that_mention_each_other_run_by_rank() -> None:
    first = step(Phase.MAKE, "table", "public.a", text="public.b")
    second = step(Phase.MAKE, "view", "public.b", text="public.a")
    assert names(second, first) == ["public.a", "public.b"]
