"""The database that a deploy works on: its URL, and where that URL was found.

Reads settings, environment, `.env` and alembic.ini; connects to nothing.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from configparser import Error as ConfigError
from dataclasses import dataclass, replace
from pathlib import Path

from alembic_rehearsal.core.settings.dotenv import read_variables
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.core.values.errors import UsageError
from alembic_rehearsal.core.values.urls import Url, parse_url

# libpq reads these from the environment where a connection does not set them (PostgreSQL
# manual, libpq, Environment Variables).
_LIBPQ_OPTIONS = {
    "hostaddr": "PGHOSTADDR",
    "options": "PGOPTIONS",
    "sslmode": "PGSSLMODE",
    "gssencmode": "PGGSSENCMODE",
}
_LOCAL_HOSTS = ("", "localhost", "127.0.0.1", "::1")
_DIALECTS = ("postgresql", "sqlite")


@dataclass(frozen=True, slots=True)
class Address:
    """The database to be brought to head; `origin` says in words where its URL came from."""

    target: Database | Path
    origin: str

    @property
    def dialect(self) -> str:
        return "sqlite" if isinstance(self.target, Path) else "postgresql"

    @property
    def is_local(self) -> bool:
        """Whether its host's name says that it is on this machine."""
        if isinstance(self.target, Path):
            return True
        host = self.target.server.host
        return host in _LOCAL_HOSTS or host.startswith("/")

    @property
    def masked(self) -> str:
        """The URL without its password."""
        if isinstance(self.target, Path):
            return f"sqlite:///{self.target}"
        return self.target.masked


def find_address(
    settings: Settings,
    environment: Mapping[str, str],
    *,
    url: str | None = None,
    application_url: str | None = None,
    section: str = "alembic",
) -> Address:
    """The first URL of: `url`, the URL variables in `environment`, the same variables in `.env`,
    the application's own URL (`application_url`), `sqlalchemy.url` in alembic.ini.

    Raises `UsageError` where there is none, and where it is neither a PostgreSQL database nor
    a SQLite file.
    """
    given = ((url, "--url"), *urls_from_environment(settings, environment))
    for text, origin in (*given, *_configured_urls(settings, application_url, section)):
        if text:
            return parse_address(text, origin, settings.folder, environment)
    variable = settings.url_variables[0] if settings.url_variables else "DATABASE_URL"
    raise UsageError(
        f"no database is named: {variable} is not set.",
        remedies=(f"{variable}=postgresql://USER:PASSWORD@HOST:5432/NAME", "--url URL"),
    )


def urls_from_environment(
    settings: Settings, environment: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """The URL variables that are set, each with its name, in the order of the settings."""
    named = ((environment.get(name, ""), name) for name in settings.url_variables)
    return tuple((text, name) for text, name in named if text)


def _configured_urls(
    settings: Settings, application_url: str | None, section: str
) -> Iterator[tuple[str | None, str]]:
    dotenv = settings.folder / ".env"
    for text, name in urls_from_environment(settings, read_variables(dotenv)):
        yield text, f"{name} in {dotenv}"
    yield application_url, "the application's settings"
    yield _read_ini_url(settings.config, section), f"sqlalchemy.url in {settings.config}"


def _read_ini_url(config: Path, section: str) -> str | None:
    """`sqlalchemy.url` of alembic.ini, None where it is missing or a placeholder.

    Alembic's own template says `driver://user:pass@localhost/dbname`.
    """
    parser = ConfigParser({"here": str(config.parent)})
    try:
        parser.read(config, encoding="utf-8")
        text = parser.get(section, "sqlalchemy.url", fallback="")
    except ConfigError:
        return None  # such as %(DB_URL)s, which env.py fills in
    return None if text.startswith("driver://") else text or None


# --- from a URL to a target --------------------------------------------------------------


def parse_address(text: str, origin: str, folder: Path, environment: Mapping[str, str]) -> Address:
    """A URL as a target; relative SQLite paths start from `folder`.

    What a PostgreSQL URL leaves out comes from libpq's environment variables.  Raises
    `UsageError` for any other kind of database, and for SQLite in memory.
    """
    url = parse_url(text)
    if url.dialect not in _DIALECTS:
        raise UsageError(
            f"{url.masked} ({origin}) is neither a PostgreSQL nor a SQLite database.",
            remedies=("postgresql://USER:PASSWORD@HOST:5432/NAME", "sqlite:///PATH"),
        )
    if url.is_postgres:
        return Address(_postgres_database(url, origin, environment), origin)
    if url.database in ("", ":memory:") or url.database.startswith("file:"):
        raise UsageError(f"{url.masked} ({origin}) is no file: nothing of it would be left.")
    return Address((folder / url.database).resolve(), origin)


def _postgres_database(url: Url, origin: str, environment: Mapping[str, str]) -> Database:
    asked = dict(url.query)
    user = asked.pop("user", "") or url.user or environment.get("PGUSER") or getpass.getuser()
    port = asked.pop("port", "") or str(url.port or environment.get("PGPORT") or 5432)
    server = Server(
        host=asked.pop("host", "") or url.host or environment.get("PGHOST", ""),
        port=parse_url(f"postgresql://:{port}").port,
        user=user,
        password=asked.pop("password", "") or url.password,
        version="",
        origin=origin,
    )
    name = asked.pop("dbname", "") or url.database or environment.get("PGDATABASE") or user
    if "ssl" in asked:  # asyncpg's name for it
        asked["sslmode"] = asked.pop("ssl")
    named = {key: environment[each] for key, each in _LIBPQ_OPTIONS.items() if each in environment}
    return Database(replace(server, options=tuple({**named, **asked}.items())), name)
