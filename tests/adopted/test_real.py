"""Two real histories, unedited: one of 105 revisions on an old stack, one with an async env.py.

REHEARSAL_CKAN_PYTHON and REHEARSAL_PHOENIX_PYTHON name their interpreters; `nox -s
real_projects` creates both.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.cli import REHEARSAL, plain_environment

HERE = Path(__file__).parent
PATIENCE = 900.0  # seconds
# The revisions of ckan 2.11.5 whose downgrade does not restore the schema before their upgrade.
CKAN = {
    "37ada738328e",
    "3537d5420e0e",
    "6c600693af5b",
    "6d8ffebcaf54",
    "765143af2ba3",
    "a4ca55f0f45e",
    "ae821876532a",
    "b581622ad327",
    "bd38cd6502b2",
    "d4d9be9189fe",
    "e8283ffb257e",
    "fd6622e3d964",
}


def interpreter(name: str) -> str:
    variable = f"REHEARSAL_{name.upper()}_PYTHON"
    found = os.environ.get(variable, "")
    if not found:
        pytest.skip(f"{variable} is not set: no environment with {name}")
    return found


def package_folder(python: str, package: str) -> Path:
    code = f"import importlib.util as u; print(u.find_spec({package!r}).origin)"
    found = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    return Path(found.stdout.strip()).parent


def rehearsed(config: Path, python: str) -> dict[str, Any]:
    done = subprocess.run(
        [REHEARSAL, "run", "--config", config, "--python", python, "--format", "json"],
        env=plain_environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def of_family(report: dict[str, Any], family: str) -> list[dict[str, Any]]:
    return [each for each in report["findings"] if each["code"].startswith(family)]


def test_exactly_the_ckan_revisions_with_an_inexact_downgrade_are_named() -> None:
    report = rehearsed(HERE / "ckan" / "alembic.ini", interpreter("ckan"))
    assert report["summary"]["revisions"] == 105
    found = of_family(report, "D")
    assert {each["revision"] for each in found} == CKAN
    by_revision = {each["revision"]: each["what"] for each in found}
    assert "sequence" in by_revision["37ada738328e"]
    assert "index" in by_revision["765143af2ba3"]
    assert "foreign key" in by_revision["3537d5420e0e"] or "fkey" in by_revision["3537d5420e0e"]
    assert of_family(report, "U1") == []


def test_phoenix_has_no_error_and_its_model_differences_are_a_few_lines() -> None:
    python = interpreter("phoenix")
    config = package_folder(python, "phoenix") / "db" / "alembic.ini"
    report = rehearsed(config, python)
    assert report["summary"]["revisions"] == 29
    of_revisions = [each for each in report["findings"] if each["revision"]]
    assert {each["code"] for each in of_revisions} <= {"H5", "U11"}  # warnings, both true
    assert 0 < len(of_family(report, "U4")) <= 5
