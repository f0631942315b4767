"""Migrations in this process, on a connection that env.py receives: fast, for many steps."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from sample.commands import CHECKOUT


def upgrade(url: str, *targets: str) -> None:
    """Run `alembic upgrade` to each of `targets`, in this order."""
    for target in targets:
        _run(command.upgrade, url, target)


def downgrade(url: str, target: str) -> None:
    """Run `alembic downgrade` to `target`."""
    _run(command.downgrade, url, target)


def _run(action: Callable[[Config, str], None], url: str, target: str) -> None:
    config = Config()  # no file, so that this process's logging stays as it is
    config.set_main_option("script_location", str(CHECKOUT / "alembic").replace("%", "%%"))
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        action(config, target)
