"""The statements that SQLAlchemy sends, whoever it does so for; only heard, never changed."""

from __future__ import annotations

import re
from typing import Any

# A statement that only looks; one with WITH may write.
_QUERY = re.compile(r"\s*(?:select|show|explain|table|values)\b", re.IGNORECASE)


class Statements:
    """`last` is the text of the last one; `wrote` says that one since `begin` may have written."""

    def __init__(self) -> None:
        self.last = ""
        self.wrote = False
        self._asker: Any = None

    def listen(self) -> None:
        """From now on, to every engine of this process."""
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        event.listen(Engine, "before_cursor_execute", self._remember)

    def begin(self) -> None:
        """What comes from here on is looked at by itself."""
        self.wrote = False

    def began(self, connection: Any) -> str:
        """What has begun the transaction that is open on a connection."""
        return self.last if self._asker is connection else "begin()"

    def _remember(self, connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self._asker, self.last = connection, statement
        if not _QUERY.match(statement):
            self.wrote = True
