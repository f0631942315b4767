"""`rehearsal schema`: show a schema, or compare two."""

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
    settings_for,
    tell,
)

schema_app = typer.Typer(help="Show a schema, or compare two.", no_args_is_help=True)
app.add_typer(schema_app, name="schema")

Schema = Annotated[str, typer.Argument(help="A URL, a snapshot (*.sql), models, or a revision.")]
Format = Annotated[str, typer.Option(help="text or json.")]


@schema_app.command("show")
def schema_show(
    schema: Schema,
    config: Config = None,
    name: Section = "alembic",
    python: Python = sys.executable,
    server: ServerChoice = None,
    format: Format = "text",
) -> None:
    """Print every object of a schema."""
    from alembic_rehearsal.building.schemas import read_schema
    from alembic_rehearsal.core.schema.report import PICTURE_FORMATS

    expect_format(format, PICTURE_FORMATS)
    settings = settings_for(config, server)
    project = settings.project(python=python, section=name)
    sys.stdout.write(PICTURE_FORMATS[format](read_schema(schema, project, settings, tell=tell)))


@schema_app.command("diff")
def schema_diff(
    first: Schema,
    second: Schema,
    config: Config = None,
    name: Section = "alembic",
    python: Python = sys.executable,
    server: ServerChoice = None,
    rights: Annotated[
        bool, typer.Option("--rights", help="Compare owners and grants as well.")
    ] = False,
    format: Format = "text",
) -> None:
    """Print the differences between two schemas; exit 1 for real differences."""
    from alembic_rehearsal.building.schemas import compare_schemas
    from alembic_rehearsal.core.schema.report import DIFFERENCE_FORMATS

    expect_format(format, DIFFERENCE_FORMATS)
    settings = settings_for(config, server)
    project = settings.project(python=python, section=name)
    found = compare_schemas((first, second), project, settings, rights=rights, tell=tell)
    sys.stdout.write(DIFFERENCE_FORMATS[format](found))
    raise typer.Exit(1 if any(each.real for each in found) else 0)
