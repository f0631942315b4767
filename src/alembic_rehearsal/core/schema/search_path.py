"""Names mean what Postgres means by them, whatever a project calls its own functions.

A function that a project has in `public` is called instead of Postgres's own where its
argument types fit better: with the reader's rights (CVE-2018-1058).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from alembic_rehearsal.core.schema.query import RunSql

_EMPTY_PATHS = ("", '""')  # as set_config and as SET leave it
_CURRENT_PATH = "pg_catalog.current_setting('search_path')"


@contextmanager
def empty_search_path(run_sql: RunSql) -> Iterator[None]:
    """In the block nothing is found but in `pg_catalog`; the search_path is put back.

    Takes a connection with or without a transaction.  Raises what `ask` raises.
    """
    ((before,),) = run_sql(f"SELECT {_CURRENT_PATH}")
    if before in _EMPTY_PATHS:
        yield
        return
    # Outside of a transaction what is local ends with its statement.
    _set_search_path(run_sql, "", local=True)
    ((now,),) = run_sql(f"SELECT {_CURRENT_PATH}")
    in_transaction = now == ""
    if not in_transaction:
        _set_search_path(run_sql, "", local=False)
    try:
        yield
    except BaseException:
        # A transaction that failed takes no more statements; its rollback puts it back.
        with suppress(Exception):
            _set_search_path(run_sql, before, local=in_transaction)
        raise
    _set_search_path(run_sql, before, local=in_transaction)


def _set_search_path(run_sql: RunSql, path: str, *, local: bool) -> None:
    quoted = path.replace("'", "''")
    run_sql(f"SELECT pg_catalog.set_config('search_path', '{quoted}', {str(local).lower()})")
