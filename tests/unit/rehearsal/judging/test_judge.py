"""From facts to findings: their order, what was left out, what is in another shard, waivers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from alembic_rehearsal.core.history.revisions import Downgrade
from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.settings.values import Waiver
from alembic_rehearsal.rehearsal.facts.downgrade import RoundTrip, Stairway
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.report import RehearsalRun
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import (
    StartComparison,
    UpgradeFromEmpty,
    UpgradeFromSnapshot,
)
from alembic_rehearsal.rehearsal.judging.judge import build_report, judge
from alembic_rehearsal.rehearsal.judging.waivers import unneeded_waivers
from support.evidence import evidence, history, revision, walked

LINE = history(revision("a1"), revision("b2", "a1"), revision("c3", "b2"))
BROKEN = Failure("it is so", "ProgrammingError", revision="b2")


def trip(id: str, **other: Any) -> RoundTrip:
    return RoundTrip(id, Start.EMPTY, changed_schema=True, wrote=True, **other)


def codes(known: Evidence) -> list[tuple[str, str]]:
    return [(each.code, each.revision) for each in judge(known)[0]]


def test_findings_are_in_the_order_of_the_history_and_then_of_the_checks() -> None:
    trips = (trip("c3", downgrade_failure=BROKEN), trip("a1", downgrade_failure=BROKEN))
    known = evidence(
        LINE,
        Stairway(trips),
        UpgradeFromEmpty(walked("a1", failure=BROKEN)),
        StartComparison((Difference("index", "public.ix", Change.ADDED),)),
        production=("z9",),
    )
    assert codes(known) == [("H3", "z9"), ("D3", "a1"), ("U1", "b2"), ("D3", "c3"), ("U3", "")]


def test_only_the_chosen_checks_judge_and_the_others_are_not_named() -> None:
    known = replace(evidence(LINE), scope=Scope(frozenset({"H1", "U1"})))
    findings, not_judged = judge(known)
    assert findings == ()
    assert [each.code for each in not_judged] == ["U1"]


def test_nothing_is_said_of_a_revision_that_was_left_out() -> None:
    trips = Stairway((trip("a1", downgrade_failure=BROKEN), trip("b2", downgrade_failure=BROKEN)))
    known = replace(evidence(LINE, trips), scope=Scope(since="a1", left_out=frozenset({"a1"})))
    assert codes(known) == [("D3", "b2")]


def test_an_upgrade_that_fails_is_reported_although_its_revision_was_left_out() -> None:
    known = evidence(LINE, UpgradeFromEmpty(walked("a1", failure=BROKEN)))
    known = replace(known, scope=Scope(since="b2", left_out=frozenset({"a1", "b2"})))
    assert codes(known) == [("U1", "b2")]


def test_a_check_whose_facts_another_shard_makes_is_there_and_not_unjudged() -> None:
    known = replace(evidence(LINE), other_shard_facts=frozenset({Stairway}), is_complete=False)
    report = build_report(RehearsalRun(known, (), None, 1.0))
    assert "D3" in report.other_shard_checks
    assert "D3" not in {each.code for each in report.not_judged}
    assert "U1" in {each.code for each in report.not_judged}


def test_an_empty_downgrade_that_nobody_has_looked_at_is_not_judged() -> None:
    known = history(
        revision("a1", downgrade=Downgrade.EMPTY), revision("b2", "a1", downgrade=Downgrade.MISSING)
    )
    skipped = replace(evidence(known), skipped={Stairway: "no server"})
    for each in (skipped, replace(skipped, is_complete=False)):
        assert codes(each) == [("D1", "b2")]
        assert [missing.why for missing in judge(each)[1] if missing.code == "D1"] == [
            "whether the empty downgrade of a1 leaves anything: no server"
        ]
    elsewhere = replace(evidence(known), other_shard_facts=frozenset({Stairway}))
    assert "D1" not in {missing.code for missing in judge(elsewhere)[1]}
    idle_waiver = Waiver("D1", "rows alone", revision="a1")
    assert idle(skipped, idle_waiver) == ()


# --- waivers -----------------------------------------------------------------------------

OF_B2 = Waiver("D3", "rolled forward only", revision="b2")
SOUND = Stairway((trip("a1"), trip("b2"), trip("c3")))


def idle(known: Evidence, *waivers: Waiver) -> tuple[Waiver, ...]:
    findings, _ = judge(known, waivers)
    return unneeded_waivers(waivers, known, findings)


def test_a_waiver_of_what_is_sound_again_is_not_needed_any_more() -> None:
    assert idle(evidence(LINE, SOUND), OF_B2) == (OF_B2,)


def test_a_waiver_that_waives_something_is_needed() -> None:
    assert idle(evidence(LINE, Stairway((trip("b2", downgrade_failure=BROKEN),))), OF_B2) == ()


def test_a_waiver_of_an_object_is_not_needed_when_the_object_is_gone() -> None:
    waiver = Waiver("U3", "by hand", object="index public.ix")
    differs = StartComparison((Difference("index", "public.ix", Change.ADDED),))
    assert idle(evidence(LINE, StartComparison(()), production=("a1",)), waiver) == (waiver,)
    assert idle(evidence(LINE, differs, production=("a1",)), waiver) == ()


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(evidence(LINE), id="not judged"),
        pytest.param(replace(evidence(LINE, SOUND), is_complete=False), id="in a shard"),
        pytest.param(
            replace(evidence(LINE, SOUND), scope=Scope(frozenset({"D2"}))), id="another check"
        ),
        pytest.param(
            replace(evidence(LINE, SOUND), scope=Scope(left_out=frozenset({"a1", "b2"}))),
            id="left out",
        ),
        pytest.param(evidence(LINE, Stairway((trip("a1"),), ("b2", "c3"))), id="not reached"),
        pytest.param(
            evidence(LINE, SOUND, UpgradeFromEmpty(walked(failure=replace(BROKEN, revision="a1")))),
            id="behind one that fails",
        ),
    ],
)
def test_nothing_is_said_of_a_waiver_that_could_not_be_seen_at_work(known: Evidence) -> None:
    assert idle(known, OF_B2) == ()


def test_what_production_has_counts_as_reached_from_the_snapshot() -> None:
    failed = UpgradeFromSnapshot(walked(failure=replace(BROKEN, revision="c3")))
    assert idle(evidence(LINE, SOUND, failed, production=("b2",)), OF_B2) == (OF_B2,)
