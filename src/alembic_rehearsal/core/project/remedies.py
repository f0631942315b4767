"""Errors for a project that does not load, with remedies that its owner can type."""

from __future__ import annotations

import re
from configparser import Error, RawConfigParser
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.settings.values import alembic_command
from alembic_rehearsal.core.values.did_you_mean import did_you_mean
from alembic_rehearsal.core.values.errors import (
    NoMigrationRan,
    ProjectDoesNotLoad,
    RehearsalError,
    UsageError,
)
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.core.values.urls import mask

# Packages with the same name for `import` and `pip install`; other missing modules may be the
# project's own.
_INSTALLABLE = ("alembic", "sqlalchemy", "asyncpg", "psycopg", "psycopg2", "pg8000")
_ARGUMENT = re.compile(r"KeyError: '([\w.-]+)'")  # get_x_argument(as_dictionary=True)["name"]
_VARIABLE = re.compile(r"KeyError: '([A-Z][A-Z0-9_]*)'")  # os.environ["NAME"] in env.py


def load_error(project: Project, failure: dict[str, Any]) -> RehearsalError:
    """The error for a `failure` of the child while it loaded the project.

    `UsageError` when alembic.ini lacks the section, `NoMigrationRan` when env.py ran no
    migration, `ProjectDoesNotLoad` otherwise.
    """
    sections = _read_sections(project)
    if sections and project.section not in sections:
        return UsageError(
            f"there is no section [{project.section}] in {project.config}"
            f"{did_you_mean(project.section, sections)}; sections: {', '.join(sections)}.",
            remedies=("--name SECTION",),
        )
    where = f"{failure['path']}:{failure['line']}" if failure["path"] else str(project.config)
    kind = NoMigrationRan if failure["kind"] == "RanNothing" else ProjectDoesNotLoad
    return kind(f"{where}: {mask(failure['message'])}", remedies=_load_remedies(project, failure))


def target_error(project: Project, message: str, known: list[str]) -> UsageError:
    """The error for a target that the history does not have; `known` are heads and labels."""
    return UsageError(
        f"alembic upgrade {project.target} does not find its target: {mask(message)}",
        remedies=(
            f"--target {' | '.join(known)}" if known else f"{alembic_command(project)} heads",
        ),
    )


def _read_sections(project: Project) -> tuple[str, ...]:
    """The sections of alembic.ini; none when it cannot be read as an ini file."""
    parser = RawConfigParser()
    try:
        parser.read(project.config, encoding="utf-8")
    except (Error, UnicodeDecodeError):
        return ()
    return tuple(parser.sections())


def _read_text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _load_remedies(project: Project, failure: dict[str, Any]) -> tuple[str, ...]:
    missing = str(failure.get("missing", "")).partition(".")[0]
    if missing in _INSTALLABLE:
        return (
            f"{project.python} -m pip install {missing}",
            "--python PATH   (the interpreter that can import the project)",
        )
    for folder in (".", "src"):
        if missing and any((project.folder / folder).glob(f"{missing}*")):
            return (f"prepend_sys_path = {folder}   (in {project.config.name})",)
    if missing:
        return ("--python PATH   (the interpreter that can import the project)",)
    message = str(failure["message"])
    if message.startswith("NoAppException"):
        return ("FLASK_APP=package:create_app   (in the environment, as for `flask db upgrade`)",)
    argument = _ARGUMENT.fullmatch(message)
    if argument is not None and "get_x_argument" in _read_text(failure["path"]):
        return (f"-x '{argument[1]}={{url}}'   (what env.py asks for; {{url}} is the database's)",)
    variable = _VARIABLE.fullmatch(message)
    if variable is not None:
        return (
            f'url_variables = ["{variable[1]}"]   (in the settings, if it holds the URL)',
            f"{variable[1]}=...   (in the environment, if it holds anything else)",
        )
    return (f"{alembic_command(project)} upgrade heads --sql   (the same, with a traceback)",)
