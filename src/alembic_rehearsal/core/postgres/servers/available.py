"""Every PostgreSQL that could be started on this machine, with nothing fetched for it."""

from __future__ import annotations

from alembic_rehearsal.core.postgres.programs.installations import (
    find_in_wheels,
    find_on_system,
    find_other_majors,
)
from alembic_rehearsal.core.postgres.servers.docker import local_images
from alembic_rehearsal.core.postgres.servers.local import LocalSource
from alembic_rehearsal.core.postgres.servers.parity import Offer, Tell
from alembic_rehearsal.core.postgres.servers.sources import Search
from alembic_rehearsal.core.values.databases import ServerNeeds
from alembic_rehearsal.core.values.errors import NoServer


def find_offers(*, tell: Tell) -> list[Offer]:
    """What there is, the newest major first; `tell` hears of each place that was of no use.

    Raises `NoServer`, with all of these, where there is nothing.
    """
    found: list[Offer] = []
    refusals: list[str] = []
    for look in (find_in_wheels, find_on_system, find_other_majors):
        for place in look():
            if place.found:
                found.append(LocalSource(place.found).offer)
            else:
                refusals.append(f"{place.name}: {place.why}")
    try:
        images = [each.offer for each in local_images()]
    except NoServer as error:
        refusals.append(f"docker: {error.what} {error.why}".rstrip())
    else:
        found += images
        if not images:
            refusals.append("docker: no image of PostgreSQL is here, and none is pulled for this")
    if not found:
        raise Search("auto", ServerNeeds(), refusals=refusals).no_server_error()
    for each in refusals:
        tell(each)
    return sorted(found, key=lambda each: each.major, reverse=True)
