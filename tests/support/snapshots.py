"""Snapshots that a test writes: a few lines of SQL as production's schema."""

from __future__ import annotations

from pathlib import Path

from alembic_rehearsal.snapshot.files import COMPLETE, digest, write_snapshot
from alembic_rehearsal.snapshot.values import Provenance, Snapshot

CUSTOMERS = "CREATE TABLE public.customers (id integer);"


def production(
    folder: Path,
    sql: str = CUSTOMERS,
    *,
    revisions: tuple[str, ...] = ("a1",),
    server_version: str = "15.3",
    extensions: tuple[str, ...] = (),
) -> Snapshot:
    """Write snapshots/production.sql with `sql` in it, and its provenance, below `folder`."""
    text = f"--\n-- PostgreSQL database dump\n--\n\n{sql}\n\n--\n{COMPLETE}\n--\n"
    provenance = Provenance(
        revisions=revisions,
        server_version=server_version,
        encoding="UTF8",
        collation="C",
        time_zone="UTC",
        extensions=dict.fromkeys(extensions, "1.0"),
        tables={},
        version_table="public.alembic_version",
        sha256=digest(text),
        taken_at="2026-11-20T08:00:00+00:00",
        taken_with="pg_dump 15.3",
    )
    snapshot = Snapshot(folder / "snapshots" / "production.sql", text, provenance)
    write_snapshot(snapshot)
    return snapshot
