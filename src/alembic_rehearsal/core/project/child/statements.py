"""The statements that SQLAlchemy sends, whoever it does so for; only heard, never changed."""

from __future__ import annotations

import re
from typing import Any

# A statement that only looks; one with WITH may write.
_QUERY = re.compile(r"\s*(?:select|show|explain|table|values)\b", re.IGNORECASE)


class StatementLog:
    """`last` is the text of the last one; `wrote` says that one since `begin` may have written."""

    def __init__(self) -> None:
        self.last = ""
        self.wrote = False
        self._first: dict[int, str] = {}  # by connection, which nobody but env.py keeps alive

    def listen(self) -> None:
        """From now on, to every engine of this process."""
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        event.listen(Engine, "begin", self._on_begin)
        event.listen(Engine, "before_cursor_execute", self._on_statement)

    def reset(self) -> None:
        """What comes from here on is looked at by itself."""
        self.wrote = False

    def first_in_transaction(self, connection: Any) -> str:
        """The first statement of the transaction that is open on a connection."""
        return self._first.get(id(connection), "begin()")

    def _on_begin(self, connection: Any) -> None:
        """A transaction begins: with the next statement, or by itself."""
        self._first.pop(id(connection), None)

    def _on_statement(self, connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self._first.setdefault(id(connection), statement)
        self.last = statement
        if not _QUERY.match(statement):
            self.wrote = True
