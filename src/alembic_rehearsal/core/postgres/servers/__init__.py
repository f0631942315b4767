"""PostgreSQL servers to rehearse on: found, started, and gone when they should be."""

from __future__ import annotations

from alembic_rehearsal.servers.clients import client, client_program
from alembic_rehearsal.servers.development import (
    development_server,
    make_home,
    running_development_server,
    stop_development_server,
)
from alembic_rehearsal.servers.folders import cache_folder, locked
from alembic_rehearsal.servers.given import given_database, given_server
from alembic_rehearsal.servers.on_hand import on_hand
from alembic_rehearsal.servers.parity import parity_note
from alembic_rehearsal.servers.throwaway import throwaway_server

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
