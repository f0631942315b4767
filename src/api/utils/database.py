"""The declarative base, the engine and the session.

Importing this module connects to nothing, and nothing here creates a table: that is
what the migrations are for.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, create_engine, make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from api.config.settings import settings

# Every constraint has a name that can be derived, so a migration can drop it again
# (Alembic manual, The Importance of Naming Constraints).
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every model: `Base.metadata` is what autogenerate compares with."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


def make_engine(**options: Any) -> Engine:
    """A new engine for `settings.DATABASE_URL`; `options` are those of `create_engine`.

    The folder of a SQLite file is made here, because SQLite makes the file alone.
    """
    url = make_url(settings.DATABASE_URL)
    file = url.database or ":memory:"
    if url.get_backend_name() == "sqlite" and not file.startswith((":memory:", "file:")):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    return create_engine(url, **options)


@cache
def engine() -> Engine:
    """The application's pooled engine, made when it is first asked for."""
    return make_engine(pool_pre_ping=True)


def open_session() -> Session:
    """A new session on the application's engine; the caller closes it."""
    return sessionmaker(engine())()
