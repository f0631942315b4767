"""Answers to the parent's requests between two steps, on the walk's own connection.

Does not choose the transaction: the connection's state is the same before and after.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from alembic_rehearsal.core.project.child.alembic_private import pending_revisions
from alembic_rehearsal.core.project.child.comparison import create_all, find_differences
from alembic_rehearsal.core.project.child.failures import failure_of
from alembic_rehearsal.core.project.child.loading import LoadedProject
from alembic_rehearsal.core.project.child.statements import StatementLog
from alembic_rehearsal.core.project.child.unimported import find_unimported
from alembic_rehearsal.core.project.child.wire import Wire

_CONNECTED_DATABASE = """
    SELECT pg_catalog.current_database()::text, pg_catalog.pg_backend_pid(),
           pg_catalog.host(pg_catalog.inet_server_addr()), pg_catalog.inet_server_port(),
           pg_catalog.shobj_description(oid, 'pg_database')
    FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
"""


def version_table(context: Any) -> dict[str, str]:
    """The version table and its schema as env.py configured them, with Alembic's defaults."""
    return {
        "version_table": context.opts.get("version_table") or "alembic_version",
        "version_table_schema": context.opts.get("version_table_schema") or "",
    }


class Responder:
    """Sends one message for each request: its answer, or `failed`.

    `context` is Alembic's MigrationContext, on which env.py runs its migrations.
    """

    def __init__(
        self, wire: Wire, project: LoadedProject, context: Any, statements: StatementLog
    ) -> None:
        self._wire = wire
        self._project = project
        self._context = context
        self._statements = statements

    def configuration(self) -> dict[str, Any]:
        """What env.py configured, and the database that it is connected to."""
        options, dialect = self._context.opts, self._context.dialect.name
        return {
            **version_table(self._context),
            "transaction_per_migration": bool(options.get("transaction_per_migration")),
            "include_schemas": bool(options.get("include_schemas")),
            "has_target_metadata": options.get("target_metadata") is not None,
            "is_open": bool(self._context.connection.in_transaction()),
            "dialect": dialect,
            "seen": self._fetch_rows(_CONNECTED_DATABASE)[0] if dialect == "postgresql" else None,
        }

    def answer(self, request: dict[str, Any]) -> None:
        """Carry out a request and send its answer, or the failure."""
        try:
            name, answer = self._run_request(request)
            self._wire.send(name, **answer)
        except Exception as error:
            failure = failure_of(error, self._project.folders, self._statements.last)
            failure.update(revision="", up=True)
            self._wire.send("failed", failure=failure, opened=True, is_last=False)

    def _run_request(self, request: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        do = request["do"]
        if do == "sql":
            return "rows", {"rows": self._fetch_rows(request["statement"])}
        if do == "plan":
            return "planned", {"revisions": self._plan(request["destination"])}
        if do == "build":
            self._build()
            return "built", {}
        if do == "search":
            return "searched", find_unimported(self._context, self._project, request)
        differences, left_out = self._compare()
        return "differences", {"differences": differences, "left_out": left_out}

    @contextlib.contextmanager
    def _restore_transaction_state(self, *, keep: bool) -> Iterator[None]:
        """End a transaction that we begin; `keep` commits it.  Leave one that is open already.

        If ours stayed open, Alembic would commit nothing.
        """
        connection = self._context.connection
        if connection.in_transaction():
            yield
            return
        transaction = connection.begin()
        try:
            yield
            if keep:
                transaction.commit()
        finally:
            if transaction.is_active:
                transaction.rollback()

    def _fetch_rows(self, statement: str) -> list[list[Any]]:
        with self._restore_transaction_state(keep=True):
            # no_parameters: a % in the statement needs no escape.
            result = self._context.connection.exec_driver_sql(
                statement, execution_options={"no_parameters": True}
            )
            return [list(row) for row in result] if result.returns_rows else []

    def _plan(self, destination: str) -> list[str]:
        with self._restore_transaction_state(keep=False):
            heads = self._context.get_current_heads()
        return pending_revisions(
            self._project.script, heads, destination or self._project.upgrade_to
        )

    def _build(self) -> None:
        with self._restore_transaction_state(keep=True):
            create_all(self._context)

    def _compare(self) -> tuple[list[tuple[str, str, str]], list[list[Any]]]:
        with self._restore_transaction_state(keep=False):
            return find_differences(self._context)
