"""Project."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Project:
    """An Alembic project, as the `alembic` command would see it from its folder.

    `config` is the absolute path of alembic.ini, `section` the one to read in it.
    `folder` is the working directory, `python` the interpreter that can import the
    project.  `url_variables` are the environment variables that its application reads
    its database URL from.  `target` is what deploys upgrade to (`alembic upgrade TARGET`),
    "" for the head, or for the heads of labelled branches; `x` is what they pass by `-x`, where
    `{url}` stands for the database's URL.  `versions` are folders to read revisions from instead
    of those that the configuration names, none for those.
    """

    config: Path
    folder: Path
    python: str
    section: str = "alembic"
    url_variables: tuple[str, ...] = ("DATABASE_URL",)
    target: str = ""
    x: tuple[str, ...] = ()
    versions: tuple[Path, ...] = ()
