"""The `alembic` command as people type it, in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from support import preloaded

CHECKOUT = Path(__file__).resolve().parents[2]
ALEMBIC = Path(sys.executable).with_name("alembic")


def alembic(
    *arguments: str,
    database_url: str | None,
    folder: Path = CHECKOUT,
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Run `alembic` in `folder`, where alembic.ini is, with this DATABASE_URL or none.

    Raises `AssertionError` with the command's output when it fails and `check` is set.
    """
    environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    if database_url is not None:
        environ["DATABASE_URL"] = database_url
    typed = [str(ALEMBIC), *arguments]
    done = preloaded.run("alembic.config:main", typed, cwd=folder, env=environ, timeout=120)
    if check:
        assert done.returncode == 0, f"alembic {' '.join(arguments)}:\n{done.stdout}{done.stderr}"
    return done


def copy_of_the_project(folder: Path) -> Path:
    """The sample application and its migrations in `folder`, so that tests may write there."""
    shutil.copy(CHECKOUT / "alembic.ini", folder)
    leave_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(CHECKOUT / "alembic", folder / "alembic", ignore=leave_out)
    shutil.copytree(CHECKOUT / "src" / "api", folder / "src" / "api", ignore=leave_out)
    return folder
