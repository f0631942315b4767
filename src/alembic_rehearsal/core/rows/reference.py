"""Reference rows: those of a few declared tables, as SQL that is the same for the same rows.

No other table's row is read, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alembic_rehearsal.core.rows.tables import Reference, Table, looking, qualified, reference
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import Usage

__all__ = ["Reference", "Table", "looking", "qualified", "reference", "reference_rows", "rows_of"]


def reference_rows(database: Database, names: Sequence[str]) -> Mapping[str, str]:
    """`rows_of`, over a connection of its own."""
    with reference(database) as found:
        return rows_of(found, names)


def rows_of(found: Reference, names: Sequence[str]) -> Mapping[str, str]:
    """The rows of the named tables as SQL, in the order in which they can be loaded.

    Raises `Usage` for a name that no table has, for rows that refer to those of a table that
    is not named, and for tables that refer to each other in a circle.
    """
    tables = found.named(names)
    known = {each.oid: each.name for each in found.tables}
    declared = {each.oid for each in tables}
    for each in tables:
        missing = sorted(known[oid] for oid in found.refers_to(each) - declared)
        if missing:
            raise Usage(
                f"the rows of {each.name} refer to {', '.join(missing)}, which "
                "reference_tables does not name.",
                why="without those they could not be loaded.",
                ways_out=(f'reference_tables = ["{each.name}", "{missing[0]}", ...]',),
            )
    return {each.name: found.sql(each) for each in found.ordered(tables)}
