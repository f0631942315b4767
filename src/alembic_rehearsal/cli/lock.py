"""`rehearsal lock`: write history.lock, which records each revision's source and schema."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from alembic_rehearsal.cli.options import (
    Config,
    Python,
    Section,
    ServerChoice,
    app,
    settings_for,
    tell,
)


@app.command()
def lock(
    config: Config = None,
    name: Section = "alembic",
    python: Python = sys.executable,
    server: ServerChoice = None,
    accept_edits: Annotated[
        bool,
        typer.Option(
            "--accept-edits", help="Record edits of revisions that production has applied."
        ),
    ] = False,
) -> None:
    """Write history.lock: a hash of each revision's source, and the schema that it creates."""
    from alembic_rehearsal.lockfile.report import lock_result_text
    from alembic_rehearsal.lockfile.write import lock_history

    settings = settings_for(config, server)
    project = settings.project(python=python, section=name)
    result = lock_history(project, settings, accept_edits=accept_edits, tell=tell)
    found = result.lock, result.edits, result.written, result.production
    sys.stdout.write(lock_result_text(result.path, *found))
