"""The list of servers that could be started, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Protocol

SCHEMA_VERSION = 1
# Extensions that a schema often needs and not every server has.
NOTABLE_EXTENSIONS = (
    *("citext", "hstore", "pg_trgm", "btree_gist", "unaccent", "pgcrypto", "uuid-ossp"),
    *("postgis", "vector", "timescaledb"),
)


class ListedServer(Protocol):
    """One PostgreSQL that could be started."""

    @property
    def major(self) -> int: ...
    @property
    def origin(self) -> str: ...
    @property
    def extensions(self) -> frozenset[str]: ...


def servers_text(offers: Iterable[ListedServer]) -> str:
    """One line for each: major, origin, and which of `NOTABLE_EXTENSIONS` it has."""
    offers = tuple(offers)
    width = max((len(each.origin) for each in offers), default=0)
    return "".join(
        f"{each.major:>2}  {each.origin:<{width}}  {_notable_text(each.extensions)}\n"
        for each in offers
    )


def servers_json(offers: Iterable[ListedServer]) -> str:
    """One object: `schema_version`, and `servers` with `major`, `origin` and all `extensions`."""
    servers = [
        {"major": each.major, "origin": each.origin, "extensions": sorted(each.extensions)}
        for each in offers
    ]
    return json.dumps({"schema_version": SCHEMA_VERSION, "servers": servers}, indent=2) + "\n"


def _notable_text(extensions: frozenset[str]) -> str:
    return (
        ", ".join(each for each in NOTABLE_EXTENSIONS if each in extensions)
        or "no notable extension"
    )


SERVERS: dict[str, Callable[[Iterable[ListedServer]], str]] = {
    "text": servers_text,
    "json": servers_json,
}
