"""`rehearsal snapshot`: production's schema, as a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from alembic_rehearsal.cli.options import (
    Config,
    ServerChoice,
    app,
    expect_format,
    read_url_variable,
    settings_for,
    tell,
)
from alembic_rehearsal.core.settings.values import Settings

snapshot_app = typer.Typer(help="Production's schema, as a file.", no_args_is_help=True)
app.add_typer(snapshot_app, name="snapshot")


File = Annotated[
    Path | None, typer.Argument(help="The snapshot.", show_default="the one in the settings")
]
Format = Annotated[str, typer.Option(help="text or json.")]


@snapshot_app.command("take")
def snapshot_take(
    source: Annotated[
        str, typer.Option("--from", help="The database's URL, or the variable that holds it.")
    ],
    config: Config = None,
    to: Annotated[Path | None, typer.Option(help="Where to write it.")] = None,
    version_table: Annotated[
        str, typer.Option(help="Which of several version tables; overrides settings.")
    ] = "",
) -> None:
    """Write production's schema; no rows except those of `reference_tables`."""
    from alembic_rehearsal.snapshot.take import take_snapshot

    settings = settings_for(config)
    path = to or _default_path(settings)
    url = _resolve_url(source, "--from")
    take_snapshot(
        url,
        path,
        tell=tell,
        reference_tables=settings.reference_tables,
        version_table=version_table or settings.version_table,
    )


@snapshot_app.command("show")
def snapshot_show(file: File = None, config: Config = None, format: Format = "text") -> None:
    """Print a snapshot's revision, server, extensions, roles, tables and their sizes."""
    from alembic_rehearsal.snapshot.files import read_snapshot
    from alembic_rehearsal.snapshot.report import SNAPSHOT_FORMATS
    from alembic_rehearsal.snapshot.secrets import find_suspicions

    expect_format(format, SNAPSHOT_FORMATS)
    snapshot = read_snapshot(file or _default_path(settings_for(config)))
    sys.stdout.write(SNAPSHOT_FORMATS[format](snapshot, find_suspicions(snapshot.sql)))


@snapshot_app.command("verify")
def snapshot_verify(
    file: File = None,
    config: Config = None,
    against: Annotated[
        str, typer.Option(help="The live database's URL, or the variable that holds it.")
    ] = "",
    server: ServerChoice = None,
    format: Format = "text",
) -> None:
    """Restore a snapshot and compare; exit 1 for real differences."""
    from alembic_rehearsal.snapshot.report import VERIFICATION_FORMATS
    from alembic_rehearsal.snapshot.verify import verify_snapshot

    expect_format(format, VERIFICATION_FORMATS)
    settings = settings_for(config, server)
    url = _resolve_url(against, "--against") if against else ""
    found = verify_snapshot(file or _default_path(settings), settings, against=url, tell=tell)
    sys.stdout.write(VERIFICATION_FORMATS[format](found))
    raise typer.Exit(0 if found.holds else 1)


def _default_path(settings: Settings) -> Path:
    return settings.snapshot or settings.folder / "snapshots" / "production.sql"


def _resolve_url(given: str, option: str) -> str:
    return given if "://" in given else read_url_variable(given, option)
