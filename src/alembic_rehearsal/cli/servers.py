"""`rehearsal servers`: the PostgreSQL servers that a rehearsal could use here."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from alembic_rehearsal.cli.options import app, expect_format, tell


@app.command()
def servers(format: Annotated[str, typer.Option(help="text or json.")] = "text") -> None:
    """List each PostgreSQL that a rehearsal could use here."""
    from alembic_rehearsal.core.postgres.servers.offers import find_offers
    from alembic_rehearsal.core.postgres.servers.report import SERVERS

    expect_format(format, SERVERS)
    sys.stdout.write(SERVERS[format](find_offers(tell=tell)))
