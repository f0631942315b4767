"""Values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.values.databases import ServerNeeds


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of a snapshot that was restored, and of production since it was taken.

    `on` is the server that it was restored on, `against` the living database that it was
    held to, masked, "" for none: then it was dumped and restored once more.  `lost` did not
    survive dump and restore, seen from before to after; `rewritten` are objects of which
    pg_dump writes something else now, None where its text could not be compared.  `since` is
    what production has changed, `moved` what else it has, as sentences.  `left_out` is what
    no snapshot carries, `unread` what could not be compared.  `objects` counts those that were.
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
        """Whether nothing real is missing or different."""
        real = any(each.real for each in (*self.lost, *self.changed))
        return not (real or self.rewritten or self.other_changes)


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
    def needs(self) -> ServerNeeds:
        major = int(self.provenance.server_version.split(".")[0])
        return ServerNeeds(major, tuple(sorted(set(self.provenance.extensions) - {"plpgsql"})))


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
