"""An Alembic project as a frozen value; nothing here reads its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Project:
    """An Alembic project, as the `alembic` command would read it in its folder.

    `config` is the absolute path of alembic.ini, and `section` the section to read in it.
    `folder` is the working directory, `python` the interpreter that can import the project.
    `url_variables` are the environment variables from which the application reads its database
    URL.  `target` is the revision that deployments upgrade to (`alembic upgrade TARGET`), "" for
    the head, or for the heads of labelled branches.  `x` are the arguments that they pass with
    `-x`; `{url}` in them stands for the database's URL.  `versions` are the folders to read
    revisions from; if empty, those that the configuration names.
    """

    config: Path
    folder: Path
    python: str
    section: str = "alembic"
    url_variables: tuple[str, ...] = ("DATABASE_URL",)
    target: str = ""
    x: tuple[str, ...] = ()
    versions: tuple[Path, ...] = ()
