"""Rehearse Alembic migrations on a disposable PostgreSQL before production runs them."""

from __future__ import annotations

__version__ = "0.1.0"
