"""The settings of one project as frozen values; `files.py` reads them from a file."""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path

from alembic_rehearsal.core.values.databases import DatabaseOptions
from alembic_rehearsal.core.values.project import Project

DEFAULT_SNAPSHOT = Path("snapshots/production.sql")


@dataclass(frozen=True, slots=True)
class Waiver:
    """One finding that the project accepts, with a reason.

    It names the `revision` of the finding, or, for a finding without a revision, the `object`
    ("index public.orders_total_idx").
    """

    code: str
    reason: str
    revision: str = ""
    object: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one project, with absolute paths.

    `config` is the path of alembic.ini, and `source` the file of the settings, None if there is
    none.  `snapshot` is None if none is configured and the default file does not exist: nothing
    is known of production then.  `server` is "auto", "local", "embedded", "docker" or a URL, and
    `postgres` the PostgreSQL major to use.  `disposable` declares that rehearsals may create and
    drop databases on a server given by URL.

    `url_variables`, `target` and `x` are those of `Project`.  `models` are the packages whose
    models must all be imported; if empty, the packages that define a table.  `bootstrap` is an
    SQL file or a command that prepares an empty database before its first migration, "" for
    none: our throwaway databases, and without a snapshot the development database.
    `replayable = false` declares that the history cannot be run from an empty database, not even
    with a bootstrap.

    `reference_tables` are tables whose rows a snapshot includes, because migrations need them.
    `version_table` is the version table to use in a database that has several, "" for the only
    one.  `skip` are the checks and families of checks that are not judged.  `random_seed` is the
    seed of all random choices: the same number gives the same rehearsal.  `seed` is the function
    that inserts the first rows into a new database ("shop.seeds:first_rows"), "" for none.
    `database` holds the options with which a database is created, and `waive` the accepted
    findings.
    """

    config: Path
    source: Path | None = None
    snapshot: Path | None = None
    server: str = "auto"
    postgres: int | None = None
    disposable: bool = False
    url_variables: tuple[str, ...] = ("DATABASE_URL",)
    models: tuple[str, ...] = ()
    target: str = ""
    x: tuple[str, ...] = ()
    bootstrap: str = ""
    replayable: bool = True
    reference_tables: tuple[str, ...] = ()
    version_table: str = ""
    skip: tuple[str, ...] = ()
    random_seed: int = 0
    seed: str = ""
    database: DatabaseOptions = field(default_factory=DatabaseOptions)
    waive: tuple[Waiver, ...] = ()

    @property
    def folder(self) -> Path:
        """The project's folder: the working directory of `alembic`, with `.rehearsal/` in it.

        For a `migrations/alembic.ini` without script_location, as Flask-Migrate writes it, this
        is the folder above `migrations`.
        """
        if self.source:
            return self.source.parent
        folder = self.config.parent
        return folder.parent if _is_flask_migrate_config(self.config) else folder

    @property
    def lock_path(self) -> Path:
        """The path of the lock file, which may not exist: in the folder of the snapshot."""
        snapshot = self.snapshot or self.folder / DEFAULT_SNAPSHOT
        return snapshot.with_name("history.lock")

    def project(self, *, python: str = sys.executable, section: str = "alembic") -> Project:
        """The Alembic project of these settings; `section` is the one to read in alembic.ini."""
        return Project(
            config=self.config,
            folder=self.folder,
            python=python,
            section=section,
            url_variables=self.url_variables,
            target=self.target,
            x=self.x,
        )


def config_option(config: Path) -> str:
    """The option ` --config PATH` for a command that is typed in the working directory.

    "" for the alembic.ini of the working directory, which is the default.
    """
    here = Path.cwd()
    return "" if config == here / "alembic.ini" else f" --config {_shell_path(config, here)}"


def alembic_command(project: Project) -> str:
    """The `alembic` command for this project, to be typed in the working directory.

    It changes to the project's folder first, because Alembic resolves relative paths in
    alembic.ini from its working directory.
    """
    here, folder, config = Path.cwd(), project.folder, project.config
    change_folder = "" if folder == here else f"cd {_shell_path(folder, here)} && "
    option = "" if config == folder / "alembic.ini" else f" -c {_shell_path(config, folder)}"
    section = "" if project.section == "alembic" else f" -n {shlex.quote(project.section)}"
    return f"{change_folder}alembic{option}{section}"


def _shell_path(path: Path, here: Path) -> str:
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return shlex.quote(str(shown))


def _is_flask_migrate_config(config: Path) -> bool:
    """Whether env.py is in the same folder, and the file does not set script_location."""
    if not (config.parent / "env.py").is_file():
        return False
    return not re.search(r"^\s*script_location\s*[=:]", config.read_text("utf-8"), re.M)
