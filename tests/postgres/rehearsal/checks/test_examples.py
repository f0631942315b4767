"""Every check has a history that it rejects and one that it accepts; both are run here."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from alembic_rehearsal.rehearsal.checks.all_checks import CHECKS
from alembic_rehearsal.rehearsal.facts.findings import Severity
from alembic_rehearsal.rehearsal.judging.as_tests import check_items, find_verdict
from alembic_rehearsal.rehearsal.merge_shards import merge_reports
from alembic_rehearsal.snapshot.files import read_snapshot
from support.cli import rehearsal

ROOT = Path(__file__).parents[4]
EXAMPLES = ROOT / "examples"
SNAPSHOT = Path("snapshots/production.sql")
SEVERITIES = {each.code: each.severity for each in CHECKS}
CODES = tuple(SEVERITIES)


@cache
def rehearsed(code: str, side: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON report of one example, run once, from outside of it."""
    config = EXAMPLES / code / side / "alembic.ini"
    done = rehearsal("run", "--config", config, "--format", "json", folder=ROOT / "src")
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, report


def not_judged(report: dict[str, Any]) -> set[str]:
    return {each["code"] for each in report["not_judged"]}


@pytest.mark.parametrize("code", CODES)
def test_the_bad_example_yields_its_finding_and_no_other(code: str) -> None:
    exit_code, report = rehearsed(code, "bad")
    (finding,) = report["findings"]
    assert finding["code"] == code
    assert finding["fails"] is (SEVERITIES[code] is Severity.ERROR)
    assert Path(finding["path"]).is_relative_to(EXAMPLES)
    assert Path(finding["path"]).is_file()
    assert exit_code == finding["fails"]


@pytest.mark.parametrize("code", CODES)
def test_the_finding_of_the_bad_example_is_that_of_one_item(code: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(rehearsed(code, "bad")[1]))
    report = merge_reports([path], folder=ROOT / "src")
    found = [each for each in check_items(report.history) if find_verdict(each, report).findings]
    assert [each.code for each in found] == [code]


@pytest.mark.parametrize("code", CODES)
def test_the_good_example_is_judged_and_yields_no_finding(code: str) -> None:
    exit_code, report = rehearsed(code, "good")
    assert report["findings"] == []
    assert code not in not_judged(report)
    assert exit_code == 0


@pytest.mark.parametrize("side", ["bad", "good"])
@pytest.mark.parametrize("code", CODES)
def test_without_a_snapshot_nothing_is_said_about_production(code: str, side: str) -> None:
    has_snapshot = (EXAMPLES / code / side / "snapshots").exists()
    _, report = rehearsed(code, side)
    of_production = {"H3", "U2", "U3"} & not_judged(report)
    assert has_snapshot or of_production == {"H3", "U2", "U3"}


@pytest.mark.parametrize("codes", [("H3", "U2", "D5"), ("U3",)], ids="-".join)
def test_examples_of_one_production_have_one_schema(codes: tuple[str, ...]) -> None:
    paths = [EXAMPLES / code / side / SNAPSHOT for code in codes for side in ("bad", "good")]
    assert len({read_snapshot(path).sql for path in paths}) == 1


def test_no_other_example_has_a_snapshot() -> None:
    kept = {path.relative_to(EXAMPLES).parts[0] for path in EXAMPLES.glob(f"*/*/{SNAPSHOT}")}
    assert kept == {"H3", "H4", "H6", "U2", "U3", "U14", "D5"}


@pytest.mark.parametrize("side", ["bad", "good"])
def test_every_example_belongs_to_a_check(side: str) -> None:
    kept = {each.parent.name for each in EXAMPLES.glob(f"*/{side}")}
    assert kept == set(CODES)
