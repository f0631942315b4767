"""A snapshot restored on another server: other owners, and no seed rows yet."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alembic_rehearsal.core.values.databases import Database
from support.cli import rehearsal
from support.init_db import init_db
from support.projects import table, write_project
from support.sql import ask, run

pytestmark = pytest.mark.usefixtures("nothing_left")

PASSWORD = "of a test"
STAMPED = """
    CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('a1');
    CREATE TABLE customers (id int);
"""
SEEDS = """\
import os
import sqlalchemy

def first_rows():
    engine = sqlalchemy.create_engine(os.environ["DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("INSERT INTO customers VALUES (1)"))
"""
SETTINGS = 'seed = "seeds:first_rows"\nsnapshot = "snapshots/production.sql"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(
        tmp_path,
        [table("a1", "customers")],
        ini="prepend_sys_path = .",
        files={"seeds.py": SEEDS, "rehearsal.toml": SETTINGS},
    )
    return tmp_path


@pytest.fixture
def owned(absent: Database) -> Iterator[Database]:
    """An empty database of a role that is no superuser, dropped after the test."""
    role = f"deployer_{secrets.token_hex(4)}"
    maintenance = Database(absent.server, "postgres")
    run(maintenance, f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    run(maintenance, f"CREATE DATABASE {absent.name} OWNER {role}")
    yield replace(absent, server=replace(absent.server, user=role, password=PASSWORD, socket=""))
    run(maintenance, f"DROP DATABASE {absent.name} WITH (FORCE)")
    run(maintenance, f"DROP ROLE {role}")


def take(project: Path, database: Database) -> str:
    done = rehearsal("snapshot", "take", "--from", database.url(""), folder=project)
    assert done.returncode == 0, done.stderr
    return (project / "snapshots" / "production.sql").read_text()


def expect_held(project: Path, database: Database) -> None:
    held = rehearsal("snapshot", "verify", "--against", database.url(""), folder=project)
    assert held.returncode == 0, held.stdout + held.stderr


def test_an_extension_that_an_administrator_has_made_is_no_obstacle(
    project: Path, empty_database: Database, owned: Database
) -> None:
    run(empty_database, STAMPED + "CREATE EXTENSION hstore; COMMENT ON EXTENSION hstore IS 'x;y';")
    text = take(project, empty_database)
    assert "CREATE EXTENSION IF NOT EXISTS hstore" in text
    assert "COMMENT" not in text
    expect_held(project, empty_database)
    run(Database(empty_database.server, owned.name), "CREATE EXTENSION hstore")
    config = project / "alembic.ini"
    done = init_db("--config", config, "--from-snapshot", url=owned.url(""))
    assert done.returncode == 0, done.stderr
    assert "snapshot restored (a1)" in done.stdout


@pytest.mark.parametrize("theirs", ["", "it's\nof the platform team; seeded by hand"])
def test_a_database_from_the_snapshot_of_a_seeded_one_is_seeded_itself(
    project: Path, empty_database: Database, absent: Database, theirs: str
) -> None:
    run(empty_database, STAMPED)
    if theirs:
        doubled = theirs.replace("'", "''")
        run(empty_database, f"COMMENT ON TABLE alembic_version IS '{doubled}'")
    before = take(project, empty_database)
    config = ("--config", project / "alembic.ini")
    for line in ("seeded, at head a1", "nothing to do, at head a1"):
        done = init_db(*config, "--seed", url=empty_database.url(""))
        assert line in done.stdout, done.stderr
    comment = "SELECT obj_description('alembic_version'::regclass, 'pg_class')"
    marked = [line for line in (theirs, "seeded by seeds:first_rows") if line]
    assert ask(empty_database, comment) == [("\n".join(marked),)]
    assert take(project, empty_database) == before
    expect_held(project, empty_database)
    restored = init_db(*config, "--from-snapshot", url=absent.url(""))
    assert restored.returncode == 0, restored.stderr
    assert ask(absent, comment) == [(theirs or None,)]
    assert "seeded, at head a1" in init_db(*config, "--seed", url=absent.url("")).stdout
