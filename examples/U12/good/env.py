"""Every migration should have a transaction of its own, and wait five seconds for locks.

The setting comes with the connection, so that no transaction is open yet.
"""

from __future__ import annotations

import os
from typing import Any

from alembic import context
from sqlalchemy import NullPool, create_engine


def run(**target: Any) -> None:
    context.configure(transaction_per_migration=True, **target)
    with context.begin_transaction():
        context.run_migrations()


url = os.environ["DATABASE_URL"]
if context.is_offline_mode():
    run(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"})
else:
    engine = create_engine(url, poolclass=NullPool, connect_args={"options": "-c lock_timeout=5s"})
    with engine.connect() as connection:
        run(connection=connection)
