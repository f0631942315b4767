"""Copies of the sample project with the edits of a mutant; nothing here runs them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from scoreboard.mutant import Create, Edit, Remove, Replace

# The parts of a checkout that a rehearsal, `alembic` and a search for bypasses read.
NEEDED = (
    ".github",
    "Makefile",
    "alembic",
    "alembic.ini",
    "noxfile.py",
    "pyproject.toml",
    "scripts",
    "snapshots",
    "src/api",
)
LOCK = "snapshots/history.lock"  # hashes of the revisions that production has


def copy_project(checkout: Path, folder: Path, *, locked: bool) -> None:
    """Copy the sample project, with history.lock only if `locked`."""
    for name in NEEDED:
        source, target = checkout / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    if not locked:
        (folder / LOCK).unlink(missing_ok=True)


def apply(edits: Iterable[Edit], folder: Path) -> None:
    """Apply edits to the project in `folder`; raises `ValueError` if one does not fit."""
    for each in edits:
        path = folder / each.path
        if path.exists() is isinstance(each, Create):
            raise ValueError(f"{each.path} {'exists' if path.exists() else 'does not exist'}")
        match each:
            case Replace(old=old, new=new):
                path.write_text(_replaced(each.path, path.read_text(), old, new))
            case Create(text=text):
                path.write_text(text)
            case Remove():
                path.unlink()


def _replaced(name: str, text: str, old: str, new: str) -> str:
    found = text.count(old)
    if found != 1 or old == new:
        raise ValueError(f"{name} has {found} of {old!r}, and it should become {new!r}")
    return text.replace(old, new)
