"""An empty search_path for reading, so that our SQL calls only the functions of Postgres.

Otherwise a function of the project in `public` could be called instead of the one in
`pg_catalog`, if its argument types fit better, with the rights of the reader (CVE-2018-1058).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from alembic_rehearsal.core.schema.query import RunSql
from alembic_rehearsal.core.values.quoting import quote_literal

_EMPTY_PATHS = ("", '""')  # after set_config, and after SET
_CURRENT_PATH = "pg_catalog.current_setting('search_path')"


@contextmanager
def empty_search_path(run_sql: RunSql) -> Iterator[None]:
    """In the block unqualified names are found only in `pg_catalog`; then restore the search_path.

    The connection may be inside or outside of a transaction.  Raises what `run_sql` raises.
    """
    ((before,),) = run_sql(f"SELECT {_CURRENT_PATH}")
    if before in _EMPTY_PATHS:
        yield
        return
    # Outside of a transaction a local setting ends with its statement.
    _set_search_path(run_sql, "", local=True)
    ((now,),) = run_sql(f"SELECT {_CURRENT_PATH}")
    in_transaction = now == ""
    if not in_transaction:
        _set_search_path(run_sql, "", local=False)
    try:
        yield
    except BaseException:
        # A failed transaction accepts no more statements; its rollback restores the path.
        with suppress(Exception):
            _set_search_path(run_sql, before, local=in_transaction)
        raise
    _set_search_path(run_sql, before, local=in_transaction)


def _set_search_path(run_sql: RunSql, path: str, *, local: bool) -> None:
    value = quote_literal(path)
    run_sql(f"SELECT pg_catalog.set_config('search_path', {value}, {str(local).lower()})")
