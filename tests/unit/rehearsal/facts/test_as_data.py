"""Values written as data for JSON and read back: the same value, and no password."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from alembic_rehearsal.core.project.steps import Direction, Failure, Step
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.settings.values import Waiver
from alembic_rehearsal.rehearsal.experiments.all_experiments import EXPERIMENTS
from alembic_rehearsal.rehearsal.facts.as_data import DataReader, to_data
from alembic_rehearsal.rehearsal.facts.downgrade import (
    Divergence,
    DowngradeWalk,
    FullDowngrade,
    RoundTrip,
    Stairway,
)
from alembic_rehearsal.rehearsal.facts.evidence import ExperimentResult
from alembic_rehearsal.rehearsal.facts.fact_types import FACT_TYPES
from alembic_rehearsal.rehearsal.facts.report import RehearsalRun
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.facts.shards import join_runs, read_run, run_data
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import UpgradeFromEmpty
from support.evidence import FOLDER, SERVER, evidence, history, revision, walked

LINE = history(revision("a1"), revision("b2", "a1"))
GONE = Difference("index", "public.ix", Change.REMOVED)
FAILURE = Failure(
    "no", "E", FOLDER / "versions" / "b2.py", 9, "b2", Direction.DOWN, "DROP", "42P01"
)
ROUND_TRIPS = (
    RoundTrip("a1", Start.EMPTY, changed_schema=True, wrote=True, downgrade_differences=(GONE,)),
    RoundTrip(
        "b2",
        Start.SNAPSHOT,
        changed_schema=True,
        wrote=False,
        tried_downgrade=False,
        downgrade_failure=FAILURE,
    ),
)


def run(*facts: object, **other: Any) -> RehearsalRun:
    known = evidence(LINE, *facts, production=("a1",))
    whole = RehearsalRun(
        replace(
            known,
            skipped={FullDowngrade: "why not"},
            other_shard_facts=frozenset({UpgradeFromEmpty}),
        ),
        (ExperimentResult("one", 1.5), ExperimentResult("two", skipped="no")),
        SERVER,
        seconds=2.5,
        waivers=(Waiver("D1", "old", revision="a1"),),
        fingerprint="f",
        version="1",
    )
    return replace(whole, **other)


def through_json(value: RehearsalRun, folder: Path = FOLDER) -> RehearsalRun:
    return read_run(json.loads(json.dumps(run_data(value, FOLDER))), folder)


def test_a_run_is_read_back_unchanged_except_for_passwords() -> None:
    steps = (Step("a1", Direction.UP, 0.25, wrote=False),)
    upgrade = replace(walked("b2", failure=FAILURE), steps=steps, transaction_per_migration=True)
    whole = run(UpgradeFromEmpty(upgrade), Stairway(ROUND_TRIPS, ("c3",)), server=None)
    found = through_json(whole)
    upgrade = replace(
        upgrade, database=replace(upgrade.database, server=replace(SERVER, password=""))
    )
    assert found.evidence.facts[UpgradeFromEmpty] == UpgradeFromEmpty(upgrade)
    assert replace(found, evidence=whole.evidence) == whole
    facts = {**whole.evidence.facts, UpgradeFromEmpty: UpgradeFromEmpty(upgrade)}
    assert found.evidence == replace(whole.evidence, facts=facts)


def test_no_password_is_written() -> None:
    text = json.dumps(run_data(run(UpgradeFromEmpty(walked("b2"))), FOLDER))
    assert SERVER.password not in text


def test_paths_mean_the_same_file_in_another_checkout() -> None:
    found = through_json(run(Stairway(ROUND_TRIPS)), Path("/home/ci/shop"))
    assert found.evidence.history.revisions[0].path == Path("/home/ci/shop/versions/a1.py")
    assert found.evidence.facts[Stairway].round_trips[1].downgrade_failure.path == Path(
        "/home/ci/shop/versions/b2.py"
    )


def test_a_path_outside_of_the_folder_stays_where_it_is() -> None:
    assert DataReader(Path("/x"), {}).read(Path, to_data(Path("/usr/lib/x.py"), FOLDER)) == Path(
        "/usr/lib/x.py"
    )


@pytest.mark.parametrize("kind", [each.makes for each in EXPERIMENTS], ids=lambda k: k.__name__)
def test_the_fact_of_every_experiment_can_be_written_and_read(kind: type) -> None:
    """A type that is none of these would be lost on its way through a report."""
    assert FACT_TYPES[kind.__name__] is kind
    unreadable = [text for text in _leaves(kind, set()) if text is not None]
    assert unreadable == []


def _leaves(wanted: Any, seen: set[Any]) -> list[str | None]:
    """What in a type is neither plain, nor a container or dataclass of what is."""
    if wanted in seen:
        return []
    seen.add(wanted)
    if is_dataclass(wanted):
        hints = get_type_hints(wanted)
        return [leaf for each in fields(wanted) for leaf in _leaves(hints[each.name], seen)]
    if arguments := get_args(wanted):
        return [leaf for each in arguments for leaf in _leaves(each, seen)]
    plain = isinstance(wanted, type) and (
        wanted in (str, int, float, bool, type(None)) or issubclass(wanted, Path | str)
    )
    return [] if plain or wanted is Ellipsis else [str(wanted)]


@pytest.mark.parametrize(
    ("wanted", "data"),
    [
        (int, "1"),
        (int, True),
        (str, None),
        (Start, "nowhere"),
        (Step, {"revision": "a1"}),
        (Step, {"revision": "a1", "direction": "upgrade", "seconds": 1, "colour": "red"}),
        (Step, []),
        (Path, 3),
    ],
)
def test_data_of_another_shape_is_refused(wanted: type, data: object) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        DataReader(FOLDER, FACT_TYPES).read(wanted, data)


def test_a_kind_that_is_unknown_is_refused() -> None:
    content = run_data(run(), FOLDER)
    content["evidence"]["facts"] = {"Tomorrow": {}}
    with pytest.raises(ValueError, match="'Tomorrow' is not a type of fact"):
        read_run(content, FOLDER)


# --- joining -----------------------------------------------------------------------------


def test_round_trips_of_all_shards_are_in_the_order_of_a_whole_run() -> None:
    def piece(*ids: tuple[str, Start]) -> Stairway:
        return Stairway(
            tuple(RoundTrip(id, start, changed_schema=True, wrote=True) for id, start in ids)
        )

    first = piece(("a1", Start.EMPTY), ("x", Start.SNAPSHOT))
    second = piece(("b2", Start.EMPTY), ("y", Start.SNAPSHOT))
    assert Stairway.join([first, second]) == piece(
        ("a1", Start.EMPTY), ("b2", Start.EMPTY), ("x", Start.SNAPSHOT), ("y", Start.SNAPSHOT)
    )


def part(
    number: int, *facts: object, results: tuple[ExperimentResult, ...] = (), **other: Any
) -> RehearsalRun:
    one = run(*facts, results=results, **other)
    scope = Scope(shard=(number, 2))
    return replace(one, evidence=replace(one.evidence, scope=scope, is_complete=False, skipped={}))


def test_joined_parts_have_every_fact_and_are_whole() -> None:
    upgrade, full_downgrade = (
        UpgradeFromEmpty(walked("b2")),
        FullDowngrade((DowngradeWalk(Start.EMPTY, (Divergence("a1", Start.EMPTY),), ("a1",)),)),
    )
    found = join_runs(
        [
            part(1, upgrade, Stairway(ROUND_TRIPS[:1])),
            part(2, full_downgrade, Stairway(ROUND_TRIPS[1:])),
        ],
        (),
    )
    facts: Mapping[type, Any] = found.evidence.facts
    assert (facts[UpgradeFromEmpty], facts[FullDowngrade]) == (upgrade, full_downgrade)
    assert facts[Stairway] == Stairway(ROUND_TRIPS)
    assert (found.evidence.is_complete, found.evidence.other_shard_facts) == (True, frozenset())
    assert (found.parts, found.evidence.scope) == (2, Scope())


def test_seconds_of_an_experiment_are_summed_and_those_of_the_whole_are_the_longest() -> None:
    first = part(
        1,
        results=(ExperimentResult("up", 1.0), ExperimentResult("down", skipped="no way")),
        seconds=4.0,
    )
    second = part(
        2, results=(ExperimentResult("other", 2.0), ExperimentResult("up", 0.5)), seconds=3.0
    )
    found = join_runs([first, second], ("up", "down", "other"))
    assert found.results == (
        ExperimentResult("up", 1.5),
        ExperimentResult("down", skipped="no way"),
        ExperimentResult("other", 2.0),
    )
    assert found.seconds == 4.0


def test_one_interrupted_part_makes_the_whole_interrupted() -> None:
    found = join_runs([part(1), part(2, interrupted=True)], ())
    assert found.interrupted
    assert not found.evidence.is_complete
