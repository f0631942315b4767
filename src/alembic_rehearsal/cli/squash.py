"""`rehearsal squash`: replace the history that production has passed by one revision."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from alembic_rehearsal.cli.options import (
    Config,
    Python,
    Section,
    ServerChoice,
    X,
    app,
    settings_for,
    tell,
)


@app.command()
def squash(
    to: Annotated[
        str, typer.Option("--to", help="The revision, passed by production, to squash up to.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Prove it, and write nothing.")
    ] = False,
    config: Config = None,
    name: Section = "alembic",
    python: Python = sys.executable,
    x: X = None,
    server: ServerChoice = None,
) -> None:
    """Replace the history up to a revision by one that is proven to do the same."""
    from alembic_rehearsal.squash.report import squash_text
    from alembic_rehearsal.squash.squash import squash_history

    settings = settings_for(config, server, x=x)
    project = settings.project(python=python, section=name)
    found = squash_history(project, settings, to, dry_run=dry_run, tell=tell)
    sys.stdout.write(squash_text(found, Path.cwd()))
    raise typer.Exit(0 if found.holds else 1)
