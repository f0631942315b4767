"""A project in Flask-Migrate's layout, unedited, in the environment of `nox -s adopted`.

REHEARSAL_FLASK_PYTHON names its interpreter, which has Flask-Migrate and psycopg2.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.cli import rehearsal

PROJECT = Path(__file__).parent / "flask_migrate"
FLASK = {"FLASK_APP": "shop", "DATABASE_URL": "postgresql+psycopg2://shop@localhost/shop"}


@pytest.fixture
def python() -> str:
    found = os.environ.get("REHEARSAL_FLASK_PYTHON", "")
    if not found:
        pytest.skip("REHEARSAL_FLASK_PYTHON is not set: no environment with Flask-Migrate")
    return found


@pytest.fixture
def config(python: str, tmp_path: Path) -> Path:
    """The application with the files of `flask db init`, and one revision."""
    folder = shutil.copytree(PROJECT, tmp_path / "project")
    flask = [python, "-m", "flask", "db", "init"]
    subprocess.run(flask, cwd=folder, env={**os.environ, **FLASK}, check=True, capture_output=True)
    shutil.copytree(folder / "versions", folder / "migrations/versions", dirs_exist_ok=True)
    return folder / "migrations" / "alembic.ini"


def test_the_application_is_found_as_flask_finds_it(python: str, config: Path) -> None:
    options = ("--config", config, "--python", python, "--format", "json")
    done = rehearsal("run", *options, folder=Path("/"), variables={"FLASK_APP": "shop"})
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, report["findings"]) == (0, [])
    assert {each["code"] for each in report["not_judged"]} == {"H3", "H4", "H6", "U2", "U3", "U14"}


def test_the_error_without_an_application_shows_how_to_name_one(python: str, config: Path) -> None:
    done = rehearsal("run", "--config", config, "--python", python, folder=Path("/"))
    assert done.returncode == 3
    assert "NoAppException: Could not locate a Flask application" in done.stderr
    assert "FLASK_APP=package:create_app" in done.stderr
