"""The bootstrap: what runs on an empty database before a history's first migration.

It is a SQL file or a command of the project's own; what the database holds then is not checked.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

from alembic_rehearsal.core.postgres.connections import libpq_environment
from alembic_rehearsal.core.postgres.programs.clients import find_client_program
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import BootstrapFailed
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.core.values.urls import mask

SQL = ".sql"
_LAST_LINES = 15


def run_bootstrap(source: str, project: Project, into: Database) -> None:
    """Run a bootstrap on an empty throwaway database, in the project's folder.

    `source` is a path that ends in .sql, which psql runs, or a command line.  A command is not
    fenced: it finds the database in the project's URL variables and in PG*, and the project's
    interpreter is first on its PATH.

    Raises `BootstrapFailed` if it cannot be started, or fails, with the last lines that it
    printed.
    """
    if source.endswith(SQL):
        program = find_client_program("psql", at_least=into.server.major)
        command = [str(program), "-qX", "-v", "ON_ERROR_STOP=1", "-f", source]
    else:
        command = shlex.split(source)
    try:
        done = subprocess.run(
            command,
            cwd=project.folder,
            env=_variables(project, into),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise BootstrapFailed(
            f"the bootstrap {source!r} cannot be started in {project.folder}: {error.strerror}.",
            remedies=('bootstrap = "schema.sql"   (in the settings: a file, or a command)',),
        ) from error
    if done.returncode != 0:
        output = "\n".join(done.stdout.strip().splitlines()[-_LAST_LINES:])
        raise BootstrapFailed(
            f"the bootstrap {source!r} ended with exit status {done.returncode}.",
            why=mask(output),
            remedies=("bootstrap = ...   (in the settings; it is run on an empty database)",),
        )


def _variables(project: Project, into: Database) -> dict[str, str]:
    known = libpq_environment(into)
    urls = {name: _url(known, name, into) for name in project.url_variables}
    path = os.pathsep.join(filter(None, (str(Path(project.python).parent), known.get("PATH"))))
    return {**known, **urls, "PATH": path}


def _url(variables: Mapping[str, str], name: str, into: Database) -> str:
    """The database's URL, with the driver that the variable's present value names."""
    _, plus, driver = variables.get(name, "").partition("://")[0].partition("+")
    return into.url(driver if plus else "")
