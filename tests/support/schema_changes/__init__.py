"""Single changes of a schema, each with the expected texts of its differences."""

from __future__ import annotations

from support.schema_changes import (
    columns,
    constraints,
    databases,
    indexes,
    relations,
    routines,
    tables,
    types,
)
from support.schema_changes.seen import Seen

CHANGES: tuple[Seen, ...] = (
    *tables.CHANGES,
    *columns.CHANGES,
    *constraints.CHANGES,
    *indexes.CHANGES,
    *relations.CHANGES,
    *routines.CHANGES,
    *types.CHANGES,
    *databases.CHANGES,
)
