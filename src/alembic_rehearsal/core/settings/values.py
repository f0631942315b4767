"""The settings of one project, as values; `files.py` reads them."""

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

    It names the revision that the finding is about; or, where a finding is about none of
    them, the `object` that it shows ("index public.orders_total_idx").
    """

    code: str
    reason: str
    revision: str = ""
    object: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one project, with every path made absolute.

    `source` is the file they came from, None where there is none.  `snapshot` is None
    where none is configured and the default file does not exist: production is unknown
    then.  `disposable` declares a server given by URL as one that rehearsals may create
    and drop databases on.  `models` are the packages in which every table of the models
    must be imported, none for those that define one.  `target` is what deploys upgrade to, ""
    for the head, or for the heads of labelled branches; `x` is what they pass by `-x`, where
    `{url}` stands for the database's URL.  `bootstrap` is a SQL file or a command that an empty
    database gets before its first migration, "" for none: those of ours that are thrown away, and,
    where there is no snapshot, the development database.  `replayable = false` declares that the
    history cannot be run from an empty database, bootstrap or not.  `reference_tables` are
    those whose rows a snapshot carries, since migrations need them.  `version_table` is the one
    whose revisions count in a living database that has several, "" for the only one.  `skip` are
    checks and families that are not judged.  `random_seed` is what samples are drawn with: the same
    number gives the same rehearsal.  `seed` is the function that puts the first rows into a new
    database, "" for none: "shop.seeds:first_rows".  `database` is what one is created with.
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
        """The project's folder: where `alembic` would be typed, and `.rehearsal/` lies.

        For a `migrations/alembic.ini` that names no script_location, as Flask-Migrate writes
        it, that is the folder above.
        """
        if self.source:
            return self.source.parent
        beside = self.config.parent
        return beside.parent if _is_flask_migrate_config(self.config) else beside

    @property
    def lock_path(self) -> Path:
        """Where the history's lock file is, or would be: beside the snapshot."""
        beside = self.snapshot or self.folder / DEFAULT_SNAPSHOT
        return beside.with_name("history.lock")

    def project(self, *, python: str = sys.executable, section: str = "alembic") -> Project:
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
    """` --config PATH`, as a command typed here needs it to mean this alembic.ini.

    Nothing for the alembic.ini of the working directory, which is what counts by itself.
    """
    here = Path.cwd()
    return "" if config == here / "alembic.ini" else f" --config {_shell_path(config, here)}"


def alembic_command(project: Project) -> str:
    """`alembic` with what it needs, typed here, to mean this project.

    In the project's folder: relative paths in alembic.ini count from where it is typed.
    """
    here, folder, config = Path.cwd(), project.folder, project.config
    there = "" if folder == here else f"cd {_shell_path(folder, here)} && "
    its = "" if config == folder / "alembic.ini" else f" -c {_shell_path(config, folder)}"
    section = "" if project.section == "alembic" else f" -n {shlex.quote(project.section)}"
    return f"{there}alembic{its}{section}"


def _shell_path(path: Path, here: Path) -> str:
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return shlex.quote(str(shown))


def _is_flask_migrate_config(config: Path) -> bool:
    """Whether it lies beside its env.py and does not say where that is."""
    if not (config.parent / "env.py").is_file():
        return False
    return not re.search(r"^\s*script_location\s*[=:]", config.read_text("utf-8"), re.M)
