"""Leaves out what an extension brings, where the database has it."""

from __future__ import annotations

import os
from typing import Any

from alembic import context
from models import Base
from sqlalchemy import NullPool, create_engine

FOREIGN_TABLES = {"spatial_ref_sys"}


def include_object(
    item: object, name: str | None, kind: str, reflected: bool, compare_to: object
) -> bool:
    return not (kind == "table" and reflected and name in FOREIGN_TABLES)


def run(**target: Any) -> None:
    context.configure(target_metadata=Base.metadata, include_object=include_object, **target)
    with context.begin_transaction():
        context.run_migrations()


url = os.environ["DATABASE_URL"]
if context.is_offline_mode():
    run(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"})
else:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        run(connection=connection)
