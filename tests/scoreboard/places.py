"""The files of the sample project that mutants edit, and new revisions for it."""

from __future__ import annotations

from textwrap import dedent, indent

from scoreboard.mutant import Create

USERS = "alembic/versions/2025_03_04_0912-5c1d0e7a4b92_users.py"
NICHES = "alembic/versions/2025_03_11_1540-a81f36c2d705_monitored_niches.py"
CONTENT = "alembic/versions/2025_03_27_1103-e2907b5fd8a4_published_content.py"
TIERS = "alembic/versions/2025_04_15_0847-0d94be61f7c3_subscription_tiers.py"
CREDITS = "alembic/versions/2025_05_06_1418-7b3ac90e15d8_user_credits.py"
OWNERS = "alembic/versions/2025_05_13_0930-3fe5d7284c1b_niche_owners.py"
STATUS = "alembic/versions/2025_05_15_1622-96a0c4e8b3f7_content_status.py"
TRANSACTIONS = "alembic/versions/2025_05_20_1005-c46e8f12a9d0_credit_transactions.py"
THREE_JOINED = "alembic/versions/2025_06_02_1201-f0138d5a6e9c_credits_niches_and_status.py"
NAMES = "alembic/versions/2025_09_18_1530-24c7e9b0d1f6_display_names.py"
STUDIO = "alembic/versions/2026_02_10_1044-b85d21fc7ae3_studio_tier.py"  # production is here
LANGUAGE = "alembic/versions/2026_09_29_0915-1a6f0c93e7d2_content_language.py"
REFERENCES = "alembic/versions/2026_10_01_1137-d7e2b4a85c06_credit_references.py"
UNIQUE = "alembic/versions/2026_10_01_1150-58f9a3d6c0e1_unique_credit_references.py"
TWO_JOINED = "alembic/versions/2026_10_12_1408-ec03f7b19d5a_language_and_references.py"
LOGIN = "alembic/versions/2026_11_04_1320-6d81e5c2f40b_last_login.py"
RECENT = "alembic/versions/2026_11_09_1006-91be77aa0c12_recent_content_index.py"
HEAD = "91be77aa0c12"

ENV_PY = "alembic/env.py"
PROVENANCE = "snapshots/production.toml"
MODELS = "src/api/utils/models.py"
USER_MODELS = "src/api/utils/user_models.py"
CREDIT_MODELS = "src/api/utils/credit_models.py"
CONTENT_MODELS = "src/api/utils/content_models.py"

_REVISION = '''\
"""{says}

Revision ID: {id}
Revises: {down}
Create Date: 2026-11-20 09:00:00
"""

from __future__ import annotations

{imports}import sqlalchemy as sa
from alembic import op

revision = "{id}"
down_revision = "{down}"
branch_labels = None
depends_on = None


def upgrade() -> None:
{up}


def downgrade() -> None:
{undo}
'''


def revision(
    id: str, says: str, up: str, undo: str, *, down: str = HEAD, imports: str = ""
) -> Create:
    """A new revision file; `up` and `undo` are the statements of its two functions."""
    text = _REVISION.format(
        id=id, says=says, down=down, imports=imports, up=_body(up), undo=_body(undo)
    )
    return Create(f"alembic/versions/2026_11_20_0900-{id}_{says.replace(' ', '_')}.py", text)


def sql(*statements: str) -> str:
    """Python statements that execute these SQL statements, one each."""
    return "\n".join(f"op.execute({each!r})" for each in statements)


def _body(statements: str) -> str:
    return indent(dedent(statements).strip(), "    ")
