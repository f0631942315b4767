"""An env.py that migrates, and then adds an index that the search wants."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import NullPool, create_engine, text

with create_engine(os.environ["DATABASE_URL"], poolclass=NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("CREATE INDEX ON customers (lower(email))"))
    connection.commit()
