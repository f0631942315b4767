"""Why a project does not load, said with what its owner can type about it."""

from __future__ import annotations

from typing import Any

from alembic_rehearsal.errors import ProjectDoesNotLoad
from alembic_rehearsal.urls import mask
from alembic_rehearsal.words import Project


def does_not_load(project: Project, failure: dict[str, Any]) -> ProjectDoesNotLoad:
    where = f"{failure['path']}:{failure['line']}" if failure["path"] else str(project.config)
    return ProjectDoesNotLoad(
        f"{where}: {mask(failure['message'])}", ways_out=_ways_out(project, failure)
    )


def _ways_out(project: Project, failure: dict[str, Any]) -> tuple[str, ...]:
    missing = str(failure.get("missing", "")).partition(".")[0]
    if missing in ("alembic", "sqlalchemy"):
        return (
            f"{project.python} -m pip install {missing}",
            "--python PATH   (the interpreter that can import the project)",
        )
    for folder in (".", "src"):
        if missing and any((project.folder / folder).glob(f"{missing}*")):
            return (f"prepend_sys_path = {folder}   (in {project.config.name})",)
    if missing:
        return ("--python PATH   (the interpreter that can import the project)",)
    return (f"alembic -c {project.config.name} upgrade heads --sql   (the same, with a traceback)",)
