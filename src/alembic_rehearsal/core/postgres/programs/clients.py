"""Client programs such as pg_dump and psql: finding one of the right version on this machine.

Looks in the folders of server installations, and in those of packages with clients only.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from alembic_rehearsal.core.postgres.programs import installations
from alembic_rehearsal.core.values.errors import NoServer

CLIENT_ONLY_FOLDERS = (
    "/opt/homebrew/opt/libpq/bin",
    "/usr/local/opt/libpq/bin",
    "/home/linuxbrew/.linuxbrew/opt/libpq/bin",
)


@dataclass(frozen=True, slots=True)
class Client:
    """A client program and its version, such as "18.6"."""

    program: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    @property
    def title(self) -> str:
        return f"{self.program.name} {self.version}"


def find_client_program(name: str, *, at_least: int) -> Path:
    """The path of the program that `find_client` finds; raises `NoServer` as it does."""
    return find_client(name, at_least=at_least).program


def find_client(name: str, *, at_least: int) -> Client:
    """A client such as pg_dump or psql whose major is at least the server's.

    pg_dump refuses a server of a newer major than its own.  Of the clients that are new
    enough the oldest is taken, because its output is closest to the server's own version.

    Raises `NoServer`, which lists the clients found, when none is new enough.
    """
    found = list(find_clients(name))
    fit = [each for each in found if each.major >= at_least]
    if fit:
        return min(fit, key=lambda each: each.major)
    raise NoServer(
        f"no {name} of PostgreSQL {at_least} or newer is on this machine.",
        why="; ".join(f"{each.title} in {each.program.parent} is older" for each in found)
        or "none was found in Python's environment, on PATH, or where packages put it.",
        remedies=(
            "pip install 'alembic-rehearsal[rehearse]'   (has one, with a server)",
            f"apt-get install postgresql-client-{at_least}   (from apt.postgresql.org)",
            f"brew install postgresql@{at_least}",
        ),
    )


def find_clients(name: str) -> Iterator[Client]:
    """Every program of this name, one per folder: first from server installations, then others."""
    seen = set()
    for place in (
        *installations.find_in_wheels(),
        *installations.find_on_system(),
        *installations.find_other_majors(),
    ):
        if place.found and place.found.program(name).is_file():
            seen.add(place.found.bindir)
            yield Client(place.found.program(name), place.found.version)
    for program in _paths_without_server(name):
        if program.is_file() and program.parent not in seen:
            seen.add(program.parent)
            if version := _program_version(program):
                yield Client(program, version)


def _paths_without_server(name: str) -> Iterator[Path]:
    """Paths of clients without a server; PATH comes last, because it may hold a wrapper."""
    for pattern in (*installations.VERSIONED_FOLDERS, *CLIENT_ONLY_FOLDERS):
        yield from (folder / name for folder in Path("/").glob(pattern.removeprefix("/")))
    if on_path := shutil.which(name):
        yield Path(on_path)


@lru_cache
def _program_version(program: Path) -> str:
    """The version that a program prints, "" when it does not run on this machine."""
    return installations.version_in(installations.output_lines(str(program), "--version"))
