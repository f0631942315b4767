"""Join starter and team."""

from __future__ import annotations

revision = "1fd38b50a6e4"
down_revision = ("8e27f5a3c1d0", "c90a64e1b7f2")


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
