"""Histories and applications that do not load: which file, what is wrong; nothing is left."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import alembic
import pytest

from alembic_rehearsal.core.postgres.servers.development import (
    find_development_server,
    stop_development_server,
)
from support.cli import rehearsal
from support.projects import ENV_PY, Rev, rev, table, write_project

pytestmark = pytest.mark.usefixtures("nothing_left")

SYNTAX_ERROR = 'revision = "b2"\ndown_revision = "a1"\n\ndef upgrade(:\n    pass\n'
IMPORT_ERROR = 'import shop.prices\n\nrevision = "b2"\ndown_revision = "a1"\n'
BROKEN: dict[str, tuple[Sequence[Rev], tuple[str, ...]]] = {
    "syntax error": (
        [table("a1", "customers"), rev("b2", text=SYNTAX_ERROR)],
        ("migrations/versions/0001_b2.py:4", "SyntaxError: invalid syntax"),
    ),
    "import error": (
        [table("a1", "customers"), rev("b2", text=IMPORT_ERROR)],
        ("migrations/versions/0001_b2.py:1", "No module named 'shop'"),
    ),
    "missing parent": (
        [table("a1", "customers"), rev("b2", down="f0")],
        ("migrations/versions/0001_b2.py", "b2 revises f0, which no file defines"),
    ),
    "duplicate id": (
        [table("a1", "customers"), rev("a1", down=())],
        ("migrations/versions/0001_a1.py", "is defined twice"),
    ),
    "cycle": (
        [rev("a1", down="b2"), rev("b2", down="a1")],
        ("migrations/versions", "ycle"),
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A project's folder, whose development server is gone after the test."""
    yield tmp_path
    stop_development_server(tmp_path / ".rehearsal", erase=True)


@pytest.mark.parametrize("name", BROKEN)
def test_run_reports_a_history_that_does_not_load_as_one_finding(folder: Path, name: str) -> None:
    revisions, expected = BROKEN[name]
    write_project(folder, revisions)
    done = rehearsal("run", folder=folder)
    assert done.returncode == 1
    assert "\nH2  " in done.stdout
    assert "1 finding to mend" in done.stdout
    text = " ".join(done.stdout.split())
    for each in expected:
        assert each in text
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", BROKEN)
def test_migrate_starts_no_server_for_a_history_that_does_not_load(folder: Path, name: str) -> None:
    revisions, expected = BROKEN[name]
    write_project(folder, revisions)
    done = rehearsal("migrate", folder=folder)
    assert done.returncode == 1
    for each in expected:
        assert each in done.stderr
    assert "mend that file, then: alembic history" in done.stderr
    assert "Traceback" not in done.stderr
    assert find_development_server(folder / ".rehearsal") is None


def two_heads(folder: Path) -> None:
    write_project(
        folder, [table("a1", "customers"), table("b2", "orders"), table("c3", "prices", down="a1")]
    )


def test_run_reports_two_heads_and_the_command_that_joins_them(folder: Path) -> None:
    two_heads(folder)
    done = rehearsal("run", folder=folder)
    assert done.returncode == 1
    assert "H1  migrations/versions/" in done.stdout
    assert "2 heads: b2, c3." in done.stdout
    assert "alembic merge -m 'join heads' b2 c3" in done.stdout


@pytest.mark.parametrize("command", ["run", "migrate"])
@pytest.mark.parametrize("ini", ["alembic.ini", "shop.ini"])
def test_what_joins_them_can_be_typed_in_the_folder_where_they_were_met(
    folder: Path, ini: str, command: str
) -> None:
    """Alembic looks for another alembic.ini there, and for the migrations next to it."""
    two_heads(folder / "shop")
    (folder / "shop" / "alembic.ini").rename(folder / "shop" / ini)
    templates = Path(alembic.__file__).parent / "templates"
    shutil.copy(templates / "generic" / "script.py.mako", folder / "shop" / "migrations")
    done = rehearsal(command, "--config", f"shop/{ini}", folder=folder)
    said = done.stdout + done.stderr
    (typed,) = re.findall(r"^  +(?:do|try:) +(.*alembic .*merge .*)$", said, re.MULTILINE)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(typed, shell=True, cwd=folder, env={**os.environ, "PATH": path}, check=True)
    joined = rehearsal("run", "--config", f"shop/{ini}", "--checks", "H1", folder=folder)
    assert joined.returncode == 0, joined.stdout


def test_migrate_runs_nothing_while_there_are_two_heads(folder: Path) -> None:
    two_heads(folder)
    done = rehearsal("migrate", folder=folder)
    assert done.returncode == 1
    assert "the history has 2 heads: b2, c3." in done.stderr
    assert "try: alembic merge -m 'join heads' b2 c3" in done.stderr
    assert find_development_server(folder / ".rehearsal") is None


@pytest.mark.parametrize("command", ["run", "migrate"])
def test_an_application_that_does_not_import_is_named_with_the_line(
    folder: Path, command: str
) -> None:
    env_py = ENV_PY.replace("target_metadata = None", "from shop.models import Base")
    write_project(
        folder,
        [table("a1", "customers")],
        env_py=env_py,
        ini="prepend_sys_path = .",
        files={"shop/__init__.py": "", "shop/models.py": "import pricing\n"},
    )
    done = rehearsal(command, folder=folder)
    assert done.returncode == 3
    assert f"{folder}/shop/models.py:1: " in done.stderr
    assert "No module named 'pricing'" in done.stderr
    assert "--python PATH" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["run", "migrate"])
def test_a_missing_script_location_is_named(folder: Path, command: str) -> None:
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = nowhere\n")
    done = rehearsal(command, folder=folder)
    assert done.returncode == 3
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr
