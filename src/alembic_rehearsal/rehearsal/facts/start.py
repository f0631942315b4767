"""The two starts of an upgrade: an empty database, and production's schema."""

from __future__ import annotations

from enum import StrEnum


class Start(StrEnum):
    """The database that an upgrade starts from."""

    EMPTY = "empty"
    SNAPSHOT = "the snapshot"
