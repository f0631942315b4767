"""The application's settings; it opens no connection.

`DATABASE_URL` comes from the environment, else from `.env` in the checkout, else it is
the SQLite file under `data/db/`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from api.config.env_file import read_env_file

CHECKOUT = Path(__file__).resolve().parents[3]
DEFAULT_DATABASE_URL = "sqlite:///./data/db/ettametta.db"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the application must be told.

    `folder` is where `.env` lies and what relative SQLite paths are relative to.  The
    variables are read at each access, so a value that is set after the import is heard.
    """

    folder: Path
    environ: Mapping[str, str] = field(repr=False)

    @property
    def DATABASE_URL(self) -> str:
        """A URL for SQLAlchemy, with its password: never print it.

        Its text is not interpolated: a `%` in a password needs no care beyond the
        percent-encoding that every URL asks for.
        """
        name = "DATABASE_URL"
        from_file = read_env_file(self.folder / ".env")
        url = self.environ.get(name) or from_file.get(name) or DEFAULT_DATABASE_URL
        return _with_driver(_anchored(url.strip(), self.folder))


def _with_driver(url: str) -> str:
    """Name psycopg2 where a URL names no driver.

    SQLAlchemy refuses `postgres://`, and from 2.1 on reads `postgresql://` as psycopg 3.
    """
    scheme, separator, rest = url.partition("://")
    if scheme in ("postgres", "postgresql"):
        scheme = "postgresql+psycopg2"
    return scheme + separator + rest


def _anchored(url: str, folder: Path) -> str:
    """Make a relative SQLite path absolute, so that it means one file from everywhere."""
    prefix = "sqlite:///"
    path = url.removeprefix(prefix)
    if path == url or not path or path.startswith(("/", ":memory:", "file:")):
        return url
    return f"{prefix}{folder / path}"


settings = Settings(CHECKOUT, os.environ)
