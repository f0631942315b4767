"""What the parent asks between two steps of a walk, answered on the walk's own connection.

Which transaction that is in is not chosen here: the connection is left as it was found.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from alembic_rehearsal.core.project.child.alembic_private import pending
from alembic_rehearsal.core.project.child.comparison import build, differences
from alembic_rehearsal.core.project.child.failures import failure_of
from alembic_rehearsal.core.project.child.loading import LoadedProject
from alembic_rehearsal.core.project.child.statements import Statements
from alembic_rehearsal.core.project.child.unimported import search
from alembic_rehearsal.core.project.child.wire import Wire

_SEEN = """
    SELECT pg_catalog.current_database()::text, pg_catalog.pg_backend_pid(),
           pg_catalog.host(pg_catalog.inet_server_addr()), pg_catalog.inet_server_port(),
           pg_catalog.shobj_description(oid, 'pg_database')
    FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
"""


class Answers:
    """Whoever asks gets one line on the wire, an answer or `failed`.

    `context` is Alembic's, on which env.py runs its migrations.
    """

    def __init__(
        self, wire: Wire, project: LoadedProject, context: Any, statements: Statements
    ) -> None:
        self._wire = wire
        self._project = project
        self._context = context
        self._statements = statements

    def opened(self) -> dict[str, Any]:
        """What env.py configured, and where its connection leads."""
        options, dialect = self._context.opts, self._context.dialect.name
        return {
            "version_table": options.get("version_table") or "alembic_version",
            "version_table_schema": options.get("version_table_schema") or "",
            "transaction_per_migration": bool(options.get("transaction_per_migration")),
            "include_schemas": bool(options.get("include_schemas")),
            "has_target_metadata": options.get("target_metadata") is not None,
            "is_open": bool(self._context.connection.in_transaction()),
            "dialect": dialect,
            "seen": self._rows(_SEEN)[0] if dialect == "postgresql" else None,
        }

    def answer(self, request: dict[str, Any]) -> None:
        """Do what is asked for and say what came of it."""
        try:
            name, answer = self._answered(request)
            self._wire.say(name, **answer)
        except Exception as error:
            failure = failure_of(error, self._project.folders, self._statements.last)
            failure.update(revision="", up=True)
            self._wire.say("failed", failure=failure, opened=True, is_last=False)

    def _answered(self, request: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        asked = request["do"]
        if asked == "sql":
            return "rows", {"rows": self._rows(request["statement"])}
        if asked == "plan":
            return "planned", {"revisions": self._plan(request["destination"])}
        if asked == "build":
            self._build()
            return "built", {}
        if asked == "search":
            return "searched", search(self._context, self._project, request)
        found, left_out = self._differences()
        return "differences", {"differences": found, "left_out": left_out}

    @contextlib.contextmanager
    def _own_transaction(self, *, keep: bool) -> Iterator[None]:
        """Leave the connection as found: a transaction that we began ends here.

        One that stayed open would make Alembic commit nothing.
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

    def _rows(self, statement: str) -> list[list[Any]]:
        with self._own_transaction(keep=True):
            # no_parameters: a % in the statement is a %.
            result = self._context.connection.exec_driver_sql(
                statement, execution_options={"no_parameters": True}
            )
            return [list(row) for row in result] if result.returns_rows else []

    def _plan(self, destination: str) -> list[str]:
        with self._own_transaction(keep=False):
            heads = self._context.get_current_heads()
        return pending(self._project.script, heads, destination or self._project.upgrade_to)

    def _build(self) -> None:
        with self._own_transaction(keep=True):
            build(self._context)

    def _differences(self) -> tuple[list[tuple[str, str, str]], list[list[Any]]]:
        with self._own_transaction(keep=False):
            return differences(self._context)
