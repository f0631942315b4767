"""`rehearsal identify`: which revision a database's schema matches, whatever its stamp says."""

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
    expect_format,
    resolve_schema,
    settings_for,
    tell,
)


@app.command()
def identify(
    schema: Annotated[
        str, typer.Argument(help="A URL, the variable that holds it, or a snapshot (*.sql).")
    ],
    config: Config = None,
    name: Section = "alembic",
    python: Python = sys.executable,
    server: ServerChoice = None,
    format: Annotated[str, typer.Option(help="text or json.")] = "text",
) -> None:
    """Say which revision a schema matches; exit 1 where none does, or where the stamp differs."""
    from alembic_rehearsal.identify.identify import identify_schema
    from alembic_rehearsal.identify.report import IDENTITY_FORMATS

    expect_format(format, IDENTITY_FORMATS)
    settings = settings_for(config, server)
    project = settings.project(python=python, section=name)
    source = resolve_schema(schema, "rehearsal identify")
    found = identify_schema(source, project, settings, tell=tell)
    sys.stdout.write(IDENTITY_FORMATS[format](found))
    raise typer.Exit(0 if found.is_sound else 1)
