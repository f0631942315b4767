"""Merging the reports of shards: the joined report, and the messages for what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alembic_rehearsal import __version__
from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.settings.values import Waiver
from alembic_rehearsal.core.values.errors import UsageError
from alembic_rehearsal.rehearsal.experiments.all_experiments import EXPERIMENTS
from alembic_rehearsal.rehearsal.facts.downgrade import RoundTrip, Stairway
from alembic_rehearsal.rehearsal.facts.evidence import ExperimentResult
from alembic_rehearsal.rehearsal.facts.report import RehearsalRun
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.judging.judge import build_report
from alembic_rehearsal.rehearsal.merge_shards import merge_reports
from alembic_rehearsal.rehearsal.report.as_json import as_json
from support.evidence import SERVER, evidence, history, revision

BROKEN = Failure("it is so", "ProgrammingError", revision="b2")
Spoil = Callable[[dict[str, Any]], object]


def shard(number: int, count: int = 2, *failing: str, **other: Any) -> RehearsalRun:
    """Shard `number` of `count`, in which the downgrades of the revisions `failing` fail."""
    broken = (
        RoundTrip(id, Start.EMPTY, changed_schema=True, wrote=True, downgrade_failure=BROKEN)
        for id in failing
    )
    known = evidence(
        history(revision("a1"), revision("b2", "a1")), Stairway(tuple(broken)), production=("a1",)
    )
    scope = other.pop("scope", Scope())
    known = replace(known, scope=replace(scope, shard=(number, count)), is_complete=False)
    results = (ExperimentResult(EXPERIMENTS[0].name, 1.0),)
    values = {"seconds": float(number), "fingerprint": "f", "version": __version__, **other}
    return RehearsalRun(known, results, values.pop("server", SERVER), **values)


def written(path: Path, part: RehearsalRun) -> Path:
    path.write_text(as_json(build_report(part), folder=path.parent))
    return path


def parts(folder: Path, *every: RehearsalRun) -> list[Path]:
    return [written(folder / f"{number}.json", each) for number, each in enumerate(every, 1)]


def refused(folder: Path, *paths: Path) -> str:
    with pytest.raises(UsageError) as caught:
        merge_reports(paths, folder=folder)
    return caught.value.what


def test_parts_in_any_order_become_one_report_in_the_order_of_the_history(tmp_path: Path) -> None:
    first, second = parts(tmp_path, shard(1, 2, "a1"), shard(2, 2, "b2"))
    for paths in ([first, second], [second, first]):
        report = merge_reports(paths, folder=tmp_path)
        assert [(each.code, each.revision) for each in report.findings] == [
            ("D3", "a1"),
            ("D3", "b2"),
        ]
        assert report.run.results == (ExperimentResult(EXPERIMENTS[0].name, 2.0),)
        assert (report.run.seconds, report.run.parts) == (2.0, 2)
        assert report.scope == Scope()


def test_a_waiver_is_called_unneeded_only_when_all_parts_are_there(tmp_path: Path) -> None:
    waive = (Waiver("D3", "old", revision="b2"),)
    both = shard(1, 2, waivers=waive), shard(2, 2, waivers=waive)
    assert build_report(both[0]).unneeded_waivers == ()
    assert merge_reports(parts(tmp_path, *both), folder=tmp_path).unneeded_waivers == waive


def test_the_report_of_a_whole_run_is_one_part_of_one(tmp_path: Path) -> None:
    report = merge_reports(parts(tmp_path, shard(1, 1, "b2")), folder=tmp_path)
    assert [each.revision for each in report.findings] == ["b2"]
    assert report.run.parts == 1


def test_what_was_joined_can_be_read_again(tmp_path: Path) -> None:
    report = merge_reports(parts(tmp_path, shard(1, 2, "a1"), shard(2, 2, "b2")), folder=tmp_path)
    path = tmp_path / "whole.json"
    path.write_text(as_json(report, folder=tmp_path))
    again = merge_reports([path], folder=tmp_path)
    assert again.findings == report.findings


def test_a_missing_shard_is_named_with_the_command_that_makes_it(tmp_path: Path) -> None:
    paths = parts(tmp_path, shard(1, 4), shard(3, 4))
    with pytest.raises(UsageError) as caught:
        merge_reports(paths, folder=tmp_path)
    assert caught.value.what == "of 4 shards 2, 4 are missing."
    assert caught.value.remedies == ("rehearsal run --shard 2/4 --format json",)


def test_a_shard_that_is_there_twice_is_refused_with_both_files(tmp_path: Path) -> None:
    first, second = parts(tmp_path, shard(1), shard(1))
    assert refused(tmp_path, first, second) == f"{first} and {second} are both shard 1 of 2."
    assert refused(tmp_path, first, first) == f"{first} and {first} are both shard 1 of 2."
    third = written(tmp_path / "third.json", shard(2))
    with pytest.raises(UsageError) as caught:
        merge_reports([first, second, third], folder=tmp_path)
    assert caught.value.remedies == (f"rehearsal report merge {first} {third}",)


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"fingerprint": "g"}, "different histories (f and g)"),
        ({"server": replace(SERVER, version="15.4")}, "different PostgreSQL majors (18 and 15)"),
        ({"scope": Scope(frozenset({"D1"}))}, "different --checks or --skip (all and D1)"),
        ({"scope": Scope(since="a1")}, "different --since (nothing and a1)"),
        ({"scope": Scope(postgres=15)}, "different --postgres (nothing and 15)"),
        ({"fails_on_applied": True}, "different --all (False and True)"),
        ({"waivers": (Waiver("D1", "old", revision="a1"),)}, "different waivers"),
    ],
)
def test_parts_of_different_rehearsals_are_refused(
    tmp_path: Path, other: dict[str, Any], what: str
) -> None:
    first, second = parts(tmp_path, shard(1), shard(2, **other))
    message = refused(tmp_path, first, second)
    assert message.startswith(f"{first} and {second} are not parts of one rehearsal: they have ")
    assert what in message


def test_parts_of_different_snapshots_are_refused(tmp_path: Path) -> None:
    second = shard(2)
    snapshot = second.evidence.snapshot
    assert snapshot is not None
    newer = replace(snapshot, provenance=replace(snapshot.provenance, sha256="2"))
    second = replace(second, evidence=replace(second.evidence, snapshot=newer))
    none = replace(second, evidence=replace(second.evidence, snapshot=None))
    for other in (second, none):
        assert "different snapshots" in refused(tmp_path, *parts(tmp_path, shard(1), other))


def test_parts_of_different_numbers_of_shards_are_refused(tmp_path: Path) -> None:
    assert "different numbers of shards (2 and 3)" in refused(
        tmp_path, *parts(tmp_path, shard(1, 2), shard(2, 3))
    )


def test_a_part_that_needed_no_server_fits_every_major(tmp_path: Path) -> None:
    report = merge_reports(parts(tmp_path, shard(1, server=None), shard(2)), folder=tmp_path)
    assert report.run.server is not None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is not JSON"),
        ("rehearsal: no server", "it is not JSON"),
        ("[1]", "it has no schema_version"),
        ("{}", "it has no schema_version"),
        ('{"schema_version": 1}', 'it has no "held"'),
    ],
)
def test_a_file_that_is_no_report_is_named(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    assert refused(tmp_path, path) == f"{path} is not a report of a rehearsal: {why}."


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path, tmp_path / "x.json").startswith(
        f"{tmp_path / 'x.json'} cannot be read"
    )


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: content.update(schema_version=7), "has schema_version 7; this version"),
        (lambda content: content["held"].update(version="9.9"), "made by alembic-rehearsal 9.9"),
        (lambda content: content["held"].pop("evidence"), "a RehearsalRun lacks its evidence"),
        (lambda content: content.update(held=[]), "made by alembic-rehearsal unknown"),
        (lambda content: content["held"]["evidence"].update(facts=3), "3 where dict belongs"),
    ],
)
def test_a_report_of_another_shape_is_refused(tmp_path: Path, spoil: Spoil, message: str) -> None:
    (path,) = parts(tmp_path, shard(1, 1))
    content = json.loads(path.read_text())
    spoil(content)
    path.write_text(json.dumps(content))
    assert message in refused(tmp_path, path)
