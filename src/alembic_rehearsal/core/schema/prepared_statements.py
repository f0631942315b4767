"""Prepared statements of one connection, because planning ours takes longer than running them."""

from __future__ import annotations

import zlib
from typing import Any

from alembic_rehearsal.core.schema.query import RunSql

_PREFIX = "rehearsal_"


class PreparedStatements:
    """The statements that were prepared over one connection; they end with the connection.

    Their names begin with `rehearsal_`, so that they do not collide with those of the project.
    """

    def __init__(self, run_sql: RunSql) -> None:
        self._run_sql = run_sql
        self._names: set[str] = set()

    def refresh(self) -> None:
        """Ask which statements still exist: the project may have run DISCARD or DEALLOCATE."""
        rows = self._run_sql(
            "SELECT name FROM pg_catalog.pg_prepared_statements "
            f"WHERE starts_with(name, '{_PREFIX}')"
        )
        self._names = {name for (name,) in rows}

    def run(self, text: str, types: str, *values: str) -> list[tuple[Any, ...]]:
        """Run a statement whose parameters are $1, $2; `values` are SQL literals."""
        name = f"{_PREFIX}{zlib.crc32(text.encode()):08x}"
        if name not in self._names:
            self._run_sql(f"PREPARE {name} ({types}) AS {text}")
            self._names.add(name)
        return self._run_sql(f"EXECUTE {name} ({', '.join(values)})")
