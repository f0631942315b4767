"""Checks as pure functions: evidence made by hand in, findings out."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from alembic_rehearsal.core.history.revisions import Downgrade, LoadProblem
from alembic_rehearsal.core.project.model_answers import (
    ModelDifference,
    UnimportableModule,
    UnimportedModels,
    UnimportedTable,
)
from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.settings.values import Waiver
from alembic_rehearsal.core.values.errors import UsageError
from alembic_rehearsal.rehearsal import checks
from alembic_rehearsal.rehearsal.checks.all_checks import CHECKS, find_check
from alembic_rehearsal.rehearsal.checks.check import Check
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.findings import Finding, Severity
from alembic_rehearsal.rehearsal.facts.models import MetadataComparison
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import (
    StartComparison,
    UpgradeFromEmpty,
    UpgradeFromSnapshot,
)
from alembic_rehearsal.rehearsal.judging.judge import judge
from alembic_rehearsal.rehearsal.judging.waivers import expect_known_revisions
from support.evidence import FOLDER, evidence, history, revision, walked

LINE = history(revision("a1"), revision("b2", "a1"))
EXISTS = Failure(
    message='column "phone" already exists',
    kind="ProgrammingError",
    path=FOLDER / "versions" / "b2.py",
    line=13,
    revision="b2",
    statement="\nALTER TABLE t ADD COLUMN phone text",
    sqlstate="42701",
)


def check(code: str) -> Check:
    found = find_check(code)
    assert found is not None
    return found


def findings(code: str, known: Evidence) -> list[Finding]:
    return list(check(code).judge(known))


# --- what every check is -----------------------------------------------------------------


@pytest.mark.parametrize("each", CHECKS, ids=lambda each: each.code)
def test_every_check_is_documented_in_whole_sentences(each: Check) -> None:
    assert each.rule.endswith(".")
    for text in (each.why, each.remedy):
        assert text.endswith(".")
    for text in (each.title, each.source):
        assert text
        assert not text.endswith(".")


def test_every_code_is_there_once() -> None:
    codes = [each.code for each in CHECKS]
    assert sorted(set(codes)) == sorted(codes)


def test_a_check_is_found_by_its_code_in_any_case() -> None:
    assert find_check("d1") is find_check("D1")
    assert find_check("D99") is None


# --- family H ----------------------------------------------------------------------------


def test_one_head_is_no_finding() -> None:
    assert findings("H1", evidence(LINE)) == []


def test_two_heads_are_one_finding_and_name_both_revisions() -> None:
    known = history(revision("a1"), revision("b2", "a1"), revision("c3", "a1"))
    (found,) = findings("H1", evidence(known))
    assert found.what == "2 heads: b2, c3."
    assert found.do == "alembic merge -m 'join heads' b2 c3"
    assert (found.revision, found.path) == ("c3", FOLDER / "versions" / "c3.py")


def test_an_empty_history_has_no_head_and_no_finding() -> None:
    assert findings("H1", evidence(history())) == []


def test_a_problem_while_loading_is_a_finding_at_its_place() -> None:
    problem = LoadProblem("SyntaxError: invalid syntax", FOLDER / "versions" / "b2.py", 4, "b2")
    (found,) = findings("H2", evidence(replace(history(), problem=problem)))
    assert (found.path, found.line, found.revision) == (problem.path, 4, "b2")
    assert found.what == problem.message


def test_a_history_that_loads_is_no_finding() -> None:
    assert findings("H2", evidence(LINE)) == []


def test_a_production_revision_that_the_history_lacks_is_a_finding() -> None:
    (found,) = findings("H3", evidence(LINE, production=("c3",)))
    assert found.what == (
        "the snapshot is at revision c3, which the history does not contain (head: b2)."
    )
    assert found.path == FOLDER / "snapshots" / "production.sql"


@pytest.mark.parametrize("production", [(), ("a1",), ("b2",)])
def test_known_revisions_and_none_are_no_finding(production: tuple[str, ...]) -> None:
    assert findings("H3", evidence(LINE, production=production)) == []


# --- family U ----------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "fact"), [("U1", UpgradeFromEmpty), ("U2", UpgradeFromSnapshot)])
def test_an_upgrade_that_gets_to_head_is_no_finding(code: str, fact: type) -> None:
    assert findings(code, evidence(LINE, fact(walked("b2")))) == []


@pytest.mark.parametrize(("code", "fact"), [("U1", UpgradeFromEmpty), ("U2", UpgradeFromSnapshot)])
def test_a_failing_upgrade_names_place_statement_and_message(code: str, fact: type) -> None:
    (found,) = findings(code, evidence(LINE, fact(walked("a1", failure=EXISTS))))
    assert (found.path, found.line, found.revision) == (EXISTS.path, 13, "b2")
    assert found.what.endswith(
        'upgrade of b2 fails: column "phone" already exists (SQLSTATE 42701)\n'
        "statement: ALTER TABLE t ADD COLUMN phone text"
    )


@pytest.mark.parametrize("production", [None, ("a1",)])
def test_what_nobody_has_applied_is_to_be_mended(production: tuple[str, ...] | None) -> None:
    failed = UpgradeFromEmpty(walked("a1", failure=EXISTS))
    known = replace(evidence(LINE, failed, production=production), config_option=" --config x.ini")
    (found,) = findings("U1", known)
    assert found.do == "mend b2, then: rehearsal run --config x.ini"


def test_what_production_has_applied_can_only_be_declared() -> None:
    failed = UpgradeFromEmpty(walked("a1", failure=EXISTS))
    known = replace(evidence(LINE, failed, production=("b2",)), config_option=" --config x.ini")
    (found,) = findings("U1", known)
    assert found.do.startswith("rehearsal-init --from-snapshot --config x.ini   (")
    assert "replayable = false in [tool.rehearsal]" in found.do


@pytest.mark.parametrize(("code", "fact"), [("U1", UpgradeFromEmpty), ("U2", UpgradeFromSnapshot)])
def test_an_upgrade_that_left_nothing_in_the_version_table_is_a_finding(
    code: str, fact: type
) -> None:
    (found,) = findings(code, evidence(LINE, fact(walked())))
    assert "the version table holds nothing instead of b2" in found.what


def test_a_failure_without_sql_has_no_sqlstate_and_no_statement() -> None:
    failure = Failure("KeyError: 'x'", "KeyError", EXISTS.path, 9, "b2")
    (found,) = findings("U2", evidence(LINE, UpgradeFromSnapshot(walked("a1", failure=failure))))
    assert found.what == "on production's schema upgrade of b2 fails: KeyError: 'x'"


def test_each_difference_between_both_starts_is_a_finding_and_says_which_has_it() -> None:
    differences = (
        Difference("index", "public.ix", Change.ADDED),
        Difference("table", "public.t", Change.REMOVED),
    )
    first, second = findings("U3", evidence(LINE, StartComparison(differences), production=("a1",)))
    end = ", when upgraded from production instead of built from empty."
    assert first.what == f"index public.ix is new{end}"
    assert second.what == f"table public.t is gone{end}"
    assert first.path == FOLDER / "snapshots" / "production.sql"


def test_each_difference_from_the_models_names_what_it_is_about() -> None:
    column = ModelDifference("add_column", "t.c", "column t.c is in the models")
    index = ModelDifference("add_index", "t.ix", "index t.ix is in the models")
    found = findings("U4", evidence(LINE, MetadataComparison(Start.SNAPSHOT, (column, index))))
    assert [(each.object, each.group, each.what) for each in found] == [
        ("t.c", "add_column", column.text),
        ("t.ix", "add_index", index.text),
    ]


def test_a_module_that_does_not_import_is_named_with_the_line_that_looks_like_a_table() -> None:
    orders, bills = (FOLDER / "app" / name for name in ("orders.py", "bills.py"))
    table = UnimportedTable("orders", "app.orders", orders, 7)
    broken = UnimportableModule("app.bills", bills, 9, "No module named 'tax'")
    imports = UnimportedModels(("app",), (table,), (broken,), FOLDER / "app" / "__init__.py")
    (found,) = findings("U6", evidence(LINE, imports))
    assert found.what.splitlines()[1] == (
        "not known of app.bills (app/bills.py:9), which cannot be imported: No module named 'tax'"
    )


# --- family D ----------------------------------------------------------------------------


def test_a_missing_downgrade_is_a_finding() -> None:
    known = history(revision("a1"), revision("b2", "a1", downgrade=Downgrade.MISSING, line=7))
    (found,) = findings("D1", evidence(known))
    said = "the revision has no downgrade function: `alembic downgrade` stops there."
    assert (found.what, found.line, found.revision) == (said, 7, "b2")


@pytest.mark.parametrize("downgrade", [Downgrade.REAL, Downgrade.ONE_WAY])
def test_a_written_or_declared_downgrade_is_no_finding(downgrade: Downgrade) -> None:
    assert findings("D1", evidence(history(revision("a1", downgrade=downgrade)))) == []


def test_a_merge_needs_no_downgrade() -> None:
    merge = revision("c3", "a1", "b2", downgrade=Downgrade.EMPTY, upgrades=False)
    assert findings("D1", evidence(history(revision("a1"), revision("b2"), merge))) == []


def test_a_command_to_type_names_the_project_that_it_is_for() -> None:
    """A remedy that is pasted must not mean the alembic.ini of another folder."""
    own = r"rehearsal (run|migrate|env|schema|snapshot)\b|rehearsal-init --"
    assert [each for each in lines_with(own, 8) if "config_option}" not in each] == []
    commands = "check|current|heads|history|merge|revision|stamp|upgrade"
    theirs = rf"(?<!`)\balembic}}? ({commands})\b"
    assert [each for each in lines_with(theirs, 7) if "alembic} " not in each] == []


def lines_with(typed: str, at_least: int) -> list[str]:
    """The lines of the checks' source with what a remedy may say; texts in backticks explain."""
    lines = [
        f"{path.name}: {line.strip()}"
        for path in (Path(checks.__file__).parent).glob("*.py")
        for line in path.read_text().splitlines()
        if re.search(typed, line) and "source=" not in line
    ]
    assert len(lines) >= at_least
    return lines


