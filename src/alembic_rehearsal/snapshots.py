"""Snapshots on disk: production's schema as SQL, and beside it where it came from.

Reading, writing and restoring; taking one from a live server is `capture.py`'s story.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql as composed

from alembic_rehearsal.databases import connect, is_empty
from alembic_rehearsal.errors import DatabaseNotEmpty, SnapshotUnreadable, Usage, WrongServer
from alembic_rehearsal.stamps import write_stamp
from alembic_rehearsal.words import Database, Needs, Provenance, Snapshot, TableSize

COMPLETE = "-- PostgreSQL database dump complete"
TAKE = "rehearsal snapshot take --from URL   (takes it again)"
_PLACEHOLDERS_AT_MOST = 100


def provenance_path(snapshot: Path) -> Path:
    return snapshot.with_suffix(".toml")


def digest(sql: str) -> str:
    return hashlib.sha256(sql.encode("utf-8")).hexdigest()


# --- reading and writing -----------------------------------------------------------------


def read_snapshot(path: Path) -> Snapshot:
    """A snapshot with its provenance.

    Raises `Usage` when a file is missing, and `SnapshotUnreadable` when the SQL is cut
    off, carries rows, is no text, or is not the file that the provenance describes.
    """
    text = _read(path, "the snapshot")
    provenance = _read_provenance(provenance_path(path))
    if COMPLETE not in text[-400:]:
        raise SnapshotUnreadable(
            f"{path} is not a whole pg_dump: its last line, 'PostgreSQL database dump complete', "
            "is missing.",
            why="it was truncated, or it is no dump at all.",
            ways_out=(TAKE, f"git checkout -- {path}"),
        )
    if digest(text) != provenance.sha256:
        raise SnapshotUnreadable(
            f"{path} is not the file that {provenance_path(path).name} describes "
            f"(sha256 {digest(text)[:12]}... instead of {provenance.sha256[:12]}...).",
            why="an edited snapshot is no longer what production is.",
            ways_out=(TAKE, f"git checkout -- {path}"),
        )
    return Snapshot(path, text, provenance)


def write_snapshot(snapshot: Snapshot) -> None:
    """Write both files, each by rename, so that a killed run leaves no half of one.

    Raises `OSError` where the folder cannot be written or the disk is full; a snapshot
    that was there is still there then.
    """
    provenance = provenance_path(snapshot.path)
    snapshot.path.parent.mkdir(parents=True, exist_ok=True)
    for path, text in (
        (snapshot.path, snapshot.sql),
        (provenance, _provenance_text(snapshot.provenance)),
    ):
        half = path.with_suffix(path.suffix + ".part")
        try:
            half.write_text(text, encoding="utf-8")
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)


def _read(path: Path, what: str) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise Usage(
            f"{what} {path} does not exist.",
            why="without it nothing can be said about production.",
            ways_out=(
                TAKE,
                "take `snapshot` out of the settings   (to rehearse from an empty database only)",
            ),
        ) from error
    except OSError as error:
        raise Usage(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SnapshotUnreadable(
            f"{path} is not UTF-8 text.",
            why="a snapshot is what `pg_dump --schema-only` prints, in its plain format.",
            ways_out=(TAKE,),
        ) from error


def _read_provenance(path: Path) -> Provenance:
    text = _read(path, "the snapshot's provenance")
    try:
        table = tomllib.loads(text)
        return _provenance(table)
    except (tomllib.TOMLDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise SnapshotUnreadable(
            f"{path} is not a snapshot's provenance: {type(error).__name__}: {error}.",
            why="without it nobody knows which revision the snapshot is at.",
            ways_out=(TAKE,),
        ) from error


def _provenance(table: Mapping[str, Any]) -> Provenance:
    if not isinstance(table["revisions"], list):
        raise TypeError("revisions should be a list")
    int(str(table["server_version"]).split(".")[0])  # the major must be a number
    return Provenance(
        revisions=tuple(str(each) for each in table["revisions"]),
        server_version=str(table["server_version"]),
        encoding=str(table["encoding"]),
        collation=str(table["collation"]),
        time_zone=str(table["time_zone"]),
        extensions=dict(table["extensions"]),
        tables={
            name: TableSize(int(size["rows"]), int(size["bytes"]))
            for name, size in table["tables"].items()
        },
        version_table=str(table["version_table"]),
        sha256=str(table["sha256"]),
        taken_at=str(table["taken_at"]),
        taken_with=str(table["taken_with"]),
    )


def _provenance_text(provenance: Provenance) -> str:
    lines = [
        "# Where the .sql file beside this one came from.  Written by `rehearsal snapshot take`;",
        "# row counts are the planner's estimates, sizes are bytes; no row ever leaves production.",
    ]
    for name in ("sha256", "taken_at", "taken_with", "server_version", "encoding", "collation"):
        lines.append(f"{name} = {_quoted(getattr(provenance, name))}")
    lines.append(f"time_zone = {_quoted(provenance.time_zone)}")
    lines.append(f"version_table = {_quoted(provenance.version_table)}")
    lines.append(f"revisions = [{', '.join(map(_quoted, provenance.revisions))}]")
    lines += ["", "[extensions]"]
    for name, version in sorted(provenance.extensions.items()):
        lines.append(f"{_quoted(name)} = {_quoted(version)}")
    lines += ["", "[tables]"]
    for name, size in sorted(provenance.tables.items()):
        lines.append(f"{_quoted(name)} = {{ rows = {size.rows}, bytes = {size.bytes} }}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML string: JSON's, but with every character outside the controls as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def wanted(major: int | None, snapshot: Snapshot | None) -> Needs:
    """What a server should be: production's major and extensions; `major` overrides."""
    needs = snapshot.needs if snapshot else Needs()
    return replace(needs, major=major) if major else needs


