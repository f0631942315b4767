"""Commands, options, checks, folders and pages: each is named where people look for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

import alembic_rehearsal
from alembic_rehearsal.cli import rehearsal as cli
from alembic_rehearsal.rehearsal.checks.all_checks import CODES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = README + "".join(path.read_text() for path in sorted((ROOT / "docs").glob("*.md")))
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
INDEX = (ROOT / "docs" / "README.md").read_text()
LIBRARY = ROOT / "src" / "alembic_rehearsal"
FOLDERS = sorted({path.parent.relative_to(LIBRARY) for path in LIBRARY.rglob("*.py")} - {Path()})
COMMANDS = typer.main.get_command(cli.app)


def commands(group: Any, *names: str) -> Iterator[tuple[str, Any]]:
    """Every command, with the words that are typed for it; groups are left out."""
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


@pytest.mark.parametrize("folder", FOLDERS, ids=Path.as_posix)
def test_every_folder_of_the_library_is_in_contributing(folder: Path) -> None:
    assert f"`{folder.as_posix()}/`" in CONTRIBUTING or (
        f"`{folder.name}/`" in CONTRIBUTING and f"`{folder.parent.as_posix()}/`" in CONTRIBUTING
    )


@pytest.mark.parametrize("folder", [each for each in FOLDERS if each.parent == Path()], ids=str)
def test_every_folder_at_the_top_is_in_the_docstring_of_the_package(folder: Path) -> None:
    assert f"\n{folder.name} " in (alembic_rehearsal.__doc__ or "")


@pytest.mark.parametrize(
    "page",
    [*sorted((ROOT / "docs").glob("*.md")), ROOT / "docs/checks/README.md"],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)
def test_every_page_of_the_documentation_is_in_its_index(page: Path) -> None:
    link = page.relative_to(ROOT / "docs").as_posix()
    assert link == "README.md" or f"| [{link}]({link}) | " in INDEX


def test_contributing_fits_one_screen_and_starts_with_commands() -> None:
    assert len(CONTRIBUTING.splitlines()) <= 60
    assert CONTRIBUTING.splitlines()[2] == "```sh"
