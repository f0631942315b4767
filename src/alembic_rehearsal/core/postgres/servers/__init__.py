"""PostgreSQL servers to rehearse on: found, started, and gone when they should be."""

from __future__ import annotations

from alembic_rehearsal.core.postgres.programs.clients import client, client_program
from alembic_rehearsal.core.postgres.programs.folders import cache_folder, locked
from alembic_rehearsal.core.postgres.servers.available import on_hand
from alembic_rehearsal.core.postgres.servers.by_url import given_database, given_server
from alembic_rehearsal.core.postgres.servers.development import (
    development_server,
    make_home,
    running_development_server,
    stop_development_server,
)
from alembic_rehearsal.core.postgres.servers.parity import parity_note
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server

__all__ = [
    "cache_folder",
    "client",
    "client_program",
    "development_server",
    "given_database",
    "given_server",
    "locked",
    "make_home",
    "on_hand",
    "parity_note",
    "running_development_server",
    "stop_development_server",
    "throwaway_server",
]
