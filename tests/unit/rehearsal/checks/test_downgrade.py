"""The checks of family D as pure functions: facts about downgrades in, findings out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from alembic_rehearsal.core.history.revisions import Downgrade, History
from alembic_rehearsal.core.project.steps import Direction, Failure
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.rehearsal.checks.all_checks import find_check
from alembic_rehearsal.rehearsal.facts.downgrade import (
    Divergence,
    DowngradeWalk,
    FullDowngrade,
    RoundTrip,
    Stairway,
)
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.findings import Finding, Severity
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.judging.judge import judge
from support.evidence import FOLDER, evidence, history, revision

LINE = history(revision("a1"), revision("b2", "a1"))
DOWN = Failure(
    'relation "notes" does not exist',
    "ProgrammingError",
    path=FOLDER / "versions" / "b2.py",
    line=31,
    revision="b2",
    direction=Direction.DOWN,
    statement="DROP TABLE notes",
    sqlstate="42P01",
)
UP = replace(DOWN, message='type "tier" already exists', direction=Direction.UP, statement="")
TIER = Difference("enum", "public.tier", Change.ADDED)
INDEX = Difference("index", "public.ix", Change.REMOVED)
NICK = Difference("column", "public.t.nick", Change.REMOVED)
DEFAULT = Difference("column", "public.t.n", Change.CHANGED, "default", "7", "8")


def trip(id: str = "b2", **other: Any) -> RoundTrip:
    return RoundTrip(id, **{"start": Start.EMPTY, "changed_schema": True, "wrote": True, **other})


def seen(*trips: RoundTrip, known: History = LINE, unreached: tuple[str, ...] = ()) -> Evidence:
    return evidence(known, Stairway(trips, unreached))


def reported(known: Evidence, *codes: str) -> list[Finding]:
    """The findings of family D; where `codes` are given, they must be those, in this order."""
    found = [each for each in judge(known)[0] if each.code[0] == "D"]
    assert not codes or [each.code for each in found] == list(codes)
    return found


def with_downgrade(kind: Downgrade, **other: Any) -> History:
    b2 = replace(revision("b2", "a1", downgrade=kind), **other)
    return history(revision("a1"), b2)


LOOKING = with_downgrade(Downgrade.REAL, inspects_database=True)


def test_round_trips_that_end_in_the_right_schemas_are_no_finding() -> None:
    assert reported(seen(trip("a1"), trip("b2"))) == []


# --- D1: an unwritten downgrade ----------------------------------------------------------


def test_an_empty_downgrade_names_what_it_leaves_behind() -> None:
    known = with_downgrade(Downgrade.EMPTY)
    (found,) = reported(seen(trip(downgrade_differences=(TIER, INDEX)), known=known), "D1")
    assert found.what == (
        "the downgrade does nothing, while the upgrade changes something: "
        "enum public.tier left behind; index public.ix lost."
    )


def test_an_empty_downgrade_of_what_left_the_schema_as_it_was_is_no_finding() -> None:
    known = with_downgrade(Downgrade.EMPTY)
    assert reported(seen(trip(changed_schema=False), known=known)) == []


def test_an_empty_downgrade_that_was_not_reached_is_not_condemned_unseen() -> None:
    known = with_downgrade(Downgrade.EMPTY)
    assert reported(seen(trip("a1"), known=known, unreached=("b2",))) == []


def test_rows_that_cannot_be_written_twice_are_reported_for_an_empty_downgrade() -> None:
    known = with_downgrade(Downgrade.EMPTY)
    (found,) = reported(seen(trip(changed_schema=False, reupgrade_failure=UP), known=known), "D3")
    assert "cannot be applied again after its own downgrade" in found.what


def test_a_missing_downgrade_is_a_finding_whatever_was_reached() -> None:
    known = with_downgrade(Downgrade.MISSING)
    reported(seen(trip(tried_downgrade=False), known=known), "D1")
    reported(seen(known=known, unreached=("a1", "b2")), "D1")


# --- D2: not exact -----------------------------------------------------------------------


def test_what_a_downgrade_leaves_and_loses_is_named() -> None:
    (found,) = reported(seen(trip(downgrade_differences=(TIER, INDEX, DEFAULT))), "D2")
    assert found.what == (
        "after its downgrade the schema is not what it was before: enum public.tier left "
        "behind; index public.ix lost; column public.t.n: default 7 became 8."
    )
    assert (found.path, found.line, found.revision) == (FOLDER / "versions" / "b2.py", 20, "b2")


def test_a_second_upgrade_that_ends_elsewhere_is_reported_in_words_that_fit() -> None:
    (found,) = reported(seen(trip(reupgrade_differences=(TIER, INDEX))), "D2")
    assert found.what == (
        "the second time it ends in another schema than the first: enum public.tier is there "
        "as well; index public.ix is missing."
    )


def test_what_was_left_explains_a_second_upgrade_that_differs() -> None:
    (found,) = reported(
        seen(trip(downgrade_differences=(TIER,), reupgrade_differences=(INDEX,))), "D2"
    )
    assert "public.ix" not in found.what


def test_the_same_from_both_starts_is_one_finding() -> None:
    reported(
        seen(
            trip(downgrade_differences=(TIER,)),
            trip(downgrade_differences=(TIER,), start=Start.SNAPSHOT),
        ),
        "D2",
    )


def test_what_only_one_start_shows_is_reported_as_well() -> None:
    reported(
        seen(
            trip(downgrade_differences=(TIER,)),
            trip(downgrade_differences=(INDEX,), start=Start.SNAPSHOT),
        ),
        "D2",
        "D2",
    )


# --- D3: a step that fails ---------------------------------------------------------------


def test_a_downgrade_that_fails_is_reported_at_its_line_with_statement_and_sqlstate() -> None:
    (found,) = reported(seen(trip(downgrade_failure=DOWN)), "D3")
    assert (found.path, found.line) == (DOWN.path, 31)
    assert found.what == (
        'b2 cannot be taken down: relation "notes" does not exist (SQLSTATE 42P01)\n'
        "statement: DROP TABLE notes"
    )


def test_an_upgrade_that_fails_on_what_was_left_is_one_finding_and_names_that() -> None:
    (found,) = reported(seen(trip(downgrade_differences=(TIER,), reupgrade_failure=UP)), "D3")
    assert found.what.endswith("\nafter the downgrade: enum public.tier left behind")


def test_a_downgrade_that_fails_from_both_starts_is_one_finding() -> None:
    reported(
        seen(trip(downgrade_failure=DOWN), trip(downgrade_failure=DOWN, start=Start.SNAPSHOT)),
        "D3",
    )


def test_what_a_downgrade_left_behind_is_named_with_the_operation_that_drops_it() -> None:
    one_way = 'raise NotImplementedError("...")   (in its downgrade, if there is no way back)'
    left, again, lost = (
        reported(seen(trip("b2", downgrade_differences=(TIER,))), "D2"),
        reported(seen(trip("b2", downgrade_differences=(TIER,), reupgrade_failure=UP)), "D3"),
        reported(seen(trip("b2", downgrade_differences=(INDEX,))), "D2"),
    )
    for (found,) in (left, again):
        assert found.do == f'op.execute("DROP TYPE public.tier")   (in its downgrade)\n{one_way}'
    assert lost[0].do == f"mend the downgrade\n{one_way}"


# --- D4: the walk from head --------------------------------------------------------------


def walk(
    *divergences: Divergence, round_trips: tuple[RoundTrip, ...] = (), **other: Any
) -> Evidence:
    return evidence(
        LINE,
        Stairway(round_trips, **other),
        FullDowngrade((DowngradeWalk(Start.EMPTY, divergences, ("b2", "a1")),)),
    )


def test_a_walk_with_the_schemas_of_the_upgrade_is_no_finding() -> None:
    assert reported(walk()) == []


def test_a_step_that_fails_in_a_walk_alone_is_a_finding() -> None:
    (found,) = reported(
        walk(Divergence("b2", Start.EMPTY, failure=DOWN), round_trips=(trip(),)), "D4"
    )
    assert found.what.startswith("b2 works alone; taken down in a walk from head it fails: rel")
    assert (found.path, found.line) == (DOWN.path, 31)


@pytest.mark.parametrize(("start", "up"), [(Start.EMPTY, "U1"), (Start.SNAPSHOT, "U2")])
def test_what_to_type_touches_no_database_but_those_of_a_rehearsal(start: Start, up: str) -> None:
    """DATABASE_URL may be production's where the remedy of a walk is pasted."""
    known = replace(walk(Divergence("b2", start, failure=DOWN)), config_option=" --config x.ini")
    (found,) = reported(known, "D4")
    first, second = found.do.splitlines()
    assert first.startswith("mend the downgrade of b2, or that of a newer revision")
    assert second.startswith(f"rehearsal run --checks {up},D4 --keep --config x.ini   (")
    assert "alembic downgrade" not in found.do


