"""A rehearsal as separate tests: which items a history has, and the verdict on each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from alembic_rehearsal.core.history.revisions import Downgrade, LoadProblem
from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.settings.values import Waiver
from alembic_rehearsal.core.values.errors import UsageError
from alembic_rehearsal.rehearsal.checks.all_checks import CHECKS, find_check
from alembic_rehearsal.rehearsal.facts.branches import Fork, ForkOrders
from alembic_rehearsal.rehearsal.facts.downgrade import (
    DowngradeWalk,
    FullDowngrade,
    RoundTrip,
    Stairway,
)
from alembic_rehearsal.rehearsal.facts.report import RehearsalRun, Report
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.judging.as_tests import (
    CheckItem,
    check_items,
    find_verdict,
    findings_of_items,
    needed_codes,
    select_items,
    select_items_unloaded,
)
from alembic_rehearsal.rehearsal.judging.judge import build_report
from support.evidence import FOLDER, evidence, history, revision

LOOKING = replace(revision("c3", "b2"), inspects_database=True)
LINE = history(revision("a1"), revision("b2", "a1"), LOOKING)
BROKEN = Failure("it is so", "ProgrammingError", revision="b2")
EVERY = tuple(check_items(LINE))


def trip(id: str, **other: Any) -> RoundTrip:
    return RoundTrip(id, Start.EMPTY, changed_schema=True, wrote=True, **other)


def report(*facts: object, production: tuple[str, ...] | None = None, **held: Any) -> Report:
    return build_report(
        RehearsalRun(evidence(LINE, *facts, production=production), (), None, 1.0, **held)
    )


def item(name: str) -> CheckItem:
    (found,) = (each for each in EVERY if each.name == name)
    return found


def names_of(code: str, *revisions: Any) -> list[str]:
    return [each.revision_id for each in check_items(history(*revisions)) if each.code == code]


def test_a_history_that_does_not_load_is_an_item_whatever_was_chosen() -> None:
    problem = LoadProblem("no Python", FOLDER / "b2.py", 1)
    items = tuple(check_items(replace(history(), problem=problem), ["H", "D"]))
    assert [each.name for each in items if each.code[0] == "H"] == ["H2"]
    chosen = select_items_unloaded(items, ["U1", "D2::58f"])
    assert [each.name for each in chosen] == ["H2", "U1"]


def test_every_check_has_an_item_and_those_of_revisions_one_for_each() -> None:
    assert [each for each in CHECKS if each.code not in {item.code for item in EVERY}] == []
    assert {"H1", "U3", "D2::a1", "D2::b2", "D2::c3", "U11::c3"} <= {each.name for each in EVERY}
    assert len({each.name for each in EVERY}) == len(EVERY)


def test_a_revision_has_items_of_the_checks_that_have_something_to_look_at() -> None:
    one_way = revision("a1", downgrade=Downgrade.ONE_WAY)
    missing = revision("b2", "a1", downgrade=Downgrade.MISSING)
    merge = revision("c3", "b2", downgrade=Downgrade.EMPTY, upgrades=False)
    line = (one_way, missing, merge)
    assert names_of("D1", *line) == ["a1", "b2"]
    assert names_of("D2", *line) == ["c3"]
    assert names_of("H5", *line) == ["a1", "b2", "c3"]
    assert names_of("U11", *line) == []


def test_a_history_that_does_not_load_has_items_of_the_whole_alone() -> None:
    broken = replace(history(), problem=LoadProblem("no parent", FOLDER, 0))
    names = {each.name for each in check_items(broken)}
    assert "H2" in names
    assert not any("::" in each for each in names)


def test_a_finding_is_its_own_items_and_no_others() -> None:
    known = report(Stairway((trip("a1"), trip("b2", downgrade_failure=BROKEN), trip("c3"))))
    failed = [each.name for each in EVERY if find_verdict(each, known).fails]
    assert failed == ["D3::b2"]
    assert "it is so" in find_verdict(item("D3::b2"), known).findings[0].what


def test_a_check_whose_facts_are_missing_says_why() -> None:
    assert find_verdict(item("U1"), report()).not_judged == "its facts are missing"
    assert find_verdict(item("D2::a1"), report()).not_judged == "its facts are missing"


def test_a_revision_that_no_upgrade_got_to_is_not_judged() -> None:
    known = report(Stairway((trip("a1"),), unreached=("b2", "c3")))
    assert find_verdict(item("D2::a1"), known).not_judged == ""
    assert "its upgrade fails" in find_verdict(item("D2::b2"), known).not_judged
    assert "its upgrade fails" in find_verdict(item("U11::c3"), known).not_judged
    assert find_verdict(item("D1::b2"), known).not_judged == ""  # written: its source says so


def test_a_revision_that_was_not_run_is_not_judged() -> None:
    known = report(Stairway((trip("b2"), trip("c3"))), production=("a1",))
    assert "it was not run" in find_verdict(item("D3::a1"), known).not_judged
    assert find_verdict(item("D3::b2"), known).not_judged == ""


def test_where_no_walk_from_head_came_through_nothing_is_said_of_it() -> None:
    walk = DowngradeWalk(Start.EMPTY, downgraded=("c3",))
    known = report(Stairway(tuple(map(trip, ("a1", "b2", "c3")))), FullDowngrade((walk,)))
    assert find_verdict(item("D4::c3"), known).not_judged == ""
    assert "no walk down" in find_verdict(item("D4::b2"), known).not_judged


def test_revisions_that_a_stopped_walk_did_not_reach_are_not_judged() -> None:
    whole = DowngradeWalk(Start.EMPTY, downgraded=("c3", "b2", "a1"), planned=3)
    broken = DowngradeWalk(Start.SNAPSHOT, downgraded=("c3",), planned=2, broken_by=BROKEN)
    stairway = Stairway(tuple(map(trip, ("a1", "b2", "c3"))))
    known = report(stairway, FullDowngrade((whole, broken)), production=("a1",))
    reasons = {id: find_verdict(item(f"D4::{id}"), known).not_judged for id in ("a1", "b2", "c3")}
    assert "it stopped: " in reasons["b2"]
    assert (reasons["a1"], reasons["c3"]) == ("", "")


def test_what_a_check_of_the_whole_did_not_see_all_of_is_not_passed() -> None:
    fork = Fork(Start.EMPTY, ("b2", "c3"), 1, is_all=True, is_unreached=True)
    assert (
        "Alembic's own order fails, in this fork"
        in find_verdict(item("B1"), report(ForkOrders((fork,), 0))).not_judged
    )


def test_a_check_that_the_settings_skip_has_no_item() -> None:
    left = {each.code for each in check_items(LINE, ("D", "U8"))}
    assert {"H1", "U7"} <= left
    assert not left & {"D1", "D4", "U8"}


def test_what_another_check_reports_is_neither_passed_nor_reported_again() -> None:
    known = report(Stairway((trip("a1"), trip("b2", downgrade_failure=BROKEN), trip("c3"))))
    assert find_verdict(item("D2::b2"), known).not_judged == "D3 reports it"
    assert find_verdict(item("D2::a1"), known).not_judged == ""


def test_a_waived_finding_does_not_fail_its_item_and_is_there() -> None:
    waive = (Waiver("D3", "never back", revision="b2"),)
    found = find_verdict(
        item("D3::b2"), report(Stairway((trip("b2", downgrade_failure=BROKEN),)), waivers=waive)
    )
    assert not found.fails
    assert found.findings[0].waived == "never back"


@pytest.mark.parametrize("all_fail", [False, True])
def test_what_production_has_fails_only_where_that_is_asked_for(all_fail: bool) -> None:
    known = report(
        Stairway((trip("b2", downgrade_failure=BROKEN),)),
        production=("b2",),
        fails_on_applied=all_fail,
    )
    assert find_verdict(item("D3::b2"), known).fails is all_fail


# --- choosing ----------------------------------------------------------------------------


def test_a_name_means_a_check_or_a_revision_by_the_beginning_of_its_id() -> None:
    def meant(*names: str) -> list[str]:
        return [each.name for each in select_items(EVERY, names)]

    assert meant("U3") == ["U3"]
    assert meant("D2") == ["D2::a1", "D2::b2", "D2::c3"]
    assert meant("D2::b", "D2::b2", "H1") == ["H1", "D2::b2"]


@pytest.mark.parametrize("name", ["X1", "D2::z", "H1::a1", "d"])
def test_a_name_of_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        select_items(EVERY, [name])
    assert f"no test of the rehearsal is called {name}" in caught.value.what


def test_all_checks_are_asked_for_as_all() -> None:
    assert needed_codes(EVERY, EVERY) is None


def test_a_check_brings_those_that_it_yields_to() -> None:
    assert needed_codes([item("U3")], EVERY) == {"U3"}
    assert needed_codes([item("D2::a1")], EVERY) == {"D1", "D2", "D3"}


def test_a_check_yields_only_to_checks_that_there_are_and_are_of_revisions_as_itself_is() -> None:
    for check in CHECKS:
        others = [find_check(each) for each in check.yields_to]
        assert all(each is not None for each in others)
        assert all(
            (each is not None and each.applies_to is None) == (check.applies_to is None)
            for each in others
        )


def test_findings_shown_at_the_end_are_those_of_the_chosen_items() -> None:
    known = report(
        Stairway((trip("a1", downgrade_failure=BROKEN), trip("b2", downgrade_failure=BROKEN)))
    )
    assert [each.revision for each in findings_of_items(known, {"D3::b2", "D3::c3"})] == ["b2"]
    interrupted = replace(known, run=replace(known.run, interrupted=True))
    assert [each.revision for each in findings_of_items(interrupted, set())] == ["a1", "b2"]
