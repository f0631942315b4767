"""A baseline revision: which revisions it can replace, its SQL, its text, and its file.

Whether it does what they did is proven elsewhere.
"""

from __future__ import annotations

from alembic_rehearsal.baseline.bounds import bounds_of
from alembic_rehearsal.baseline.files import beside, expect_committed, in_place, path_of
from alembic_rehearsal.baseline.source import source_of
from alembic_rehearsal.baseline.statements import DATABASE_SETTINGS, statements_for

__all__ = [
    "DATABASE_SETTINGS",
    "beside",
    "bounds_of",
    "expect_committed",
    "in_place",
    "path_of",
    "source_of",
    "statements_for",
]
