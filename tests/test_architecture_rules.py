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
    folders_on_one_side,
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
    sound = {"core/values/errors.py": "", "core/values/urls.py": "import enum"}
    for name, body in {**sound, path: text}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(body)
    return folder


def test_a_file_in_no_room_is_found(tmp_path: Path) -> None:
    assert unplaced_rooms(package(tmp_path, "rehears.py", "")) == ["rehears.py"]
    assert unplaced_rooms(package(tmp_path, "acts/rows.py", "")) == ["acts/rows.py", "rehears.py"]


@pytest.mark.parametrize(
    ("path", "imported"),
    [
        ("core/postgres/databases.py", "core.postgres.servers.local"),
        ("core/values/urls.py", "core.settings.values"),
        ("drift/find.py", "rehearsal.rehearse"),
        ("drift/find.py", "lockfile.files"),
        ("rehearsal/checks/history.py", "rehearsal.report.text"),
        ("identify/identify.py", "squash.squash"),
    ],
)
@pytest.mark.parametrize("indent", ["", "def f():\n    "])
def test_an_import_that_does_not_go_down_is_found(
    tmp_path: Path, path: str, imported: str, indent: str
) -> None:
    made = package(tmp_path, f"{imported.replace('.', '/')}.py", "")
    (found,) = upward_imports(package(made, path, f"{indent}import {PACKAGE}.{imported}"))
    assert found.startswith(path)


@pytest.mark.parametrize(
    ("path", "imported"),
    [
        ("core/postgres/servers/local.py", "core.postgres.servers.ready"),
        ("core/postgres/servers/local.py", "core.postgres.databases"),
        ("rehearsal/rehearse.py", "core.postgres.servers.local"),
        ("cli/run.py", "rehearsal.rehearse"),
        ("__main__.py", "cli.rehearsal"),
    ],
)
def test_an_import_that_goes_down_is_allowed(tmp_path: Path, path: str, imported: str) -> None:
    made = package(tmp_path, f"{imported.replace('.', '/')}.py", "")
    assert upward_imports(package(made, path, f"from {PACKAGE}.{imported} import one")) == []


@pytest.mark.parametrize(
    "text", ["import psycopg2.sql", "import typer", "def f():\n    from alembic import op"]
)
@pytest.mark.parametrize("path", ["core/values/facts.py", "drift/values.py", "squash/report.py"])
def test_what_only_thinks_and_reaches_out_is_found(tmp_path: Path, path: str, text: str) -> None:
    assert len(impure_imports(package(tmp_path, path, text))) == 1


def test_what_only_thinks_and_reaches_out_by_another_module_is_found(tmp_path: Path) -> None:
    made = package(tmp_path, "core/postgres/connections.py", "import psycopg2")
    made = package(made, "core/rows/marks.py", f"import {PACKAGE}.core.postgres.connections")
    made = package(made, "rehearsal/checks/rows.py", f"from {PACKAGE}.core.rows import marks")
    assert impure_imports(made) == [
        f"rehearsal/checks/rows.py reaches psycopg2 by {PACKAGE}.core.postgres.connections"
    ]


def test_a_folder_on_one_side_only_is_found(tmp_path: Path) -> None:
    made = package(tmp_path / "library", "core/rows/checksums.py", "")
    tests = package(tmp_path / "tests", "unit/core/values/test_urls.py", "")
    package(tests, "postgres/core/row/test_checksums.py", "")
    assert folders_on_one_side(made, tests) == [
        "no tests of core/rows",
        "tests of core/row, which is no folder of the library",
    ]


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
    assert uses_outside(package(tmp_path / "door", "cli/run.py", text), PRINTS, MAY_PRINT) == []


@pytest.mark.parametrize("text", ["import sys\nsys.exit(1)", "raise SystemExit(1)"])
def test_exiting_is_found(tmp_path: Path, text: str) -> None:
    assert len(uses_outside(package(tmp_path, "drive.py", text), EXITS, MAY_EXIT)) == 1


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("core/project/child/walk.py", "core.values.urls.masked"),
        ("drift/find.py", "core.project.child.walk.take_step"),
    ],
)
def test_an_import_across_the_pipe_is_found(tmp_path: Path, path: str, name: str) -> None:
    module, _, imported = name.rpartition(".")
    made = package(tmp_path, path, f"from {PACKAGE}.{module} import {imported}")
    assert crossings_of_the_pipe(made) == [f"{path}:1 imports {PACKAGE}.{name}"]


def test_vague_names_of_modules_and_classes_are_found(tmp_path: Path) -> None:
    made = package(tmp_path, "db_utils.py", "class Base: ...")
    assert vague_names(made) == ["db_utils.py: db_utils", "db_utils.py: Base"]


def test_relative_imports_and_imports_of_the_other_side_are_found(tmp_path: Path) -> None:
    made = package(tmp_path, "drive.py", "from . import urls\nfrom api.config import settings")
    assert relative_imports(made) == ["drive.py:1 imports ..urls"]
    assert imports_of(made, "api") == ["drive.py:2 imports api.config.settings"]
