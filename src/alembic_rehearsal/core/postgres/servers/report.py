"""The list of servers that could be started, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from alembic_rehearsal.core.postgres.servers.parity import Offer

SCHEMA_VERSION = 1
# Extensions that a schema often needs and not every server has.
NOTABLE_EXTENSIONS = (
    *("citext", "hstore", "pg_trgm", "btree_gist", "unaccent", "pgcrypto", "uuid-ossp"),
    *("postgis", "vector", "timescaledb"),
)


def servers_text(offers: Iterable[Offer]) -> str:
    """One line for each: major, origin, and which of `NOTABLE_EXTENSIONS` it has."""
    offers = tuple(offers)
    width = max((len(each.origin) for each in offers), default=0)
    return "".join(
        f"{each.major:>2}  {each.origin:<{width}}  {_notable_text(each.extensions)}\n"
        for each in offers
    )


def servers_json(offers: Iterable[Offer]) -> str:
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


SERVERS: dict[str, Callable[[Iterable[Offer]], str]] = {
    "text": servers_text,
    "json": servers_json,
}
