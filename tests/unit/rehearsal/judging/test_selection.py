"""What was typed after --checks, --skip and --since, and which facts that needs."""

from __future__ import annotations

import pytest

from alembic_rehearsal.core.values.errors import UsageError
from alembic_rehearsal.rehearsal.checks.all_checks import CHECKS, CODES
from alembic_rehearsal.rehearsal.facts.downgrade import Stairway
from alembic_rehearsal.rehearsal.facts.evidence import LoadedHistory
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.judging.selection import choose_checks, facts_for, resolve_since
from support.evidence import history, revision

LINE = history(revision("a1"), revision("b2", "a1"), revision("b3", "b2"), revision("c4", "b3"))


def family(letter: str) -> set[str]:
    return {code for code in CODES if code.startswith(letter)}


def test_without_options_every_check_is_chosen() -> None:
    assert choose_checks(None, None) is None


def test_codes_and_families_are_chosen_in_any_case() -> None:
    assert choose_checks("h1, D", None) == {"H1"} | family("D")


def test_what_is_skipped_is_taken_from_all_or_from_what_was_chosen() -> None:
    assert choose_checks(None, "d4,U") == set(CODES) - {"D4"} - family("U")
    assert choose_checks("D", "D4") == family("D") - {"D4"}


@pytest.mark.parametrize("option", [("D33", None), (None, "D33")])
def test_an_unknown_code_is_refused_with_the_nearest(option: tuple[str | None, str | None]) -> None:
    with pytest.raises(UsageError, match=r"no check or family 'D33' \(did you mean 'D3'"):
        choose_checks(*option)


@pytest.mark.parametrize("text", ["", " , "])
def test_an_option_that_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--checks names no check"):
        choose_checks(text, None)


def test_that_nothing_is_left_to_judge_is_refused() -> None:
    with pytest.raises(UsageError, match="no check is left to judge"):
        choose_checks("D3", "D")


def test_the_facts_are_those_that_the_chosen_checks_need_or_use() -> None:
    assert facts_for(Scope(frozenset({"H1"}))) == {LoadedHistory}
    assert facts_for(Scope(frozenset({"D1"}))) == {LoadedHistory, Stairway}
    assert facts_for(Scope()) == {kind for each in CHECKS for kind in (*each.needs, *each.uses)}


def test_since_leaves_out_a_revision_and_its_ancestors() -> None:
    found = resolve_since(Scope(since="b2"), LINE)
    assert (found.since, found.left_out) == ("b2", {"a1", "b2"})


def test_since_may_be_the_beginning_of_an_id() -> None:
    assert resolve_since(Scope(since="c"), LINE).since == "c4"


def test_an_id_is_itself_although_others_begin_with_it() -> None:
    known = history(revision("ab"), revision("abc", "ab"))
    assert resolve_since(Scope(since="ab"), known).left_out == {"ab"}


def test_a_beginning_that_several_have_is_refused_with_their_names() -> None:
    with pytest.raises(UsageError, match="'b' may be any of b2, b3"):
        resolve_since(Scope(since="b"), LINE)


def test_an_unknown_revision_is_refused_with_the_nearest() -> None:
    known = history(revision("4b1d0c7e92a5"))
    with pytest.raises(
        UsageError, match=r"'4b1d0c7e92a6' is not in the history \(did you mean '4b1d"
    ):
        resolve_since(Scope(since="4b1d0c7e92a6"), known)
