"""Each rule of test_architecture.py finds what it is for, in a package made to break it."""

from __future__ import annotations

from pathlib import Path

import pytest

from test_architecture import (
    ENVIRONMENT,
    EXITS,
    MAY_EXIT,
    MAY_PRINT,
    MAY_READ_ENVIRONMENT,
    PACKAGE,
    PRINTS,
    crossings_of_the_pipe,
    foreign_imports,
    imports_of,
    impure_imports,
    relative_imports,
    unplaced_rooms,
    upward_imports,
    uses_outside,
    vague_names,
)


def package(folder: Path, path: str, text: str) -> Path:
    """A package of two sound modules and the given one."""
    for name, body in {"errors.py": "", "words.py": "import enum", path: text}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(body)
    return folder


def test_a_room_that_the_table_does_not_name_is_found(tmp_path: Path) -> None:
    assert unplaced_rooms(package(tmp_path, "rehears.py", "")) == ["rehears"]
    assert unplaced_rooms(package(tmp_path, "acts/rows.py", "")) == ["rehears"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("words.py", f"from {PACKAGE}.servers import local"),
        ("servers/local.py", f"def start():\n    from {PACKAGE}.rehearse import rehearse"),
        ("servers/local.py", f"from {PACKAGE} import databases"),
        ("checks/history.py", f"import {PACKAGE}.report.text"),
        ("rehearse.py", f"from {PACKAGE}.capture import take_snapshot"),
        ("unheard_of.py", f"from {PACKAGE}.cli import main"),
        ("init_cli.py", f"from {PACKAGE}.cli import main"),
    ],
)
def test_an_import_that_does_not_go_down_is_found(tmp_path: Path, path: str, text: str) -> None:
    (found,) = upward_imports(package(tmp_path, path, text))
    assert found.startswith(path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("servers/local.py", f"from {PACKAGE}.servers.watchdog import watched"),
        ("rehearse.py", f"from {PACKAGE}.servers import local"),
        ("cli.py", f"def main():\n    from {PACKAGE} import rehearse"),
        ("__main__.py", f"from {PACKAGE}.cli import main"),
    ],
)
def test_an_import_that_goes_down_is_allowed(tmp_path: Path, path: str, text: str) -> None:
    assert upward_imports(package(tmp_path, path, text)) == []


@pytest.mark.parametrize("text", ["import psycopg2", "def f():\n    from alembic import op"])
def test_a_foreign_import_on_the_words_floor_is_found(tmp_path: Path, text: str) -> None:
    assert len(foreign_imports(package(tmp_path, "facts.py", text))) == 1


@pytest.mark.parametrize("text", [f"from {PACKAGE} import databases", "import psycopg2.sql"])
def test_a_check_that_could_reach_postgres_is_found(tmp_path: Path, text: str) -> None:
    assert len(impure_imports(package(tmp_path, "checks/history.py", text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "import os\nhome = os.environ['HOME']",
        "import os\nhome = os.getenv('HOME')",
        "from os import environ\nhome = environ['HOME']",
    ],
)
def test_reading_the_environment_is_found(tmp_path: Path, text: str) -> None:
    made = package(tmp_path, "drive.py", text)
    assert uses_outside(made, ENVIRONMENT, MAY_READ_ENVIRONMENT) == [
        f"drive.py:2 uses {'os.getenv' if 'getenv' in text else 'os.environ'}"
    ]


@pytest.mark.parametrize("text", ["print('hello')", "import sys\nsys.stderr.write('hello')"])
def test_printing_is_found(tmp_path: Path, text: str) -> None:
    assert len(uses_outside(package(tmp_path, "drive.py", text), PRINTS, MAY_PRINT)) == 1
    assert uses_outside(package(tmp_path / "door", "init_cli.py", text), PRINTS, MAY_PRINT) == []


@pytest.mark.parametrize("text", ["import sys\nsys.exit(1)", "raise SystemExit(1)"])
def test_exiting_is_found(tmp_path: Path, text: str) -> None:
    assert len(uses_outside(package(tmp_path, "drive.py", text), EXITS, MAY_EXIT)) == 1


@pytest.mark.parametrize(
    ("path", "name"),
    [("project/child/walk.py", "words.Step"), ("drive.py", "project.child.walk.take_step")],
)
def test_an_import_across_the_pipe_is_found(tmp_path: Path, path: str, name: str) -> None:
    module, _, imported = name.rpartition(".")
    made = package(tmp_path, path, f"from {PACKAGE}.{module} import {imported}")
    assert crossings_of_the_pipe(made) == [f"{path}:1 imports {PACKAGE}.{name}"]


def test_vague_names_of_modules_and_classes_are_found(tmp_path: Path) -> None:
    made = package(tmp_path, "db_utils.py", "class Base: ...")
    assert vague_names(made) == ["db_utils.py: db_utils", "db_utils.py: Base"]


def test_relative_imports_and_imports_of_the_other_side_are_found(tmp_path: Path) -> None:
    made = package(tmp_path, "drive.py", "from . import words\nfrom api.config import settings")
    assert relative_imports(made) == ["drive.py:1 imports ..words"]
    assert imports_of(made, "api") == ["drive.py:2 imports api.config.settings"]
