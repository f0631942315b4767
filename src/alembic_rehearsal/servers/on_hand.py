"""Every PostgreSQL that could be started on this machine, with nothing fetched for it."""

from __future__ import annotations

from alembic_rehearsal.errors import NoServer
from alembic_rehearsal.servers.docker import images_here
from alembic_rehearsal.servers.installations import others, system, wheels
from alembic_rehearsal.servers.local import LocalSource
from alembic_rehearsal.servers.parity import Offer, Tell


def on_hand(*, tell: Tell) -> list[Offer]:
    """What there is, the newest major first; `tell` hears of each place that was of no use."""
    found: list[Offer] = []
    for look in (wheels, system, others):
        for place in look():
            if place.found:
                found.append(LocalSource(place.found).offer)
            else:
                tell(f"{place.name}: {place.why}")
    try:
        found += [each.offer for each in images_here()]
    except NoServer as error:
        tell(f"docker: {error.what} {error.why}".rstrip())
    return sorted(found, key=lambda each: each.major, reverse=True)