# --- judging -----------------------------------------------------------------------------

TWO_MISSING = history(
    revision("a1", downgrade=Downgrade.MISSING), revision("b2", "a1", downgrade=Downgrade.MISSING)
)


def test_a_check_without_its_facts_is_not_judged_and_says_why() -> None:
    known = replace(
        evidence(LINE), skipped={UpgradeFromSnapshot: "no snapshot: production is unknown"}
    )
    _, not_judged = judge(known)
    reasons = {each.code: each.why for each in not_judged}
    assert reasons["U2"] == "no snapshot: production is unknown"
    assert reasons["U1"] == "its facts are missing"
    assert {"H1", "H2", "D1"}.isdisjoint(reasons)


def test_without_a_snapshot_nobody_can_say_whether_productions_revision_is_known() -> None:
    _, not_judged = judge(evidence(LINE))
    assert "H3" in {each.code for each in not_judged}


def test_of_a_history_that_does_not_load_only_that_is_judged() -> None:
    problem = LoadProblem("SyntaxError: invalid syntax", FOLDER / "versions" / "b2.py", 4, "b2")
    found, not_judged = judge(evidence(replace(history(), problem=problem), production=("a1",)))
    assert [each.code for each in found] == ["H2"]
    assert {each.code for each in not_judged} == {each.code for each in CHECKS} - {"H2"}


