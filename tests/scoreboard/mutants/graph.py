"""Histories that Alembic cannot load or run, and revisions that depend on changing code."""

from __future__ import annotations

from dataclasses import replace

from scoreboard.mutant import Mutant, Remove, Replace, fault
from scoreboard.places import (
    CREDIT_MODELS,
    CREDITS,
    HEAD,
    LANGUAGE,
    NAMES,
    OWNERS,
    PROVENANCE,
    RECENT,
    REFERENCES,
    STUDIO,
    THREE_JOINED,
    USER_MODELS,
    revision,
)

ID = "0f5c2a9e7b31"
ADD_REFERENCE = (
    'op.add_column("credit_transactions", sa.Column("reference", sa.String(64), nullable=True))'
)
THREE_PARENTS = '= ("c46e8f12a9d0", "3fe5d7284c1b", "96a0c4e8b3f7")'
PARENT_OF_HEAD = 'down_revision: str | Sequence[str] | None = "6d81e5c2f40b"'
BALANCE = '        sa.CheckConstraint("balance >= 0",'
BALANCE_CHECK = 'CheckConstraint("balance >= 0", name="balance_not_negative"),'

GRAPH = (
    fault(
        "H",
        "two-heads",
        "a new revision revises the parent of the head, too",
        revision(
            ID,
            "drop empty notes",
            "op.execute(\"UPDATE credit_transactions SET note = NULL WHERE note = ''\")",
            "op.execute(\"UPDATE credit_transactions SET note = '' WHERE note IS NULL\")",
            down="6d81e5c2f40b",
        ),
    ),
    fault(
        "H",
        "merge-forgets-branch",
        "the merge f0138d5a6e9c joins two of its three branches",
        Replace(THREE_JOINED, THREE_PARENTS, THREE_PARENTS.replace(', "96a0c4e8b3f7"', "")),
    ),
    fault(
        "H",
        "unknown-parent",
        "the head names a parent that does not exist",
        Replace(RECENT, PARENT_OF_HEAD, PARENT_OF_HEAD.replace("f40b", "f40c")),
    ),
    fault(
        "H",
        "unknown-dependency",
        "the head depends on a revision that does not exist",
        Replace(
            RECENT,
            "depends_on: str | Sequence[str] | None = None",
            'depends_on: str | Sequence[str] | None = "c46e8f12a9d1"',
        ),
    ),
    fault(
        "H",
        "parent-skips-one",
        "the head revises its grandparent, ec03f7b19d5a",
        Replace(RECENT, PARENT_OF_HEAD, PARENT_OF_HEAD.replace("6d81e5c2f40b", "ec03f7b19d5a")),
    ),
    fault(
        "H",
        "cycle",
        "24c7e9b0d1f6 revises the head",
        Replace(NAMES, 'None = "f0138d5a6e9c"', f'None = "{HEAD}"'),
    ),
    fault(
        "H",
        "file-removed",
        "the file of 24c7e9b0d1f6 is gone",
        Remove(NAMES),
    ),
    fault(
        "H",
        "id-twice",
        "the pending 1a6f0c93e7d2 has the id of d7e2b4a85c06",
        Replace(LANGUAGE, 'revision: str = "1a6f0c93e7d2"', 'revision: str = "d7e2b4a85c06"'),
    ),
    fault(
        "H",
        "id-missing",
        "the pending 1a6f0c93e7d2 has no `revision`",
        Replace(LANGUAGE, 'revision: str = "1a6f0c93e7d2"\n', ""),
    ),
    fault(
        "H",
        "syntax-error",
        "a bracket is missing in 3fe5d7284c1b",
        Replace(OWNERS, '["user_id", "slug"]\n        )\n', '["user_id", "slug"]\n        \n'),
    ),
    fault(
        "H",
        "production-unknown",
        "production is at a revision that the history does not have",
        Replace(PROVENANCE, '["b85d21fc7ae3"]', '["b85d21fc7ae4"]'),
    ),
)

APPLIED = (
    fault(
        "H",
        "applied-upgrade-edited",
        "7b3ac90e15d8, which production has, and its model get another check",
        Replace(CREDITS, BALANCE, BALANCE.replace("balance >= 0", "balance >= -100")),
        Replace(CREDIT_MODELS, BALANCE_CHECK, BALANCE_CHECK.replace(">= 0", ">= -100")),
    ),
    replace(
        fault(
            "H",
            "applied-data-edited",
            "24c7e9b0d1f6, which production has, gives display names in another form",
            Replace(NAMES, "'user ' || id", "'member ' || id"),
        ),
        locked=True,
    ),
    fault(
        "H",
        "slipped-in-below-production",
        "a new revision is put below b85d21fc7ae3, so production will never run it",
        Replace(STUDIO, 'None = "24c7e9b0d1f6"', f'None = "{ID}"'),
        Replace(
            USER_MODELS,
            "full_name: Mapped[str | None] = mapped_column(String(200))",
            "full_name: Mapped[str | None] = mapped_column(String(200), index=True)",
        ),
        revision(
            ID,
            "index names",
            'op.create_index("ix_users_full_name", "users", ["full_name"])',
            'op.drop_index("ix_users_full_name", "users")',
            down="24c7e9b0d1f6",
        ),
    ),
)

DEPENDING = (
    fault(
        "H",
        "revision-imports-application",
        "the pending d7e2b4a85c06 takes the column's type from today's model",
        Replace(
            REFERENCES,
            "from alembic import op\n",
            "from alembic import op\n\nfrom api.utils.models import CreditTransactionDB\n",
        ),
        Replace(
            REFERENCES,
            ADD_REFERENCE,
            ADD_REFERENCE.replace("sa.String(64)", "CreditTransactionDB.reference.type"),
        ),
    ),
    fault(
        "H",
        "revision-reads-clock",
        "a new revision writes the day on which it runs into a function",
        revision(
            ID,
            "epoch",
            'op.execute(f"CREATE FUNCTION epoch() RETURNS timestamp LANGUAGE sql AS'
            " 'SELECT timestamp ''{datetime.now():%Y-%m-%d %H:%M:%S.%f}'''\")",
            'op.execute("DROP FUNCTION epoch()")',
            imports="from datetime import datetime\n\n",
        ),
    ),
    fault(
        "H",
        "revision-reads-environment",
        "a new revision makes an index only where APP_ENV is 'production'",
        revision(
            ID,
            "index titles",
            'if os.environ.get("APP_ENV") == "production":\n'
            '    op.create_index("ix_published_content_title", "published_content", ["title"])',
            'op.drop_index("ix_published_content_title", "published_content", if_exists=True)',
            imports="import os\n\n",
        ),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*GRAPH, *APPLIED, *DEPENDING)
