"""Start."""

from __future__ import annotations

from enum import StrEnum


class Start(StrEnum):
    """What a way up begins with."""

    EMPTY = "empty"
    SNAPSHOT = "the snapshot"
