"""`rehearsal migrate` and the commands around the development database."""

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
    confirm,
    settings_for,
    tell,
)
from alembic_rehearsal.core.settings.environment import environment


@app.command()
def migrate(
    config: Config = None,
    name: Section = "alembic",
    python: Python = sys.executable,
    server: ServerChoice = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Bring the development database to head, from the snapshot.

    With the project's URL variable set: only upgrade that database.
    """
    from alembic_rehearsal.deploy.migrate import upgrade_given_database
    from alembic_rehearsal.deploy.report import deploy_text
    from alembic_rehearsal.deploy.target import parse_address, urls_from_environment
    from alembic_rehearsal.development import migrate
    from alembic_rehearsal.development.report import migration_text

    settings = settings_for(config, server)
    project = settings.project(python=python, section=name)
    given = urls_from_environment(settings, environment())
    if not given:
        result = migrate.migrate(project, settings, tell=tell)
        sys.stdout.write(migration_text(result, settings.url_variables[0]))
        return
    address = parse_address(*given[0], settings.folder, environment())
    tell(f"{address.masked}   ({address.origin})")
    upgraded = upgrade_given_database(
        project, settings, address, is_confirmed=yes, confirm=confirm, tell=tell
    )
    sys.stdout.write(deploy_text(upgraded))


@app.command()
def up(config: Config = None, server: ServerChoice = None) -> None:
    """Start the development Postgres."""
    from alembic_rehearsal.development import migrate

    migrate.start(settings_for(config, server), tell=tell)


@app.command()
def down(config: Config = None, server: ServerChoice = None) -> None:
    """Stop the development Postgres; its data is kept."""
    from alembic_rehearsal.development import migrate

    tell(migrate.stop(settings_for(config, server)))


@app.command()
def reset(config: Config = None, server: ServerChoice = None) -> None:
    """Drop and recreate the development database."""
    from alembic_rehearsal.development import migrate
    from alembic_rehearsal.development.report import migration_text

    settings = settings_for(config, server)
    outcome = migrate.reset(settings.project(), settings, tell=tell)
    sys.stdout.write(migration_text(outcome, settings.url_variables[0]))


@app.command()
def url(config: Config = None, server: ServerChoice = None) -> None:
    """Print the development database's URL (libpq format, for psql)."""
    from alembic_rehearsal.development import migrate

    sys.stdout.write(f"{migrate.development_url(settings_for(config, server))}\n")


@app.command()
def env(config: Config = None, server: ServerChoice = None) -> None:
    """Write the development database's URL to .env."""
    from alembic_rehearsal.development import migrate

    path = migrate.write_env(settings_for(config, server))
    tell(f"wrote the development database's URL to {path}")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(
    context: typer.Context, config: Annotated[Path | None, typer.Option("--config")] = None
) -> None:
    """Open psql on the development database."""
    from alembic_rehearsal.development import migrate

    raise typer.Exit(migrate.run_psql(settings_for(config), tuple(context.args)))
