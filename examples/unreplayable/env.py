"""An ordinary env.py: one engine, the URL from DATABASE_URL, PostgreSQL only."""

from __future__ import annotations

import os
from logging.config import fileConfig

from alembic import context
from shop.models import Base
from sqlalchemy import NullPool, create_engine

config = context.config
if config.config_file_name is not None:
    fileConfig(config.config_file_name, disable_existing_loggers=False)

url = os.environ.get("DATABASE_URL")
if not url:
    raise SystemExit("DATABASE_URL is not set: postgresql+psycopg2://USER:PASSWORD@HOST:5432/NAME")
for scheme in ("postgres://", "postgresql://"):
    if url.startswith(scheme):
        url = "postgresql+psycopg2://" + url.removeprefix(scheme)

if context.is_offline_mode():
    context.configure(url=url, target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()
