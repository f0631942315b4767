"""join credits, niches and status

Revision ID: f0138d5a6e9c
Revises: c46e8f12a9d0, 3fe5d7284c1b, 96a0c4e8b3f7
Create Date: 2025-06-02 12:01:00
"""

from __future__ import annotations

from collections.abc import Sequence

revision: str = "f0138d5a6e9c"
down_revision: str | Sequence[str] | None = ("c46e8f12a9d0", "3fe5d7284c1b", "96a0c4e8b3f7")
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
