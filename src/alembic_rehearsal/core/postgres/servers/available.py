"""Every PostgreSQL that could be started on this machine, with nothing fetched for it."""

from __future__ import annotations

from alembic_rehearsal.core.postgres.programs.installations import others, system, wheels
from alembic_rehearsal.core.postgres.servers.docker import images_here
from alembic_rehearsal.core.postgres.servers.local import LocalSource
from alembic_rehearsal.core.postgres.servers.parity import Offer, Tell
from alembic_rehearsal.core.postgres.servers.sources import Search
from alembic_rehearsal.core.values.databases import Needs
from alembic_rehearsal.core.values.errors import NoServer


def on_hand(*, tell: Tell) -> list[Offer]:
    """What there is, the newest major first; `tell` hears of each place that was of no use.

    Raises `NoServer`, with all of these, where there is nothing.
    """
    found: list[Offer] = []
    refusals: list[str] = []
    for look in (wheels, system, others):
        for place in look():
            if place.found:
                found.append(LocalSource(place.found).offer)
            else:
                refusals.append(f"{place.name}: {place.why}")
    try:
        images = [each.offer for each in images_here()]
    except NoServer as error:
        refusals.append(f"docker: {error.what} {error.why}".rstrip())
    else:
        found += images
        if not images:
            refusals.append("docker: no image of PostgreSQL is here, and none is pulled for this")
    if not found:
        raise Search("auto", Needs(), refusals=refusals).nothing()
    for each in refusals:
        tell(each)
    return sorted(found, key=lambda each: each.major, reverse=True)
