"""A log of the statements that SQLAlchemy sends; changes none of them."""

from __future__ import annotations

import re
from typing import Any

# A statement that only reads; WITH is not in the list, because it may write.
_QUERY = re.compile(r"\s*(?:select|show|explain|table|values)\b", re.IGNORECASE)


class StatementLog:
    """The last statement, and whether anything may have been written.

    `last` is its text; `wrote` says that a statement since `reset` may have written.
    """

    def __init__(self) -> None:
        self.last = ""
        self.wrote = False
        self._first: dict[int, str] = {}  # by id of the connection, to hold no reference to it

    def listen(self) -> None:
        """Log the statements of every engine of this process from now on."""
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        event.listen(Engine, "begin", self._on_begin)
        event.listen(Engine, "before_cursor_execute", self._on_statement)

    def reset(self) -> None:
        """Set `wrote` to False."""
        self.wrote = False

    def first_in_transaction(self, connection: Any) -> str:
        """The first statement of a connection's open transaction, "begin()" without one."""
        return self._first.get(id(connection), "begin()")

    def _on_begin(self, connection: Any) -> None:
        """A transaction begins: the next statement is its first."""
        self._first.pop(id(connection), None)

    def _on_statement(self, connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self._first.setdefault(id(connection), statement)
        self.last = statement
        if not _QUERY.match(statement):
            self.wrote = True
