"""The provenance of a snapshot as a TOML file: its path, reading and writing its text."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.values.errors import RETAKE_SNAPSHOT, SnapshotUnreadable, UsageError
from alembic_rehearsal.core.values.quoting import toml_string
from alembic_rehearsal.snapshot.values import Provenance, TableSize


def provenance_path(snapshot: Path) -> Path:
    return snapshot.with_suffix(".toml")


def read_snapshot_file(path: Path, what: str) -> str:
    """The text of one of a snapshot's two files; `what` names it in messages.

    Raises `UsageError` if it cannot be read, and `SnapshotUnreadable` if it is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise UsageError(
            f"{what} {path} does not exist.",
            why="without it nothing is known about production.",
            remedies=(
                RETAKE_SNAPSHOT,
                "remove `snapshot` from the settings   (to rehearse from an empty database only)",
            ),
        ) from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SnapshotUnreadable(
            f"{path} is not UTF-8 text.",
            why="a snapshot is the output of `pg_dump --schema-only` in the plain format.",
            remedies=(RETAKE_SNAPSHOT,),
        ) from error


def read_provenance(path: Path) -> Provenance:
    """Read the provenance file of a snapshot.

    Raises what `read_snapshot_file` raises, and `SnapshotUnreadable` for other contents.
    """
    text = read_snapshot_file(path, "the snapshot's provenance")
    try:
        table = tomllib.loads(text)
        return _parse_provenance(table)
    except (tomllib.TOMLDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise SnapshotUnreadable(
            f"{path} is not a snapshot's provenance: {type(error).__name__}: {error}.",
            why="without it the revision of the snapshot is unknown.",
            remedies=(RETAKE_SNAPSHOT,),
        ) from error


def _parse_provenance(table: Mapping[str, Any]) -> Provenance:
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


def provenance_text(provenance: Provenance) -> str:
    """The file's text: the same for the same provenance."""
    declared = provenance.reference_tables
    no_row = "no row but those of reference_tables" if declared else "no row ever"
    lines = [
        "# Where the .sql file beside this one came from.  Written by `rehearsal snapshot take`;",
        f"# row counts are the planner's estimates, sizes are bytes; {no_row} leaves production.",
    ]
    for name in ("sha256", "taken_at", "taken_with", "server_version", "encoding", "collation"):
        lines.append(f"{name} = {toml_string(getattr(provenance, name))}")
    lines.append(f"time_zone = {toml_string(provenance.time_zone)}")
    lines.append(f"version_table = {toml_string(provenance.version_table)}")
    lines.append(f"revisions = [{', '.join(map(toml_string, provenance.revisions))}]")
    if declared:
        lines.append(f"reference_tables = [{', '.join(map(toml_string, declared))}]")
    if provenance.roles:
        lines.append(f"roles = [{', '.join(map(toml_string, provenance.roles))}]")
    lines += ["", "[extensions]"]
    for name, version in sorted(provenance.extensions.items()):
        lines.append(f"{toml_string(name)} = {toml_string(version)}")
    lines += ["", "[tables]"]
    for name, size in sorted(provenance.tables.items()):
        lines.append(f"{toml_string(name)} = {{ rows = {size.rows}, bytes = {size.bytes} }}")
    return "\n".join(lines) + "\n"