def test_a_finding_carries_the_data_of_its_check() -> None:
    (found, _), _ = judge(evidence(TWO_MISSING))
    assert (found.code, found.title, found.why) == ("D1", check("D1").title, check("D1").why)
    assert found.severity is Severity.ERROR


def test_without_a_snapshot_every_finding_fails() -> None:
    found, _ = judge(evidence(TWO_MISSING))
    assert [(each.revision, each.applied, each.fails) for each in found] == [
        ("a1", False, True),
        ("b2", False, True),
    ]


def test_what_production_has_is_shown_and_does_not_fail() -> None:
    found, _ = judge(evidence(TWO_MISSING, production=("a1",)))
    assert [(each.revision, each.applied, each.fails) for each in found] == [
        ("a1", True, False),
        ("b2", False, True),
    ]


def test_with_all_what_production_has_fails_too() -> None:
    found, _ = judge(evidence(TWO_MISSING, production=("b2",)), all_fail=True)
    assert [(each.applied, each.fails) for each in found] == [(True, True), (True, True)]


def test_what_a_new_revision_can_mend_fails_although_production_is_at_head() -> None:
    column = ModelDifference("add_column", "t.c", "column c")
    index = Difference("index", "public.ix", Change.ADDED)
    facts = (MetadataComparison(Start.SNAPSHOT, (column,)), StartComparison((index,)))
    found, _ = judge(evidence(LINE, *facts, production=("b2",)))
    assert [(each.code, each.applied, each.fails) for each in found] == [
        ("U3", False, True),
        ("U4", False, True),
    ]


def test_a_second_head_fails_although_production_has_the_other() -> None:
    known = history(revision("a1"), revision("b2", "a1"), revision("c3", "a1"))
    (found,), _ = judge(evidence(known, production=("c3",)))
    assert (found.code, found.fails) == ("H1", True)


def test_an_upgrade_that_was_not_committed_fails_although_production_is_at_head() -> None:
    (found,), _ = judge(evidence(LINE, UpgradeFromSnapshot(walked()), production=("b2",)))
    assert (found.code, found.fails) == ("U2", True)


def test_a_waiver_holds_for_one_check_and_one_revision() -> None:
    waivers = (
        Waiver("D1", "nobody goes back", revision="b2"),
        Waiver("U1", "another check", revision="a1"),
    )
    found, _ = judge(evidence(TWO_MISSING), waivers)
    assert [(each.revision, each.waived, each.fails) for each in found] == [
        ("a1", "", True),
        ("b2", "nobody goes back", False),
    ]


def test_a_waiver_of_a_revision_that_nobody_knows_is_refused() -> None:
    known = evidence(LINE, production=("z9",))
    expect_known_revisions(
        (Waiver("D1", "old", revision="b2"), Waiver("H3", "on its way", revision="z9")), known
    )
    with pytest.raises(UsageError, match="names the revision 'c3'"):
        expect_known_revisions((Waiver("D1", "old", revision="c3"),), known)


def test_a_waived_finding_does_not_fail_with_all_either() -> None:
    waivers = (Waiver("D1", "old", revision="a1"), Waiver("D1", "old", revision="b2"))
    found, _ = judge(evidence(TWO_MISSING, production=("a1",)), waivers, all_fail=True)
    assert not any(each.fails for each in found)


def test_paths_of_findings_are_absolute() -> None:
    found, _ = judge(evidence(TWO_MISSING))
    assert all(isinstance(each.path, Path) and each.path.is_absolute() for each in found)