@pytest.mark.parametrize(
    ("is_up", "said"),
    [
        (False, "taken down in a walk from head it ends in another schema: index public.ix lost."),
        (
            True,
            "brought up again in a walk from head it ends in another schema: "
            "index public.ix is missing.",
        ),
    ],
)
def test_a_schema_that_differs_in_a_walk_alone_is_reported(is_up: bool, said: str) -> None:
    divergence = Divergence("b2", Start.EMPTY, differences=(INDEX,), on_the_way_up=is_up)
    (found,) = reported(walk(divergence), "D4")
    assert found.what == f"b2 works alone; {said}"
    assert found.line == 20


@pytest.mark.parametrize(
    "unsound",
    [
        trip(downgrade_failure=DOWN),
        trip(downgrade_differences=(TIER,)),
        trip(reupgrade_failure=UP),
        trip(reupgrade_differences=(TIER,)),
    ],
)
def test_what_a_single_step_has_shown_is_not_reported_again(unsound: RoundTrip) -> None:
    found = reported(walk(Divergence("b2", Start.EMPTY, failure=DOWN), round_trips=(unsound,)))
    assert [each.code for each in found] in (["D2"], ["D3"])


def test_a_revision_whose_upgrade_fails_by_itself_is_not_reported_for_a_walk() -> None:
    divergence = Divergence("b2", Start.EMPTY, failure=UP, on_the_way_up=True)
    assert reported(walk(divergence, unreached=("b2",))) == []


