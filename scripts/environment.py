"""The environment .venv: whether it is up to date, and its installation.

It has constraints/dev.txt and the project in it.  Which programs run in it is not known here.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sys
from pathlib import Path

import nox
from nox.command import CommandFailed

PYTHON = ".venv/bin/python"
STAMP = Path(".venv/installed")
INPUTS = ("pyproject.toml", "constraints/dev.txt", ".venv/pyvenv.cfg")
PINNED = ("--require-hashes", "-r", "constraints/dev.txt")
PROJECT = ("--no-deps", "--no-build-isolation", "-e", ".")


def bring_up_to_date(session: nox.Session) -> None:
    """Install constraints/dev.txt and the project into .venv, unless they are installed.

    One process at a time.  A .venv is deleted and made again when an installation was killed,
    or when it was made in another folder (its scripts name that folder).
    """
    if is_up_to_date():
        return
    Path(".nox").mkdir(exist_ok=True)
    with Path(".nox/installing").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if is_up_to_date():
            return
        if STAMP.exists() and not STAMP.read_text().startswith(f"{Path.cwd()}\n"):
            shutil.rmtree(".venv")
        session.run("sh", "scripts/venv.sh", stderr=sys.stderr)
        _install(session)


def is_up_to_date() -> bool:
    return Path(PYTHON).exists() and STAMP.exists() and STAMP.read_text() == _expected_stamp()


def _expected_stamp() -> str:
    """The stamp of a .venv that is up to date: its folder, and a hash of INPUTS."""
    texts = "\0".join(Path(each).read_text() for each in INPUTS)
    return f"{Path.cwd()}\n{hashlib.sha256(texts.encode()).hexdigest()}\n"


def _install(session: nox.Session) -> None:
    """Install in two steps, because an editable project has no hash."""
    STAMP.write_text("under way\n")
    try:
        session.log("installing constraints/dev.txt; the first time takes up to a minute")
        for packages in (PINNED, PROJECT):
            session.run(*_installer(), *packages, stderr=sys.stderr)
    except CommandFailed:
        STAMP.unlink()
        raise
    STAMP.write_text(_expected_stamp())


def _installer() -> tuple[str, ...]:
    """uv where it is installed; otherwise pip, which uses the index and proxy of its settings."""
    if shutil.which("uv"):
        return ("uv", "pip", "install", "--quiet", "--python=.venv")
    quiet = ("--quiet", "--disable-pip-version-check", "--no-compile")
    return (PYTHON, "-m", "pip", "install", *quiet)
