"""The text of `pg_dump --schema-only`, made stable: the same bytes for the same schema.

Pure: it runs no program, and does not understand SQL.  Schemas are compared by their
pictures; the text is what a snapshot keeps, and what tests hold a picture to.
"""

from __future__ import annotations

import re

# Lines that differ between two dumps of one schema, or that only the dumping session
# needed: pg_dump >= 15.14 and its siblings of August 2025 write \restrict with a random
# token; `SET transaction_timeout` (17 and later) stops an older server.
_UNSTABLE = re.compile(
    r"^(\\(un)?restrict .*"
    r"|-- Dumped (from database|by pg_dump) version .*"
    r"|SET (statement|lock|idle_in_transaction_session|transaction)_timeout = .*;)$"
)
# PostgreSQL 15.20 keeps a number of its own with every column, another one in every database,
# and knows no such option when a dump asks for it (seen with Debian's package, 2026-11).
_COLUMN_NUMBER = re.compile(r"pg_attver=\d+(, )?")
_NO_OPTION = re.compile(r"^ALTER TABLE ONLY .* ALTER COLUMN .* SET \(\);$")


def normalise(text: str) -> str:
    """The dump without what changes while the schema does not, and with single blank lines."""
    lines = (_COLUMN_NUMBER.sub("", line.rstrip()) for line in text.splitlines())
    kept = [line for line in lines if not _UNSTABLE.match(line) and not _NO_OPTION.match(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip() + "\n"
