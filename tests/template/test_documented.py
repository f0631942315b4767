"""What can be typed is documented."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from alembic_rehearsal.cli import rehearsal as cli
from alembic_rehearsal.rehearsal.checks.catalogue import CODES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = README + "".join(path.read_text() for path in sorted((ROOT / "docs").glob("*.md")))
COMMANDS = typer.main.get_command(cli.app)


def commands(group: Any, *names: str) -> Iterator[tuple[str, Any]]:
    """Every command that does something, by the words that are typed for it."""
    members = getattr(group, "commands", None)
    if members is None:
        yield " ".join(names), group
    for name, each in (members or {}).items():
        yield from commands(each, *names, name)


BY_NAME = dict(commands(COMMANDS))


@pytest.mark.parametrize("name", BY_NAME)
def test_every_command_is_in_a_guide(name: str) -> None:
    assert f"rehearsal {name}" in PAGES or f"make {name}" in PAGES


@pytest.mark.parametrize(
    "option", [name for each in BY_NAME["run"].params for name in each.opts if name[:2] == "--"]
)
def test_every_option_of_the_rehearsal_is_in_the_readme(option: str) -> None:
    assert f"`{option}" in README


@pytest.mark.parametrize("code", CODES)
def test_every_check_is_in_the_readme(code: str) -> None:
    table = README[README.index("## What it catches") : README.index("## Two ways in")]
    rows = [line.split("|")[1].split() for line in table.splitlines() if line.startswith("| ")]
    assert code in {word for row in rows for word in row}
