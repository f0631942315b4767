"""A snapshot, its provenance, and the result of verifying it, as values.

Nothing here reads a file or a database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.values.databases import ServerNeeds


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of restoring a snapshot and comparing it with production or with itself.

    - `path`: the snapshot's file; `server`: the server that it was restored on.
    - `objects`: the number of objects that were compared.
    - `against`: the masked URL of the database that it was compared with; "" if it was dumped
      and restored a second time instead.
    - `note`: what to know about the server, "" for nothing.
    - `lost`: differences from before dump and restore to after.
    - `rewritten`: objects whose text pg_dump now writes differently; None if the texts could
      not be compared.
    - `changed`: what production has changed in its schema since; `other_changes`: its other
      changes, as sentences.
    - `left_out`: differences in what no snapshot carries.
    - `unread`: what could not be compared.
    """

    path: str
    server: str
    objects: int
    against: str = ""
    note: str = ""
    lost: tuple[Difference, ...] = ()
    rewritten: tuple[str, ...] | None = None
    changed: tuple[Difference, ...] = ()
    other_changes: tuple[str, ...] = ()
    left_out: tuple[Difference, ...] = ()
    unread: tuple[Difference, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether there is no real difference and no other change."""
        real = any(each.real for each in (*self.lost, *self.changed))
        return not (real or self.rewritten or self.other_changes)


@dataclass(frozen=True, slots=True)
class TableSize:
    """The size of one table in production: the estimated number of rows, and bytes.

    `bytes` includes its indexes and TOAST.
    """

    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Provenance:
    """The contents of `production.toml`, which describe `production.sql`.

    - `revisions`: the rows of production's version table.
    - `server_version`, `encoding`, `collation`, `time_zone`: those of production.
    - `extensions`: their versions by name; `tables`: their sizes by qualified name.
    - `version_table`: its qualified name, quoted where SQL needs it.
    - `sha256`: the hash of the SQL file's bytes.
    - `taken_at`: ISO 8601 in UTC; `taken_with`: the name and version of pg_dump.
    - `reference_tables`: the tables whose rows the file carries; it has no other rows.
    - `roles`: the roles that a server must have to load the file, because policies or user
      mappings name them.  Owners and grants are not in the file.
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
    """A normalised dump of production's schema (`sql`), with its provenance.

    It has the rows of the reference tables and no others.
    """

    path: Path
    sql: str = field(repr=False)
    provenance: Provenance

    @property
    def needs(self) -> ServerNeeds:
        """The major and the extensions that a server needs to restore it."""
        major = int(self.provenance.server_version.split(".")[0])
        return ServerNeeds(major, tuple(sorted(set(self.provenance.extensions) - {"plpgsql"})))


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A possible secret in a snapshot: its line (from 1), the object, and the kind of secret.

    The value is never kept.
    """

    line: int
    object: str
    kind: str

    def __str__(self) -> str:
        return f"{self.object}: {self.kind}"
