"""join language and references

Revision ID: ec03f7b19d5a
Revises: 1a6f0c93e7d2, 58f9a3d6c0e1
Create Date: 2026-10-12 14:08:00
"""

from __future__ import annotations

from collections.abc import Sequence

revision: str = "ec03f7b19d5a"
down_revision: str | Sequence[str] | None = ("1a6f0c93e7d2", "58f9a3d6c0e1")
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
