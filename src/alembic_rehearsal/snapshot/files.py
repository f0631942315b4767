"""Snapshots on disk: production's schema as SQL, and a TOML file with its provenance.

The rows of declared reference tables follow the schema.  The format of the second file is in
`provenance.py`; `restore.py` loads a snapshot, `take.py` takes one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.values.atomic_write import write_part_file
from alembic_rehearsal.core.values.databases import ServerNeeds
from alembic_rehearsal.core.values.errors import (
    RETAKE_SNAPSHOT,
    Refused,
    SnapshotUnreadable,
    ToolFailed,
)
from alembic_rehearsal.snapshot.dump_text import COMMENT, QUOTED
from alembic_rehearsal.snapshot.provenance import (
    provenance_path,
    provenance_text,
    read_provenance,
    read_snapshot_file,
)
from alembic_rehearsal.snapshot.secrets import ROWS_HEADING
from alembic_rehearsal.snapshot.values import Snapshot

COMPLETE = "-- PostgreSQL database dump complete"
_ROWS_COMMENT = (
    f"--\n{ROWS_HEADING} of the tables that reference_tables names, and of no other\n--\n"
)
_ROW_STATEMENT = r"^(?:COPY\s[^;]*?\sFROM\s+stdin\b|INSERT\s+INTO\s)"
_MAY_CARRY_ROWS = re.compile(_ROW_STATEMENT, re.IGNORECASE | re.MULTILINE)
_QUOTED_OR_ROWS = re.compile(
    rf"(?P<rows>{_ROW_STATEMENT}) | {COMMENT} | {QUOTED}",
    re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE,
)


def digest(sql: str) -> str:
    return hashlib.sha256(sql.encode("utf-8")).hexdigest()


# --- reading and writing -----------------------------------------------------------------


def read_snapshot(path: Path) -> Snapshot:
    """Read a snapshot with its provenance.

    Raises `UsageError` if a file is missing, and `SnapshotUnreadable` if the SQL is truncated,
    carries rows of other tables, is not text, or is not the file that the provenance describes.
    """
    text = read_snapshot_file(path, "the snapshot")
    provenance = read_provenance(provenance_path(path))
    snapshot = Snapshot(path, text, provenance)
    expect_sound(snapshot)
    return snapshot


def expect_sound(snapshot: Snapshot) -> None:
    """Raise `SnapshotUnreadable` if `read_snapshot` would refuse this snapshot after writing it."""
    path, text, provenance = snapshot.path, snapshot.sql, snapshot.provenance
    if COMPLETE not in text[-400:]:
        raise SnapshotUnreadable(
            f"{path} is not a whole pg_dump: its last line, 'PostgreSQL database dump complete', "
            "is missing.",
            why="it was truncated, or it is not a dump.",
            remedies=(RETAKE_SNAPSHOT, f"git checkout -- {path}"),
        )
    if line := _line_with_rows(text, provenance.reference_tables):
        raise SnapshotUnreadable(
            f"{path}:{line} carries rows; a snapshot is only the schema, and rows of declared "
            "reference_tables.",
            why="production's rows belong neither in a repository nor in a rehearsal.",
            remedies=(RETAKE_SNAPSHOT, f"git log -- {path}   (whether they were committed)"),
        )
    if digest(text) != provenance.sha256:
        raise SnapshotUnreadable(
            f"{path} is not the file that {provenance_path(path).name} describes "
            f"(sha256 {digest(text)[:12]}... instead of {provenance.sha256[:12]}...).",
            why="an edited snapshot no longer shows production's schema.",
            remedies=(RETAKE_SNAPSHOT, f"git checkout -- {path}"),
        )


def write_snapshot(snapshot: Snapshot) -> None:
    """Write both files, read them back, and then move them into place by renames.

    Raises `OSError` if the folder cannot be written or the disk is full, `ToolFailed` if the
    files do not read back; an existing snapshot is unchanged then.  If it is killed between
    the two renames, it leaves a pair that `read_snapshot` refuses because of its hash.
    """
    snapshot.path.parent.mkdir(parents=True, exist_ok=True)
    with (
        write_part_file(snapshot.path, snapshot.sql) as sql,
        write_part_file(
            provenance_path(snapshot.path), provenance_text(snapshot.provenance)
        ) as toml,
    ):
        if not _reads_back(snapshot, sql, toml):
            raise ToolFailed(
                f"{snapshot.path} was not written: its provenance does not read back.",
                why="the files that exist already are unchanged.",
            )
        sql.replace(snapshot.path)
        toml.replace(provenance_path(snapshot.path))


def _reads_back(snapshot: Snapshot, sql: Path, toml: Path) -> bool:
    try:
        read = Snapshot(
            snapshot.path, read_snapshot_file(sql, "the snapshot"), read_provenance(toml)
        )
    except SnapshotUnreadable:
        return False
    return read == snapshot


def with_rows(schema: str, rows: Mapping[str, str]) -> str:
    """A dump with the rows of some tables, given as SQL, inserted before its last line."""
    parts = [text for text in rows.values() if text]
    if not parts:
        return schema
    before, end, after = schema.rpartition(f"--\n{COMPLETE}")
    return "\n".join((f"{before}{_ROWS_COMMENT}", *parts, f"{end}{after}"))


def split_rows(sql: str) -> tuple[str, str]:
    """The schema and the rows ("" for none) of a snapshot's text: the reverse of `with_rows`."""
    before, begin, rest = sql.rpartition(_ROWS_COMMENT)
    if not begin:
        return sql, ""
    rows, end, after = rest.rpartition(f"--\n{COMPLETE}")
    return f"{before}{end}{after}", rows


def _line_with_rows(sql: str, declared: Collection[str]) -> int:
    """The line of the first statement with rows of a table that is not declared, 0 for none.

    pg_dump begins each statement at the start of a line.  Text in quotes, such as the bodies of
    functions and comments, does not count.
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


def server_needs(major: int | None, snapshot: Snapshot | None) -> ServerNeeds:
    """The server that is needed: production's major and extensions; `major` has priority."""
    needs = snapshot.needs if snapshot else ServerNeeds()
    return replace(needs, major=major) if major else needs


def expect_known_snapshot(snapshot: Snapshot, history: History) -> None:
    """Raise `Refused` if the history lacks a revision of the snapshot's stamp."""
    unknown = history.unknown(snapshot.provenance.revisions)
    if unknown:
        raise Refused(
            f"{snapshot.path} is at revision {', '.join(unknown)}, which the history does not "
            f"contain (head: {', '.join(history.heads)}).",
            why="it cannot be upgraded from there; nothing was restored.",
            remedies=(
                "git fetch && git rebase main   (the revision may be on main)",
                "make snapshot                  (if production was stamped by hand)",
            ),
        )
