"""Flask-Migrate's layout, unedited, with the interpreter that `nox -s adopted` makes.

REHEARSAL_FLASK_PYTHON names one with Flask-Migrate and psycopg2.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from commands import rehearsal

CONFIG = Path(__file__).parent / "flask_migrate" / "migrations" / "alembic.ini"


@pytest.fixture
def python() -> str:
    found = os.environ.get("REHEARSAL_FLASK_PYTHON", "")
    if not found:
        pytest.skip("REHEARSAL_FLASK_PYTHON is not set: Flask-Migrate is not at hand")
    return found


def test_the_application_is_found_as_flask_finds_it(python: str) -> None:
    options = ("--config", CONFIG, "--python", python, "--format", "json")
    done = rehearsal("run", *options, folder=Path("/"), variables={"FLASK_APP": "shop"})
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, report["findings"]) == (0, [])
    assert {each["code"] for each in report["not_judged"]} == {"H3", "U2", "U3"}


def test_without_an_application_it_says_how_one_is_named(python: str) -> None:
    done = rehearsal("run", "--config", CONFIG, "--python", python, folder=Path("/"))
    assert done.returncode == 3
    assert "NoAppException: Could not locate a Flask application" in done.stderr
    assert "FLASK_APP=package:create_app" in done.stderr
