"""The report for programs: keys that stay, XML that parses, tables and annotations."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_rehearsal.core.settings.values import Waiver
from alembic_rehearsal.rehearsal.facts.findings import Severity
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.report.as_github import as_github
from alembic_rehearsal.rehearsal.report.as_json import as_json
from alembic_rehearsal.rehearsal.report.as_junit import as_junit
from alembic_rehearsal.rehearsal.report.as_markdown import as_markdown
from alembic_rehearsal.rehearsal.report.formats import FORMATS
from support.evidence import FOLDER, SERVER, finding, report

# Anything that a database or a person may have said.
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def loaded(**other: Any) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(as_json(report(finding(), **other), folder=FOLDER))
    return content


def test_json_has_the_keys_of_schema_version_1() -> None:
    content = loaded()
    assert content["schema_version"] == 1
    assert set(content) >= {"schema_version", "summary", "acts", "findings", "not_judged"}
    assert set(content["findings"][0]) >= {
        *("code", "title", "severity", "revision", "path", "line", "what", "why", "do"),
        *("applied", "waived", "fails"),
    }
    assert set(content["summary"]) >= {
        *("failed", "revisions", "heads", "production", "pending", "server", "server_origin"),
        *("note", "seconds"),
    }


def test_json_tells_the_finding() -> None:
    (found,) = loaded()["findings"]
    assert found["code"] == "D1"
    assert found["severity"] == "error"
    assert (found["path"], found["line"], found["revision"]) == ("versions/b2.py", 20, "b2")
    assert (found["applied"], found["waived"], found["fails"]) == (False, None, True)


def test_json_tells_a_finding_without_a_place_with_null() -> None:
    text = as_json(report(finding(path=None, line=0, revision="")), folder=FOLDER)
    (found,) = json.loads(text)["findings"]
    assert (found["path"], found["line"], found["revision"]) == (None, None, None)


def test_json_tells_the_whole() -> None:
    content = loaded(snapshot=None, server=None)
    assert content["summary"]["failed"] is True
    assert content["summary"]["production"] is None
    assert content["summary"]["server"] is None
    assert content["not_judged"] == [{"code": "U4", "title": "models equal", "why": "no models"}]
    assert content["acts"][1] == {
        "name": "compare",
        "seconds": 0.0,
        "skipped": "no models",
        "note": None,
    }


def test_json_tells_acts_cores_and_what_was_chosen() -> None:
    scope = Scope(frozenset({"D1"}), "a1", frozenset({"a1"}), (2, 8))
    content = loaded(scope=scope, cores=2, other_shard_checks=("D4",))
    assert (content["summary"]["cores"], content["summary"]["seed"]) == (2, None)
    assert content["scope"] == {
        "checks": ["D1"],
        "since": "a1",
        "left_out": ["a1"],
        "shard": [2, 8],
        "postgres": None,
    }
    assert content["in_another_shard"] == ["D4"]


def test_json_tells_waivers() -> None:
    waiver = Waiver("D3", "rolled forward only", revision="b2")
    text = as_json(
        report(finding(waived="old", fails=False), unneeded_waivers=(waiver,)), folder=FOLDER
    )
    content = json.loads(text)
    assert content["summary"]["waived"] == 1
    assert content["waivers_not_needed"] == [
        {"code": "D3", "revision": "b2", "object": None, "reason": "rolled forward only"}
    ]


def test_json_of_an_interrupted_run_says_so() -> None:
    assert loaded()["summary"]["interrupted"] is False
    assert loaded(interrupted=True)["summary"]["interrupted"] is True


def test_junit_has_an_error_for_an_interrupted_run() -> None:
    suite = ElementTree.fromstring(as_junit(report(interrupted=True), folder=FOLDER))
    assert suite.get("errors") == "1"
    assert len(list(suite.iter("error"))) == 1


def test_markdown_and_github_tell_the_reason_of_a_waiver() -> None:
    waived = finding(waived="nobody goes back", fails=False)
    assert "| waived: nobody goes back |" in as_markdown(report(waived), folder=FOLDER)
    text = as_github(report(waived), folder=FOLDER)
    assert text.startswith("::notice file=versions/b2.py,line=20,title=D1::")
    assert "%0Awaived: nobody goes back\n" in text


def test_junit_counts_failures_and_skipped() -> None:
    waived = finding(fails=False, waived="old")
    suite = ElementTree.fromstring(as_junit(report(finding(), waived), folder=FOLDER))
    assert suite.get("tests") == "3"
    assert suite.get("failures") == "1"
    assert suite.get("skipped") == "1"
    (failure,) = suite.iter("failure")
    assert failure.get("message") == "the downgrade does nothing."
    assert "versions/b2.py:20" in (failure.text or "")


def test_junit_tells_what_does_not_fail_as_output_of_a_passed_case() -> None:
    shown = [
        finding(severity=Severity.WARNING, fails=False),
        finding(applied=True, fails=False),
        finding(waived="nobody goes back", fails=False),
    ]
    suite = ElementTree.fromstring(as_junit(report(*shown), folder=FOLDER))
    warning, applied, waived = (each.text or "" for each in suite.iter("system-out"))
    lines = "the downgrade does nothing.\nversions/b2.py:20\nits objects stay behind.\nwrite it"
    assert warning == f"warning: {lines}"
    assert applied == f"error, applied: {lines}"
    assert waived == f"error, waived: {lines}\nwaived: nobody goes back"
    assert list(suite.iter("failure")) == []


@given(ANY_TEXT, ANY_TEXT)
def test_junit_is_well_formed_whatever_was_said(what: str, do: str) -> None:
    text = as_junit(report(finding(what=what, do=do)), folder=FOLDER)
    (failure,) = ElementTree.fromstring(text).iter("failure")
    assert failure.get("message") is not None


def test_markdown_is_one_row_a_finding() -> None:
    text = as_markdown(report(finding(what="a | b\nc", do="<b>x</b>"), finding()), folder=FOLDER)
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 4
    assert table[0] == "| check | counts as | where | what | do |"
    assert table[2] == "| D1 | error | `versions/b2.py:20` | a \\| b<br>c | &lt;b&gt;x&lt;/b&gt; |"
    assert "- not judged: U4 models equal: no models" in text


def test_markdown_says_what_counts_and_what_does_not() -> None:
    shown = [
        finding(),
        finding(severity=Severity.NOTE, fails=False),
        finding(applied=True, fails=False),
        finding(applied=True),
        finding(waived="old", fails=False),
    ]
    rows = as_markdown(report(*shown), folder=FOLDER).splitlines()[4:9]
    assert [row.split("|")[2].strip() for row in rows] == [
        *("error", "note", "error, applied", "error", "error, waived")
    ]


def test_markdown_without_findings_has_no_table() -> None:
    text = as_markdown(report(), folder=FOLDER)
    assert text.startswith("**Migration rehearsal:** clean")
    assert "|" not in text


def test_github_annotates_the_line() -> None:
    text = as_github(report(finding(what="100%\nof it")), folder=FOLDER)
    assert text.splitlines()[0] == (
        "::error file=versions/b2.py,line=20,title=D1::100%25%0Aof it%0Awrite it"
    )
    assert text.splitlines()[-1].startswith("::notice title=rehearsal::1 finding to mend")


def test_github_warns_of_what_does_not_fail() -> None:
    text = as_github(report(finding(fails=False, severity=Severity.WARNING)), folder=FOLDER)
    assert text.startswith("::warning file=")


def test_github_names_the_file_of_a_finding_without_a_line() -> None:
    text = as_github(report(finding(line=0)), folder=FOLDER)
    assert text.startswith("::error file=versions/b2.py,line=1,title=D1::")


def test_github_annotates_no_file_where_there_is_none() -> None:
    text = as_github(report(finding(path=None, line=0)), folder=FOLDER)
    assert text.startswith("::error title=D1::")


def test_github_escapes_what_would_end_a_property() -> None:
    path = FOLDER / "versions" / "a,b:c.py"
    text = as_github(report(finding(path=path)), folder=FOLDER)
    assert text.startswith("::error file=versions/a%2Cb%3Ac.py,line=20,")


@given(ANY_TEXT)
def test_github_is_one_line_a_finding(what: str) -> None:
    text = as_github(report(finding(what=what)), folder=FOLDER)
    assert text.count("\n") == 2
    assert "\r" not in text


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_tells_the_password_and_each_ends_its_last_line(name: str) -> None:
    text = FORMATS[name](report(finding()), folder=FOLDER)
    assert SERVER.password not in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
