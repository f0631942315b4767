"""Every PostgreSQL that could be started on this machine without a download."""

from __future__ import annotations

from alembic_rehearsal.core.postgres.servers.choose import Search
from alembic_rehearsal.core.postgres.servers.docker import local_images
from alembic_rehearsal.core.postgres.servers.parity import Offer
from alembic_rehearsal.core.values.databases import ServerNeeds
from alembic_rehearsal.core.values.errors import NoServer
from alembic_rehearsal.core.values.progress import Tell


def find_offers(*, tell: Tell) -> list[Offer]:
    """The offers of this machine, the newest major first.

    `tell` gets one line for each place that has none.  Raises `NoServer`, which lists these
    places, when there is no offer at all.
    """
    search = Search("auto", ServerNeeds())
    search.search_locally()
    try:
        images = local_images()
    except NoServer as error:
        search.refusals.append(f"docker: {error.what} {error.why}".rstrip())
    else:
        search.found += images
        if not images:
            search.refusals.append(
                "docker: no image of PostgreSQL is here, and none is pulled for this"
            )
    if not search.found:
        raise search.no_server_error()
    for each in search.refusals:
        tell(each)
    offers = (each.offer for each in search.found)
    return sorted(offers, key=lambda each: each.major, reverse=True)
