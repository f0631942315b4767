"""Findings of one group are merged into one, and waived one by one or all at once."""

from __future__ import annotations

import pytest

from alembic_rehearsal.core.project.model_answers import ModelDifference
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.settings.values import Waiver
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.findings import Finding
from alembic_rehearsal.rehearsal.facts.models import MetadataComparison, ModelSchemaComparison
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.judging.grouping import group_findings
from alembic_rehearsal.rehearsal.judging.judge import judge
from alembic_rehearsal.rehearsal.judging.waivers import unneeded_waivers
from support.evidence import evidence, history, revision

LINE = history(revision("a1"))


def default(number: int) -> Difference:
    name = f"public.t.c{number}"
    return Difference("column", name, Change.CHANGED, "default", str(number), "")


def compared(*differences: Difference, reported: tuple[ModelDifference, ...] = ()) -> Evidence:
    built = ModelSchemaComparison(Start.EMPTY, differences)
    return evidence(LINE, MetadataComparison(Start.EMPTY, reported), built)


def findings(known: Evidence, *waivers: Waiver) -> list[Finding]:
    found, _ = judge(known, waivers)
    return [each for each in group_findings(found) if each.code == "U5"]


def test_differences_of_one_kind_are_one_line_and_the_first_five_are_named() -> None:
    (found,) = findings(compared(*(default(number) for number in range(12))))
    assert found.object == "default of columns"
    assert found.what == (
        "12 x default of columns: "
        "public.t.c0 is 0 in the database, none in models; "
        "public.t.c1 is 1 in the database, none in models; "
        "public.t.c2 is 2 in the database, none in models; "
        "public.t.c3 is 3 in the database, none in models; "
        "public.t.c4 is 4 in the database, none in models ... and 7 more."
    )
    assert found.fails


def test_differences_of_two_kinds_are_two_lines() -> None:
    gone = Difference("index", "public.i", Change.REMOVED, first="definition btree (a)")
    lines = [each.what for each in findings(compared(default(1), gone, default(2)))]
    assert lines == [
        "2 x default of columns: public.t.c1 is 1 in the database, none in models; "
        "public.t.c2 is 2 in the database, none in models.",
        "indexes in the database alone: public.i btree (a).",
    ]


def test_a_single_one_keeps_its_object() -> None:
    (found,) = findings(compared(default(1)))
    assert (found.object, found.group) == ("column public.t.c1", "default of columns")


def test_a_waiver_of_one_object_leaves_the_others() -> None:
    waiver = Waiver("U5", "for old rows", object="column public.t.c1")
    first, second = findings(compared(default(1), default(2), default(3)), waiver)
    assert (first.object, first.waived, first.fails) == (waiver.object, "for old rows", False)
    assert second.what.startswith("2 x default of columns: public.t.c2")
    assert (second.waived, second.fails) == ("", True)


def test_a_waiver_of_the_group_covers_all_of_it() -> None:
    waiver = Waiver("U5", "later", object="default of columns")
    (found,) = findings(compared(default(1), default(2)), waiver)
    assert (found.waived, found.fails) == ("later", False)


def test_what_alembic_would_generate_is_one_line_an_operation_and_waived_thing_by_thing() -> None:
    columns = [ModelDifference("add_column", f"t.c{n}", f"column c{n}") for n in range(7)]
    index = ModelDifference("add_index", "ix", "index ix")
    known = compared(reported=(*columns, index))
    found, _ = judge(known, [Waiver("U4", "made by hand", object="t.c0")])
    waived, first, second = (each for each in group_findings(found) if each.code == "U4")
    assert (waived.what, waived.fails) == ("add_column: column c0.", False)
    assert first.what == (
        "6 x add_column: column c1; column c2; column c3; column c4; column c5 ... and 1 more."
    )
    assert first.fails
    assert second.what == "add_index: index ix."


def test_a_group_says_of_which_objects_it_is_made() -> None:
    (found,) = findings(compared(default(1), default(2)))
    assert found.objects == ("column public.t.c1", "column public.t.c2")
    (single,) = findings(compared(default(1)))
    assert single.objects == ("column public.t.c1",)


def test_waivers_of_single_objects_are_needed_while_these_differ() -> None:
    waivers = [Waiver("U5", "r", object=f"column public.t.c{number}") for number in range(3)]
    known = compared(default(0), default(1))
    found, _ = judge(known, waivers)
    assert len(list(group_findings(found))) == 1
    assert unneeded_waivers(waivers, known, found) == (waivers[2],)


@pytest.mark.parametrize(
    ("difference", "kind", "object"),
    [
        (default(1), "modify_default", "t.c1"),
        (default(1), "modify_default", "public.t.c1"),
        (Difference("index", 'public."Ix"', Change.REMOVED), "remove_index", "t.Ix"),
        (Difference("constraint", "public.t.ck", Change.REMOVED), "remove_constraint", "t.ck"),
        (
            Difference(
                "constraint",
                "public.t.t_a_fkey",
                Change.ADDED,
                second="definition FOREIGN KEY (a, b) REFERENCES u(a, b)",
            ),
            "add_fk",
            "t.(a, b)",
        ),
        (
            Difference("table", "public.t", Change.CHANGED, "comment", "", "ours"),
            "add_table_comment",
            "t",
        ),
    ],
)
def test_a_difference_that_alembic_reports_is_not_reported_again(
    difference: Difference, kind: str, object: str
) -> None:
    assert findings(compared(difference)) != []
    assert findings(compared(difference, reported=(ModelDifference(kind, object, ""),))) == []


def test_another_difference_of_the_same_object_is_reported() -> None:
    reported = (
        ModelDifference("modify_type", "t.c1", ""),
        ModelDifference("modify_default", "t.c", ""),
    )
    assert len(findings(compared(default(1), reported=reported))) == 1


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (
            Difference("column", "t.a", Change.CHANGED, "not null", "yes", ""),
            "not null of columns: t.a is not null in the database, nullable in models.",
        ),
        (
            Difference("enum", "mood", Change.CHANGED, "value", "", "'x' at the front"),
            "value of enums: mood has 'x' at the front in models, not in the database.",
        ),
        (
            Difference("constraint", "t.a", Change.CHANGED, "name", "t.a", "t.b"),
            "name of constraints: t.a is t.a in the database, t.b in models.",
        ),
    ],
)
def test_a_difference_says_both_sides(difference: Difference, text: str) -> None:
    (found,) = findings(compared(difference))
    assert found.what == text