def test_a_revision_is_reported_once_however_often_it_diverges() -> None:
    divergences = [Divergence("b2", start, failure=DOWN) for start in Start]
    reported(
        walk(*divergences, Divergence("b2", Start.EMPTY, failure=UP, on_the_way_up=True)), "D4"
    )


# --- D5: what an upgrade found -----------------------------------------------------------


def test_a_downgrade_that_drops_what_its_upgrade_had_found_is_a_note() -> None:
    idle = trip(
        changed_schema=False,
        wrote=False,
        downgrade_differences=(NICK,),
        foreign_differences=(NICK,),
        start=Start.SNAPSHOT,
    )
    (found,) = reported(seen(trip(), idle, known=LOOKING), "D5")
    assert (found.severity, found.fails) == (Severity.NOTE, False)
    assert found.what == (
        "from the snapshot, its downgrade changes what its upgrade had not: "
        "column public.t.nick lost."
    )


def test_a_statement_that_made_nothing_leaves_an_upgrade_guarded() -> None:
    """CREATE INDEX IF NOT EXISTS is sent, and does nothing."""
    idle = trip(
        changed_schema=False,
        wrote=True,
        downgrade_differences=(INDEX,),
        foreign_differences=(INDEX,),
    )
    reported(seen(idle, known=LOOKING), "D5")


def test_an_upgrade_that_found_half_is_judged_by_the_other_half() -> None:
    half = trip(downgrade_differences=(NICK, TIER), foreign_differences=(NICK,))
    exact, note = reported(seen(half, known=LOOKING), "D2", "D5")
    assert "nick" not in exact.what
    assert "tier" not in note.what


def test_a_guarded_upgrade_that_was_idle_is_not_judged_by_a_downgrade_that_fails() -> None:
    idle = trip(changed_schema=False, wrote=False, downgrade_failure=DOWN)
    (found,) = reported(seen(idle, known=LOOKING), "D5")
    assert found.what.startswith(
        "from an empty database the upgrade had nothing to do, and its downgrade fails: rel"
    )


def test_a_guarded_upgrade_that_wrote_something_is_judged_by_a_downgrade_that_fails() -> None:
    reported(
        seen(trip(changed_schema=False, wrote=True, downgrade_failure=DOWN), known=LOOKING), "D3"
    )


def test_an_unguarded_upgrade_is_judged_by_all_that_its_downgrade_does() -> None:
    reported(
        seen(
            trip(
                changed_schema=False,
                wrote=False,
                downgrade_differences=(NICK,),
                foreign_differences=(NICK,),
            )
        ),
        "D2",
    )
    reported(seen(trip(changed_schema=False, wrote=False, downgrade_failure=DOWN)), "D3")


# --- what was not reached ----------------------------------------------------------------


def test_revisions_that_no_upgrade_got_to_are_said_to_be_not_judged() -> None:
    _, not_judged = judge(seen(trip("a1"), unreached=("b2",)))
    whys = {each.code: each.why for each in not_judged}
    said = {code for code, why in whys.items() if why == "not reached: b2"}
    assert said == {"D1", "D2", "D3", "D5", "U11"}


def test_where_all_were_reached_nothing_is_said_to_be_not_judged() -> None:
    _, not_judged = judge(seen(trip("a1"), trip("b2")))
    assert {"D1", "D2", "D3", "D5", "U11"}.isdisjoint(each.code for each in not_judged)


def test_the_checks_of_the_family_are_documented() -> None:
    assert all(find_check(f"D{number}") for number in range(1, 6))
