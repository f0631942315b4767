"""The rows that a new installation begins with: `seed` in the settings, run by `make init`."""

from __future__ import annotations

from sqlalchemy import select

from api.utils.database import open_session
from api.utils.models import MonitoredNicheDB

NICHES = {"retro-computing": "Retro computing", "street-food": "Street food"}


def first_niches() -> None:
    """The niches that all users share; those that are there already stay as they are."""
    with open_session() as session:
        there = set(session.scalars(select(MonitoredNicheDB.slug)))
        session.add_all(
            MonitoredNicheDB(slug=slug, title=title)
            for slug, title in NICHES.items()
            if slug not in there
        )
        session.commit()
