"""index of weights"""

from __future__ import annotations

from alembic import op

revision = "e80b4f6d2a17"
down_revision = "7c2e51a09d34"


def upgrade() -> None:
    op.create_index("parcels_weight_idx", "parcels", ["weight"])


def downgrade() -> None:
    op.drop_index("parcels_weight_idx")
