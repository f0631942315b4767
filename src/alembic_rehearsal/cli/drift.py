"""`rehearsal drift`: compare a database with its history and its models."""

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
    app,
    expect_format,
    resolve_schema,
    settings_for,
    tell,
)
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.did_you_mean import did_you_mean
from alembic_rehearsal.core.values.errors import UsageError
from alembic_rehearsal.drift.values import FixDirection


@app.command("drift")
def drift(
    against: Annotated[
        str | None,
        typer.Option(
            help="A URL, the variable that holds it, or a snapshot (*.sql).",
            show_default="the configured snapshot",
        ),
    ] = None,
    fix: Annotated[
        str | None,
        typer.Option(help="Write a revision that changes the `database`, or the `history`."),
    ] = None,
    config: Config = None,
    name: Section = "alembic",
    python: Python = sys.executable,
    server: ServerChoice = None,
    rights: Annotated[
        bool, typer.Option("--rights", help="Compare owners and grants as well.")
    ] = False,
    format: Annotated[str, typer.Option(help="text or json.")] = "text",
) -> None:
    """Compare a database with the history at its revision, and with the models at head."""
    from alembic_rehearsal.drift.find import find_drift
    from alembic_rehearsal.drift.report import DRIFT_FORMATS

    expect_format(format, DRIFT_FORMATS)
    direction = _parse_direction(fix)
    settings = settings_for(config, server)
    project = settings.project(python=python, section=name)
    found = find_drift(
        _schema_to_compare(against, settings),
        project,
        settings,
        rights=rights,
        fix=direction,
        tell=tell,
    )
    sys.stdout.write(DRIFT_FORMATS[format](found, folder=Path.cwd()))
    raise typer.Exit(int(found.fails))


def _schema_to_compare(against: str | None, settings: Settings) -> str:
    if against is None:
        if settings.snapshot is None:
            raise UsageError(
                "there is nothing to compare: no --against, and no snapshot is configured.",
                remedies=("--against DATABASE_URL", "rehearsal snapshot take --from URL"),
            )
        path, here = settings.snapshot, Path.cwd()
        return str(path.relative_to(here) if path.is_relative_to(here) else path)
    return resolve_schema(against, "--against")


def _parse_direction(text: str | None) -> FixDirection | None:
    if text is None or text in tuple(FixDirection):
        return FixDirection(text) if text else None
    hint = did_you_mean(text, tuple(map(str, FixDirection)))
    raise UsageError(
        f"--fix {text!r} is neither database nor history{hint}.",
        remedies=(
            "--fix database   (changes databases back to the schema that the history creates)",
            "--fix history    (adds to the history what was done by hand)",
        ),
    )
