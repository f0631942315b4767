"""The env.py that all these examples share: one engine, the URL from DATABASE_URL.

An example that has a models.py is compared with it; the others have no models.
"""

from __future__ import annotations

import os
from importlib.util import find_spec

from alembic import context
from sqlalchemy import NullPool, create_engine

target_metadata = None
if find_spec("models") is not None:
    from models import Base

    target_metadata = Base.metadata

with create_engine(os.environ["DATABASE_URL"], poolclass=NullPool).connect() as connection:
    context.configure(connection=connection, target_metadata=target_metadata)
    with context.begin_transaction():
        context.run_migrations()
