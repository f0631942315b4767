"""Reference rows: the rows of the tables in `reference_tables`, as SQL.

The same rows always give the same SQL.  No row of another table is read; nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alembic_rehearsal.core.rows.tables import TableReader
from alembic_rehearsal.core.values.errors import UsageError


def read_reference_rows(reader: TableReader, names: Sequence[str]) -> Mapping[str, str]:
    """The rows of the named tables as SQL, by table, in an order in which they can be loaded.

    Raises `UsageError` for a name without a table, for rows with a foreign key to a table that
    is not named, and for tables whose foreign keys form a cycle.
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
                why="without the rows of that table they could not be loaded.",
                remedies=(f'reference_tables = ["{each.name}", "{missing[0]}", ...]',),
            )
    return {each.name: reader.read_inserts(each) for each in reader.sort_by_references(tables)}
