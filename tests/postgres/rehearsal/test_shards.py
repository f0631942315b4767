"""Shards that are joined give the report of a whole run; a run in part says what was chosen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from sample.commands import CHECKOUT, copy_of_the_project
from support.cli import rehearsal
from support.projects import rev, table, write_project
from support.snapshots import production

SHARDS = 3


def make_sample(folder: Path) -> None:
    copy_of_the_project(folder)
    shutil.copytree(CHECKOUT / "snapshots", folder / "snapshots")
    (folder / "snapshots" / "history.lock").unlink()  # which every edit would meet


def make_broken(folder: Path) -> None:
    """Downgrades that fail, leave things or do nothing; one that moves rows; a second head."""
    revisions = [
        table("a1", "customers"),
        rev("b2", ddl("CREATE TABLE orders (id int); CREATE INDEX oi ON orders (id)"), undo="pass"),
        rev("c3", ddl("INSERT INTO customers VALUES (1)"), undo="pass"),
        rev("d4", ddl("CREATE TABLE notes (id int)"), ddl("DROP TABLE note")),
        rev(
            "e5",
            ddl("CREATE TYPE mood AS ENUM ('a'); CREATE TABLE m (m mood)"),
            ddl("DROP TABLE m"),
        ),
        table("f6", "bills"),
        rev(
            "g7",
            ddl("ALTER TABLE bills ADD COLUMN n int; CREATE INDEX bn ON bills (n)"),
            ddl("DROP INDEX bn"),
        ),
        table("h8", "left_over", down="f6"),
    ]
    write_project(folder, revisions)
    production(folder)
    waiver = '{code = "D3", revision = "d4", reason = "rolled forward only"}'
    old = '{code = "D3", revision = "f6", reason = "was so once"}'
    (folder / "rehearsal.toml").write_text(f"waive = [{waiver}, {old}]\n")


def ddl(sql: str) -> str:
    return f"op.execute({sql!r})"


def report(folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    done = rehearsal("run", "--format", "json", *options, folder=folder)
    assert done.stdout, done.stderr
    content: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, content


def comparable(content: dict[str, Any]) -> dict[str, Any]:
    """A report without its times and without the data for merging."""
    summary = {
        name: value
        for name, value in content["summary"].items()
        if name not in ("seconds", "parts")
    }
    acts = [(each["name"], each["skipped"]) for each in content["acts"]]
    return {**content, "summary": summary, "acts": acts, "held": None}


@pytest.mark.parametrize("make", [make_sample, make_broken])
def test_the_joined_shards_give_the_report_of_a_whole_run(tmp_path: Path, make: Any) -> None:
    make(tmp_path)
    code, whole = report(tmp_path)
    paths = []
    for number in range(1, SHARDS + 1):
        _, part = report(tmp_path, "--shard", f"{number}/{SHARDS}")
        assert part["scope"]["shard"] == [number, SHARDS]
        assert part["in_another_shard"]
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_text(json.dumps(part))
    done = rehearsal("report", "merge", *paths, "--format", "json", folder=tmp_path)
    assert done.returncode == code, done.stderr
    merged = json.loads(done.stdout)
    assert comparable(merged) == comparable(whole)
    assert merged["summary"]["parts"] == SHARDS
    assert (make is make_broken) == bool(whole["findings"])


def test_a_broken_history_is_reported_in_its_order_with_its_waivers(tmp_path: Path) -> None:
    make_broken(tmp_path)
    code, whole = report(tmp_path)
    found = [(each["code"], each["revision"]) for each in whole["findings"]]
    assert code == 1
    assert found[:3] == [("D1", "b2"), ("D3", "d4"), ("D3", "e5")]
    assert set(found[3:]) >= {("D3", "g7"), ("H1", "h8")}
    (waived,) = [each for each in whole["findings"] if each["waived"]]
    assert (waived["revision"], waived["fails"]) == ("d4", False)
    (unneeded,) = whole["waivers_not_needed"]
    assert (unneeded["revision"], unneeded["reason"]) == ("f6", "was so once")


def test_since_runs_what_is_older_and_judges_what_is_newer(tmp_path: Path) -> None:
    make_broken(tmp_path)
    done = rehearsal("run", "--since", "e5", "--skip", "H", folder=tmp_path)
    assert done.returncode == 1
    chosen = done.stdout.splitlines()[0]
    assert chosen.startswith("chosen      checks ")
    assert chosen.endswith("; after e5 (5 revisions run and not judged one by one)")
    assert [line.split()[0] for line in done.stdout.splitlines() if ".py:" in line] == ["D3"]
    assert "no longer needed (was so once)" in done.stdout  # f6 is judged
    assert "d4" not in done.stdout
    steps = [line for line in done.stderr.splitlines() if line.startswith("  ")]
    assert {" ".join(line.split()[:-5]) for line in steps} == {"from empty", "from the snapshot"}


def test_checks_that_need_no_database_start_no_server(tmp_path: Path) -> None:
    make_broken(tmp_path)
    code, content = report(tmp_path, "--checks", "H")
    assert code == 1
    assert [each["code"] for each in content["findings"]] == ["H1"]
    assert (content["acts"], content["summary"]["server"]) == ([], None)


def test_only_the_experiments_that_the_chosen_checks_need_are_run(tmp_path: Path) -> None:
    make_broken(tmp_path)
    _, content = report(tmp_path, "--checks", "D1,D3")
    assert [each["name"] for each in content["acts"]] == [
        "restore the snapshot",
        "each revision up, down and up again",
    ]
    assert {each["code"] for each in content["findings"]} == {"D1", "D3"}
    assert content["not_judged"] == []
