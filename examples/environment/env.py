"""The env.py that all these examples share: one engine, the URL from DATABASE_URL.

An example that has models (models.py, or a package) is compared with them; the others have
none.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any

from alembic import context
from sqlalchemy import NullPool, create_engine

target_metadata = None
if find_spec("models") is not None:
    from models import Base

    target_metadata = Base.metadata


def run(**target: Any) -> None:
    context.configure(target_metadata=target_metadata, **target)
    with context.begin_transaction():
        context.run_migrations()


url = os.environ["DATABASE_URL"]
if context.is_offline_mode():
    run(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"})
else:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        run(connection=connection)
