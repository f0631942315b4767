"""What facts leave open: checks that were judged in part, and of what they were not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.settings.values import Waiver
from alembic_rehearsal.rehearsal.facts.branches import Clash, Fork, ForkOrders
from alembic_rehearsal.rehearsal.facts.downgrade import (
    Divergence,
    DowngradeWalk,
    FullDowngrade,
    RoundTrip,
    Stairway,
)
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.judging.judge import judge
from alembic_rehearsal.rehearsal.judging.waivers import unneeded_waivers
from support.evidence import evidence, history, revision

LINE = history(revision("a1"), revision("b2", "a1"), revision("c3", "b2"))
FAILURE = Failure("no", "E", revision="a1")
SOUND = Fork(Start.EMPTY, ("b2", "c3"), order_count=2)


def not_judged(known: Evidence, code: str) -> list[str]:
    return [each.why for each in judge(known)[1] if each.code == code]


def test_what_no_upgrade_got_to_is_not_judged_by_what_looks_at_each_revision() -> None:
    known = evidence(LINE, Stairway((), ("b2", "c3")))
    assert not_judged(known, "D2") == ["not reached: b2, c3"]
    assert not_judged(known, "H1") == []


def test_a_walk_down_that_broke_off_is_not_judged_from_its_start() -> None:
    """The findings from the other start are still reported."""
    lost = Failure("env.py kept nothing of it", "NotKept", revision="b2")
    divergence = Divergence("c3", Start.EMPTY, failure=Failure("no", "E", revision="c3"))
    walks = (
        DowngradeWalk(Start.EMPTY, (divergence,), ("c3",)),
        DowngradeWalk(Start.SNAPSHOT, broken_by=lost),
    )
    known = evidence(LINE, Stairway(()), FullDowngrade(walks))
    assert [(each.code, each.revision) for each in judge(known)[0]] == [("D4", "c3")]
    assert not_judged(known, "D4") == [
        "from the snapshot, it stopped: upgrade of b2 fails: env.py kept nothing of it"
    ]
    assert not_judged(known, "D3") == []


# --- what somebody ended -----------------------------------------------------------------


def test_what_an_interruption_came_before_is_not_judged_and_findings_are_reported() -> None:
    broken = RoundTrip(
        "a1", Start.EMPTY, changed_schema=True, wrote=True, downgrade_failure=FAILURE
    )
    known = evidence(LINE, Stairway((broken,), missed=("b2", "c3")), FullDowngrade(()))
    assert [(each.code, each.revision) for each in judge(known)[0]] == [("D3", "a1")]
    for code in ("D2", "D3", "D4"):
        assert not_judged(known, code) == ["interrupted before b2, c3"]


def test_an_interrupted_walk_down_says_how_far_it_came() -> None:
    way = DowngradeWalk(Start.EMPTY, downgraded=("c3",), planned=3, is_interrupted=True)
    known = evidence(LINE, Stairway(()), FullDowngrade((way,)))
    assert not_judged(known, "D4") == [
        "from an empty database, interrupted: 1 of 3 revisions were taken down"
    ]


def test_an_interrupted_fork_says_after_how_many_orders() -> None:
    fork = Fork(Start.EMPTY, ("b2", "c3"), order_count=1, is_all=False, is_interrupted=True)
    assert not_judged(evidence(LINE, ForkOrders((fork,))), "B1") == [
        "from an empty database, the fork of b2, c3: interrupted after 1 order"
    ]


def test_what_one_shard_was_kept_from_is_not_judged_of_the_whole() -> None:
    known = replace(evidence(LINE, Stairway(())), skipped={Stairway: "interrupted"})
    assert not_judged(known, "D2") == ["one shard: interrupted"]


# --- forks -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flag", "why"),
    [
        ("is_unreached", "Alembic's own order fails, in this fork or before it"),
        ("is_nondeterministic", "the same order ends in another schema each time"),
    ],
)
def test_a_fork_without_a_reliable_order_to_compare_with_is_not_judged(flag: str, why: str) -> None:
    fork = Fork(Start.SNAPSHOT, ("b2", "c3"), **{flag: True})
    known = evidence(LINE, ForkOrders((SOUND, fork)))
    assert not_judged(known, "B1") == [f"from the snapshot, the fork of b2, c3: {why}"]


def test_other_forks_are_judged_all_the_same() -> None:
    clashing = Fork(Start.EMPTY, ("b2", "c3"), order_count=2, clashes=(Clash("b2", "c3"),))
    known = evidence(
        LINE, ForkOrders((clashing, Fork(Start.SNAPSHOT, ("b2", "c3"), is_unreached=True)))
    )
    assert [each.code for each in judge(known)[0]] == ["B1"]
    assert len(not_judged(known, "B1")) == 1


def test_a_waiver_is_not_called_unneeded_where_it_could_not_be_seen_at_work() -> None:
    waiver = Waiver("B1", "both are deployed", revision="c3")
    judged, unjudged = (evidence(LINE, ForkOrders((each,))) for each in (SOUND, _unsteady(SOUND)))
    assert unneeded_waivers((waiver,), judged, ()) == (waiver,)
    assert unneeded_waivers((waiver,), unjudged, ()) == ()


def _unsteady(fork: Fork) -> Fork:
    return Fork(fork.start, fork.revisions, is_nondeterministic=True)
