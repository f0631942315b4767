"""Differences in a row, in words that fit what they are differences of."""

from __future__ import annotations

from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.rehearsal.checks.wording import (
    describe,
    describe_changes,
    describe_differences,
    describe_start,
)
from alembic_rehearsal.rehearsal.facts.start import Start


def came(kind: str, name: str) -> Difference:
    return Difference(kind, name, Change.ADDED, second="some text")


def went(kind: str, name: str) -> Difference:
    return Difference(kind, name, Change.REMOVED, first="some text")


DEFAULT = Difference("column", "public.t.n", Change.CHANGED, "default", "7", "")


def test_what_a_way_back_leaves_is_left_behind_or_lost() -> None:
    assert describe([came("enum", "public.tier")]) == "enum public.tier left behind"
    assert describe([went("index", "public.ix")]) == "index public.ix lost"


def test_what_a_second_run_does_is_made_or_dropped() -> None:
    assert describe_changes([came("table", "public.t"), went("view", "public.v")]) == (
        "table public.t is made; view public.v is dropped"
    )


def test_a_difference_of_two_upgrades_is_there_as_well_or_missing() -> None:
    assert describe_differences([came("table", "public.t"), went("view", "public.v")]) == (
        "table public.t is there as well; view public.v is missing"
    )


def test_objects_of_one_kind_are_listed_together() -> None:
    differences = [came("index", "a"), went("index", "x"), came("index", "b"), came("enum", "e")]
    assert describe(differences) == "index a, b left behind; index x lost; enum e left behind"


def test_changes_of_attributes_are_described_after_the_objects() -> None:
    assert describe([DEFAULT, came("enum", "e")]) == (
        "enum e left behind; column public.t.n lost its default 7"
    )


def test_a_long_list_says_how_many_more_there_are() -> None:
    indexes = [came("index", f"i{number}") for number in range(7)]
    assert describe(indexes) == "index i0, i1, i2, i3, i4 ... and 2 more left behind"
    assert describe(indexes, shown=2) == "index i0, i1 ... and 5 more left behind"
    kinds = [came(f"kind{number}", "x") for number in range(7)]
    assert describe(kinds).endswith("kind4 x left behind ... and 2 more")


def test_nothing_is_an_empty_text() -> None:
    assert describe([]) == ""


def test_a_start_is_named_as_a_place_to_come_from() -> None:
    assert describe_start(Start.EMPTY) == "an empty database"
    assert describe_start(Start.SNAPSHOT) == "the snapshot"
