"""Tells whether experiments have changed what all databases of a server share.

What to do then is decided in `setup.py`.
"""

from __future__ import annotations

from alembic_rehearsal.core.postgres.shared_catalogs import count_shared_changes, role_names
from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.snapshot.values import Snapshot


class SharedState:
    """What a server's databases shared when this was made, to compare with later."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._changes = count_shared_changes(server)
        self._roles = role_names(server)

    def new_roles(self) -> frozenset[str]:
        """The roles that were made since."""
        return role_names(self.server) - self._roles

    def has_changed(self, placeholders: frozenset[str]) -> bool:
        """Whether anything shared was changed since, besides making these roles."""
        return count_shared_changes(self.server) - self._changes > len(placeholders)


def find_placeholders(new_roles: frozenset[str], snapshot: Snapshot | None) -> frozenset[str]:
    """The roles that restoring the snapshot may have made, since its SQL names them."""
    return frozenset(each for each in new_roles if snapshot and each in snapshot.sql)
