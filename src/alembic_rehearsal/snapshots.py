"""Snapshots on disk: production's schema as SQL, and beside it where it came from.

Rows it has of the reference tables alone, behind the schema, as they were declared.
Reading and writing; loading one is `restoring.py`, taking one from a live server
`capture.py`.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from alembic_rehearsal.errors import TAKE_AGAIN, Refused, SnapshotUnreadable, Usage
from alembic_rehearsal.revisions import History
from alembic_rehearsal.schema.dump import COMMENT, QUOTED
from alembic_rehearsal.schema.secrets import ROWS
from alembic_rehearsal.words import Needs, Provenance, Snapshot, TableSize

COMPLETE = "-- PostgreSQL database dump complete"
_ROWS_BEGIN = f"--\n{ROWS} of the tables that reference_tables names, and of no other\n--\n"
_ROWS = r"^(?:COPY\s[^;]*?\sFROM\s+stdin\b|INSERT\s+INTO\s)"
_MAY_CARRY_ROWS = re.compile(_ROWS, re.IGNORECASE | re.MULTILINE)
_QUOTED_OR_ROWS = re.compile(
    rf"(?P<rows>{_ROWS}) | {COMMENT} | {QUOTED}",
    re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE,
)


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
            ways_out=(TAKE_AGAIN, f"git checkout -- {path}"),
        )
    if line := _line_with_rows(text, provenance.reference_tables):
        raise SnapshotUnreadable(
            f"{path}:{line} carries rows; but for declared reference_tables, a snapshot is schema "
            "alone.",
            why="rows of production belong neither into a repository nor into a rehearsal.",
            ways_out=(TAKE_AGAIN, f"git log -- {path}   (whether they were committed)"),
        )
    if digest(text) != provenance.sha256:
        raise SnapshotUnreadable(
            f"{path} is not the file that {provenance_path(path).name} describes "
            f"(sha256 {digest(text)[:12]}... instead of {provenance.sha256[:12]}...).",
            why="an edited snapshot is no longer what production is.",
            ways_out=(TAKE_AGAIN, f"git checkout -- {path}"),
        )
    return Snapshot(path, text, provenance)


def write_snapshot(snapshot: Snapshot) -> None:
    """Write both files, and put them in place by rename when both are whole.

    Raises `OSError` where the folder cannot be written or the disk is full; a snapshot
    that was there is still there then.  Killed between the two renames, it leaves a pair
    that `read_snapshot` refuses by its hash.
    """
    snapshot.path.parent.mkdir(parents=True, exist_ok=True)
    with (
        _half(snapshot.path, snapshot.sql) as sql,
        _half(provenance_path(snapshot.path), _provenance_text(snapshot.provenance)) as toml,
    ):
        sql.replace(snapshot.path)
        toml.replace(provenance_path(snapshot.path))


@contextmanager
def _half(path: Path, text: str) -> Iterator[Path]:
    """The text in a file beside `path`, gone after the block unless it was renamed."""
    half = path.with_suffix(path.suffix + ".part")
    try:
        half.write_text(text, encoding="utf-8")
        yield half
    finally:
        if not half.is_dir():
            half.unlink(missing_ok=True)


def with_rows(schema: str, rows: Mapping[str, str]) -> str:
    """A dump with the rows of some tables, given as SQL, before the line that ends it."""
    parts = [text for text in rows.values() if text]
    if not parts:
        return schema
    before, end, after = schema.rpartition(f"--\n{COMPLETE}")
    return "\n".join((f"{before}{_ROWS_BEGIN}", *parts, f"{end}{after}"))


def apart(sql: str) -> tuple[str, str]:
    """A snapshot's text as the schema that `with_rows` was given, and its rows, "" for none."""
    before, begin, behind = sql.rpartition(_ROWS_BEGIN)
    if not begin:
        return sql, ""
    rows, end, after = behind.rpartition(f"--\n{COMPLETE}")
    return f"{before}{end}{after}", rows


def _line_with_rows(sql: str, declared: Collection[str]) -> int:
    """The line of the first statement that carries rows of any other table, 0 for none.

    pg_dump begins each statement at the start of a line; what stands inside quotes, as
    the bodies of functions and the texts of comments do, is no statement.
    """
    if _MAY_CARRY_ROWS.search(sql) is None:
        return 0
    allowed = tuple(f"INSERT INTO {name} (" for name in declared)
    found = next(
        (
            each
            for each in _QUOTED_OR_ROWS.finditer(sql)
            if each["rows"] and not (allowed and sql.startswith(allowed, each.start()))
        ),
        None,
    )
    return sql.count("\n", 0, found.start()) + 1 if found else 0


def _read(path: Path, what: str) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise Usage(
            f"{what} {path} does not exist.",
            why="without it nothing can be said about production.",
            ways_out=(
                TAKE_AGAIN,
                "take `snapshot` out of the settings   (to rehearse from an empty database only)",
            ),
        ) from error
    except OSError as error:
        raise Usage(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SnapshotUnreadable(
            f"{path} is not UTF-8 text.",
            why="a snapshot is what `pg_dump --schema-only` prints, in its plain format.",
            ways_out=(TAKE_AGAIN,),
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
            ways_out=(TAKE_AGAIN,),
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
        reference_tables=tuple(str(each) for each in table.get("reference_tables", ())),
        roles=tuple(str(each) for each in table.get("roles", ())),
    )


def _provenance_text(provenance: Provenance) -> str:
    declared = provenance.reference_tables
    no_row = "no row but those of reference_tables" if declared else "no row ever"
    lines = [
        "# Where the .sql file beside this one came from.  Written by `rehearsal snapshot take`;",
        f"# row counts are the planner's estimates, sizes are bytes; {no_row} leaves production.",
    ]
    for name in ("sha256", "taken_at", "taken_with", "server_version", "encoding", "collation"):
        lines.append(f"{name} = {_quoted(getattr(provenance, name))}")
    lines.append(f"time_zone = {_quoted(provenance.time_zone)}")
    lines.append(f"version_table = {_quoted(provenance.version_table)}")
    lines.append(f"revisions = [{', '.join(map(_quoted, provenance.revisions))}]")
    if declared:
        lines.append(f"reference_tables = [{', '.join(map(_quoted, declared))}]")
    if provenance.roles:
        lines.append(f"roles = [{', '.join(map(_quoted, provenance.roles))}]")
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


def expect_way_up(snapshot: Snapshot, history: History) -> None:
    """Raise `Refused` where the history lacks a revision that the snapshot is at."""
    unknown = history.unknown(snapshot.provenance.revisions)
    if unknown:
        raise Refused(
            f"{snapshot.path} is at revision {', '.join(unknown)}, which the history does not "
            f"contain (head: {', '.join(history.heads)}).",
            why="there is no way up from there; nothing was restored.",
            ways_out=(
                "git fetch && git rebase main   (the revision may be on main)",
                "make snapshot                  (if production was stamped by hand)",
            ),
        )
