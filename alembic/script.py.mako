<%
    is_merge = isinstance(down_revision, (tuple, list))

    def quoted(value):
        """The value as the formatter would write it."""
        return repr(value).replace("'", '"')
%>\
"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}
"""

from __future__ import annotations

from collections.abc import Sequence
% if not is_merge:

import sqlalchemy as sa
from alembic import op
% endif
% if imports:
${imports}
% endif

revision: str = ${quoted(up_revision)}
down_revision: str | Sequence[str] | None = ${quoted(down_revision)}
branch_labels: str | Sequence[str] | None = ${quoted(branch_labels)}
depends_on: str | Sequence[str] | None = ${quoted(depends_on)}
% if not is_merge:

# Declare what cannot be undone, or delete these lines:
# irreversible = True
# data_loss = "which values the upgrade or the downgrade forgets, and why that is right"
% endif


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
% if not is_merge:
    # Put back exactly what upgrade() changed, the last change first: indexes, constraints,
    # columns, tables, then the enum types: PostgreSQL keeps those when their column goes.
    # No way back on purpose: raise NotImplementedError("why").
% endif
    ${downgrades if downgrades else "pass"}
