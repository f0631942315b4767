"""`rehearsal lock`: what each revision means and makes, written beside the snapshot."""

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
        bool, typer.Option("--accept-edits", help="Record edits of what production has applied.")
    ] = False,
) -> None:
    """Write history.lock: what each revision means, and what it makes of the schema."""
    from alembic_rehearsal.lockfile.report import lock_result_text
    from alembic_rehearsal.lockfile.write import lock_history

    settings = settings_for(config, server)
    project = settings.project(python=python, section=name)
    outcome = lock_history(project, settings, accept_edits=accept_edits, tell=tell)
    found = outcome.lock, outcome.edits, outcome.written, outcome.production
    sys.stdout.write(lock_result_text(outcome.path, *found))
