"""`rehearsal snapshot take` from servers of other majors, with the pg_dump that is here."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.snapshot.files import read_snapshot
from support.cli import rehearsal
from support.other_majors import server_from
from support.projects import table, write_project

OTHER_MAJORS = Path(os.environ.get("REHEARSAL_OTHER_MAJORS", "/nonexistent"))
pytestmark = pytest.mark.skipif(
    not OTHER_MAJORS.is_dir(), reason="REHEARSAL_OTHER_MAJORS names no folder"
)
SHOP = """
    CREATE SCHEMA app; CREATE TABLE app.orders (id serial PRIMARY KEY, note text DEFAULT 'x');
    CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('a1');
    CREATE ROLE few LOGIN PASSWORD 'of a test'
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path, [table("a1", "customers")])
    return tmp_path


def run(server: Server, sql: str) -> None:
    with connect(Database(server, "postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_server_before_13_is_refused(project: Path) -> None:
    with server_from(OTHER_MAJORS / "12") as server:
        url = Database(server, "postgres").url("")
        done = rehearsal("snapshot", "take", "--from", url, folder=project)
    assert done.returncode == 3
    assert f"is PostgreSQL {server.version}; snapshots are taken from 13 on." in done.stderr
    assert not (project / "snapshots").exists()


@pytest.mark.parametrize("major", ["13", "14", "16", "17"])
def test_every_major_from_13_on_gives_a_snapshot_that_verifies(project: Path, major: str) -> None:
    with server_from(OTHER_MAJORS / major) as server:
        run(server, SHOP)
        url = Database(server, "postgres").url("")
        done = rehearsal("snapshot", "take", "--from", url, folder=project)
        assert done.returncode == 0, done.stderr
        taken = read_snapshot(project / "snapshots" / "production.sql").provenance
        assert (taken.server_version, taken.revisions) == (server.version, ("a1",))
        done = rehearsal("snapshot", "verify", folder=project)
        assert done.returncode == 0, done.stdout + done.stderr
        held = ("snapshot", "verify", "--against", url)
        done = rehearsal(*held, folder=project)
        assert done.returncode == 0, done.stdout + done.stderr
        done = rehearsal(*held, "--server", "embedded", folder=project)
        assert done.returncode == 2
        assert f"is PostgreSQL {major}, and available here is" in done.stderr
        assert "rehearsal snapshot verify   (without --against" in done.stderr


@pytest.mark.parametrize("major", ["13", "14", "16", "17"])
def test_each_grant_that_is_proposed_is_enough(project: Path, major: str) -> None:
    with server_from(OTHER_MAJORS / major) as server:
        run(server, SHOP)
        url = f"postgresql://few:of%20a%20test@127.0.0.1:{server.port}/postgres"
        take = ("snapshot", "take", "--from", url)
        refused = rehearsal(*take, folder=project)
        proposed = re.findall(r"(?:try|or): (GRANT [^\n]*;)", refused.stderr)
        assert len(proposed) == {"13": 1, "17": 3}.get(major, 2)
        for each in proposed:
            run(server, each)
            done = rehearsal(*take, folder=project)
            assert done.returncode == 0, (each, done.stderr)
            run(server, re.sub(r"GRANT (.*?) TO few", r"REVOKE \1 FROM few", each))
