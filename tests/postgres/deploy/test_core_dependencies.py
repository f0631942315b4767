"""The initializer in an environment that has the core dependencies and nothing else."""

from __future__ import annotations

import subprocess
import tomllib
import venv
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from alembic_rehearsal.core.values.databases import Database
from sample.unreplayable import UNREPLAYABLE
from support.init_db import CHECKOUT, init_db

PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]


def core() -> dict[str, Distribution]:
    """The distributions that `dependencies` ask for, and those that these ask for."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(each) for each in PROJECT["dependencies"]]
    while waiting:
        each = waiting.pop()
        name = each.name.lower()
        if name not in found and (each.marker is None or each.marker.evaluate({"extra": ""})):
            found[name] = distribution(name)
            waiting += [Requirement(text) for text in found[name].requires or ()]
    return found


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment with links to the core's installed packages."""
    folder = tmp_path_factory.mktemp("core")
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    for each in core().values():
        for name in {path.parts[0] for path in each.files or ()} - {"..", "__pycache__"}:
            (packages / name).symlink_to(Path(str(each.locate_file(name))))
    return folder / "bin" / "python"


def test_the_environment_has_the_core_alone(python: Path) -> None:
    extra = [Requirement(each) for each in PROJECT["optional-dependencies"]["rehearse"]]
    names = [*(each.name.replace("-", "_") for each in extra), "pytest", "alembic_rehearsal"]
    code = "import importlib.util as u, sys; print([n for n in sys.argv[1:] if u.find_spec(n)])"
    done = subprocess.run([python, "-c", code, *names], capture_output=True, text=True, check=True)
    assert "typer" in names
    assert done.stdout == "[]\n"


def test_an_empty_database_is_brought_to_head(python: Path, empty_database: Database) -> None:
    done = init_db(python=python, url=empty_database.url(""))
    assert done.returncode == 0, done.stderr
    assert "17 revisions applied, at head 91be77aa0c12" in done.stdout


def test_a_snapshot_is_restored(python: Path, empty_database: Database) -> None:
    config = UNREPLAYABLE / "alembic.ini"
    done = init_db("--config", config, "--from-snapshot", python=python, url=empty_database.url(""))
    assert done.returncode == 0, done.stderr
    assert "snapshot restored" in done.stdout


def test_a_sqlite_file_is_brought_to_head(python: Path, tmp_path: Path) -> None:
    done = init_db(python=python, url=f"sqlite:///{tmp_path}/shop.db")
    assert done.returncode == 0, done.stderr
    assert "17 revisions applied" in done.stdout


def test_a_refusal_is_reported(python: Path, tmp_path: Path) -> None:
    done = init_db("--require", "postgresql", python=python, url=f"sqlite:///{tmp_path}/shop.db")
    assert done.returncode == 1
    assert "which --require asks for" in done.stderr
