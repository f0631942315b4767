"""The text of `pg_dump --schema-only`: made stable, and taken apart into objects.

Pure: it runs no program.  It does not understand SQL; it relies on the comment that
pg_dump writes above each object (`-- Name: users; Type: TABLE; Schema: public; Owner: -`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from alembic_rehearsal.facts import Change, Difference

COMPLETE = "-- PostgreSQL database dump complete"
_HEADING = re.compile(
    r"^-- Name: (?P<name>.*); Type: (?P<kind>[A-Z ]+); Schema: (?P<schema>[^;]+);.*$"
)
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

ObjectKey = tuple[str, str]


def normalise(text: str) -> str:
    """The dump without what changes while the schema does not, and with single blank lines."""
    lines = (_COLUMN_NUMBER.sub("", line.rstrip()) for line in text.splitlines())
    kept = [line for line in lines if not _UNSTABLE.match(line) and not _NO_OPTION.match(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip() + "\n"


def objects(dump: str) -> dict[ObjectKey, tuple[str, ...]]:
    """The SQL lines of each object by (kind, qualified name), kinds in lower case.

    Lines of a CREATE TABLE are sorted, since the order of columns is no difference that
    a query can notice by name.
    """
    found: dict[ObjectKey, list[str]] = {}
    current: list[str] = []
    for line in dump.splitlines():
        heading = _HEADING.match(line)
        if heading is not None:
            schema = heading["schema"]
            name = heading["name"] if schema == "-" else f"{schema}.{heading['name']}"
            current = found.setdefault((heading["kind"].lower(), name), [])
        elif line and line != "--" and not line.startswith(COMPLETE):
            current.append(line)
    return {
        key: _without_column_order(lines) if key[0] == "table" else tuple(lines)
        for key, lines in found.items()
    }


def compare(first: str, second: str) -> tuple[Difference, ...]:
    """What two dumps do not agree on, object by object, sorted by kind and name."""
    left, right = objects(first), objects(second)
    keys = sorted(left.keys() | right.keys())
    return tuple(_difference(key, left, right) for key in keys if left.get(key) != right.get(key))


def _difference(
    key: ObjectKey,
    left: Mapping[ObjectKey, tuple[str, ...]],
    right: Mapping[ObjectKey, tuple[str, ...]],
) -> Difference:
    kind, name = key
    if key not in right:
        return Difference(kind, name, Change.REMOVED)
    if key not in left:
        return Difference(kind, name, Change.ADDED)
    return Difference(
        kind,
        name,
        Change.CHANGED,
        first=_only(left[key], right[key]),
        second=_only(right[key], left[key]),
    )


def _only(lines: tuple[str, ...], others: tuple[str, ...]) -> str:
    return "; ".join(line.strip() for line in lines if line not in others)


def _without_column_order(lines: list[str]) -> tuple[str, ...]:
    return tuple(sorted(line.rstrip(",") for line in lines))