# --- restoring ---------------------------------------------------------------------------


def restore(
    snapshot: Snapshot, into: Database, *, make_roles: bool = False, timeout: float = 120.0
) -> None:
    """Load a snapshot into an empty database and stamp it with production's revisions.

    `timeout` is in seconds and bounds each statement; the whole load is one transaction,
    so that after an error the database is as empty as before.  With `make_roles`, roles
    that the dump names and the server lacks are made as placeholders that cannot log in:
    for servers of our own only, since roles belong to the whole server.

    Raises `DatabaseNotEmpty` rather than guess what may be dropped; `WrongServer` for a
    dump of a newer major (pg_dump output is promised to load into the same or a newer
    one only: PostgreSQL manual, pg_dump, Notes), for an extension that the server cannot
    make, and for a missing role; `SnapshotUnreadable` with file and line otherwise.
    """
    _check_server(snapshot, into)
    if not is_empty(into):
        raise DatabaseNotEmpty(
            f"{into.masked} is not empty; a snapshot is only restored into an empty database.",
            why="nobody but you can know what may be dropped there.",
        )
    for _ in range(_PLACEHOLDERS_AT_MOST):
        role = _load(snapshot, into, timeout)
        if role is None:
            return
        if not make_roles:
            raise WrongServer(
                f"{snapshot.path} needs the role {role!r}, which the server "
                f"{into.server.host}:{into.server.port} lacks.",
                ways_out=(f'CREATE ROLE "{role}" NOLOGIN;   (there)', TAKE),
            )
        _make_placeholder(role, into)
    raise SnapshotUnreadable(f"{snapshot.path} names more than {_PLACEHOLDERS_AT_MOST} roles.")


def _check_server(snapshot: Snapshot, into: Database) -> None:
    major = snapshot.needs.major
    if major is not None and major > into.server.major:
        raise WrongServer(
            f"{snapshot.path} comes from PostgreSQL {snapshot.provenance.server_version}, "
            f"and this server runs {into.server.version}.",
            why="pg_dump output loads into the same or a newer major only.",
            ways_out=(f"postgres = {major} in [tool.rehearsal]",),
        )
    with connect(into) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT e FROM unnest(%s::text[]) e "
            "WHERE e NOT IN (SELECT name FROM pg_available_extensions)",
            (list(snapshot.needs.extensions),),
        )
        missing = [row[0] for row in cursor.fetchall()]
    if missing:
        raise WrongServer(
            f"{snapshot.path} needs the extension{'s'[: len(missing) != 1]} "
            f"{', '.join(missing)}, which {into.server.origin} cannot make.",
            ways_out=(
                'server = "docker" in [tool.rehearsal]   (an image that has it)',
                'server = "postgresql://..." and disposable = true   (a server that has it)',
            ),
        )


def _load(snapshot: Snapshot, into: Database, timeout: float) -> str | None:
    """Load and stamp in one transaction; a role that is missing is returned, nothing kept.

    A connection of its own: the dump sets `search_path` to '' for its whole session.
    """
    with connect(into) as connection:
        connection.autocommit = False
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = %s", (int(timeout * 1000),))
                cursor.execute(snapshot.sql)
            if snapshot.provenance.revisions:
                write_stamp(
                    connection, snapshot.provenance.version_table, snapshot.provenance.revisions
                )
            connection.commit()
        except psycopg2.Error as error:
            connection.rollback()
            message = error.diag.message_primary or str(error).strip()
            if error.pgcode == "42704" and message.startswith('role "'):
                return message.split('"')[1]
            raise SnapshotUnreadable(
                f"{snapshot.path}{_line_of(error, snapshot)} does not load: {message}.",
                ways_out=(TAKE,),
            ) from error
    return None


def _line_of(error: psycopg2.Error, snapshot: Snapshot) -> str:
    position = error.diag.statement_position
    if position is None:
        return ""
    return f":{snapshot.sql[: int(position)].count(chr(10)) + 1}"


def _make_placeholder(role: str, into: Database) -> None:
    with connect(into) as connection, connection.cursor() as cursor:
        try:
            cursor.execute(composed.SQL("CREATE ROLE {} NOLOGIN").format(composed.Identifier(role)))
        except psycopg2.errors.DuplicateObject:
            return  # another rehearsal on this server was faster
