"""Reference rows: those of a few declared tables, as SQL that is the same for the same rows.

No other table's row is read, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alembic_rehearsal.core.rows.tables import (
    TableReader,
    open_table_reader,
)
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import UsageError


def read_database_rows(database: Database, names: Sequence[str]) -> Mapping[str, str]:
    """`read_reference_rows`, over a connection of its own."""
    with open_table_reader(database) as found:
        return read_reference_rows(found, names)


def read_reference_rows(reader: TableReader, names: Sequence[str]) -> Mapping[str, str]:
    """The rows of the named tables as SQL, in the order in which they can be loaded.

    Raises `UsageError` for a name that no table has, for rows that refer to those of a table that
    is not named, and for tables that refer to each other in a circle.
    """
    tables = reader.find_tables(names)
    known = {each.oid: each.name for each in reader.tables}
    declared = {each.oid for each in tables}
    for each in tables:
        missing = sorted(known[oid] for oid in reader.read_referenced_oids(each) - declared)
        if missing:
            raise UsageError(
                f"the rows of {each.name} refer to {', '.join(missing)}, which "
                "reference_tables does not name.",
                why="without those they could not be loaded.",
                remedies=(f'reference_tables = ["{each.name}", "{missing[0]}", ...]',),
            )
    return {each.name: reader.read_inserts(each) for each in reader.sort_by_references(tables)}
