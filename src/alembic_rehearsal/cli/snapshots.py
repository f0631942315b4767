"""`rehearsal snapshot`: production's schema, as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alembic_rehearsal.cli.options import Config, app, from_variable, settings_for, tell

snapshot_app = typer.Typer(help="Production's schema, as a file.", no_args_is_help=True)
app.add_typer(snapshot_app, name="snapshot")


@snapshot_app.command("take")
def snapshot_take(
    source: Annotated[
        str, typer.Option("--from", help="The database's URL, or the variable that holds it.")
    ],
    config: Config = None,
    to: Annotated[Path | None, typer.Option(help="Where to write it.")] = None,
) -> None:
    """Write production's schema; no row leaves it but those of `reference_tables`."""
    from alembic_rehearsal.capture import take_snapshot

    settings = settings_for(config)
    path = to or settings.snapshot or settings.folder / "snapshots" / "production.sql"
    url = source if "://" in source else from_variable(source)
    snapshot = take_snapshot(url, path, tell=tell, reference_tables=settings.reference_tables)
    at = ", ".join(snapshot.provenance.revisions) or "no revision"
    tell(
        f"wrote {snapshot.path} and its provenance: {at}, {len(snapshot.provenance.tables)} tables"
    )
