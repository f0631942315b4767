"""First rows: the seed function of the settings, once for each database."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import fetch_rows
from alembic_rehearsal.core.values.databases import Database
from support.deploy import ORDERS, TOTAL, init
from support.projects import write_project

SEEDS = """\
import os
import sqlalchemy

def first_rows():
    engine = sqlalchemy.create_engine(os.environ["DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("INSERT INTO orders DEFAULT VALUES"))
    if os.path.exists("fail"):
        raise RuntimeError("the cupboard is bare")
"""
SEEDED = 'seed = "seeds:first_rows"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path, [ORDERS, TOTAL], ini="prepend_sys_path = .", files={"seeds.py": SEEDS})
    return tmp_path


def test_the_seed_is_run_once(project: Path, empty_database: Database) -> None:
    (project / "rehearsal.toml").write_text(SEEDED)
    assert "run seeds:first_rows, once" in init(project, empty_database, "--plan", "--seed").stdout
    for said in ("seeded, at head b2", "nothing to do, at head b2"):
        done = init(project, empty_database, "--seed")
        assert done.returncode == 0, done.stderr
        assert said in done.stdout
    assert fetch_rows(empty_database, "SELECT count(*) FROM orders") == [(1,)]


def test_a_seed_that_fails_is_named_with_its_line_and_run_again(
    project: Path, empty_database: Database
) -> None:
    (project / "rehearsal.toml").write_text(SEEDED)
    (project / "fail").touch()
    failed = init(project, empty_database, "--seed")
    assert failed.returncode == 1
    assert "seeds.py:9: RuntimeError: the cupboard is bare" in failed.stderr
    (project / "fail").unlink()
    assert init(project, empty_database, "--seed").returncode == 0
    assert fetch_rows(empty_database, "SELECT count(*) FROM orders") == [(2,)]


def test_a_seed_that_no_setting_names_is_a_mistake(project: Path, empty_database: Database) -> None:
    done = init(project, empty_database, "--seed")
    assert done.returncode == 2
    assert 'seed = "package.module:function"' in done.stderr
