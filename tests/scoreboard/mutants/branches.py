"""Forks whose branches depend on each other, so that the order of revisions matters."""

from __future__ import annotations

from scoreboard.mutant import Mutant, Replace, fault
from scoreboard.places import CONTENT_MODELS, LANGUAGE, REFERENCES, TRANSACTIONS

ADD_REFERENCE = (
    '    op.add_column("credit_transactions", sa.Column("reference", sa.String(64), nullable=True))'
)
DROP_REFERENCE = '    op.drop_column("credit_transactions", "reference")'
ADD_LANGUAGE = (
    '        sa.Column("language", sa.String(8), server_default="en", nullable=False),\n    )'
)
DROP_LANGUAGE = '    op.drop_column("published_content", "language")'


def after(path: str, line: str, *more: str) -> Replace:
    """Insert the statements `more` after `line`, which `path` contains once."""
    return Replace(path, line, "\n    ".join((line, *more)))


def views_start_at(number: int) -> str:
    return f'op.alter_column("published_content", "view_count", server_default="{number}")'


def function(number: int) -> str:
    return (
        'op.execute("CREATE OR REPLACE FUNCTION price() RETURNS int LANGUAGE sql'
        f" AS 'SELECT {number}'\")"
    )


NO_FUNCTION = 'op.execute("DROP FUNCTION IF EXISTS price()")'

MUTANTS: tuple[Mutant, ...] = (
    fault(
        "B",
        "branches-set-one-default",
        "both sides of the second fork set the default of view_count, each to another value",
        after(REFERENCES, ADD_REFERENCE, views_start_at(5)),
        after(REFERENCES, DROP_REFERENCE, views_start_at(0)),
        after(LANGUAGE, ADD_LANGUAGE, views_start_at(1)),
        after(LANGUAGE, DROP_LANGUAGE, views_start_at(0)),
        Replace(
            CONTENT_MODELS,
            'view_count: Mapped[int] = mapped_column(server_default="0")',
            'view_count: Mapped[int] = mapped_column(server_default="1")',
        ),
    ),
    fault(
        "B",
        "branches-define-one-function",
        "both sides of the second fork define one function, each in another way",
        after(REFERENCES, ADD_REFERENCE, function(5)),
        after(REFERENCES, DROP_REFERENCE, NO_FUNCTION),
        after(LANGUAGE, ADD_LANGUAGE, function(7)),
        after(LANGUAGE, DROP_LANGUAGE, NO_FUNCTION),
    ),
    fault(
        "B",
        "branch-needs-other-branch",
        "the pending 1a6f0c93e7d2 uses a column that the other side of the fork adds",
        after(
            LANGUAGE,
            ADD_LANGUAGE,
            "op.execute(\"UPDATE credit_transactions SET reference = NULL WHERE reference = ''\")",
        ),
    ),
    fault(
        "B",
        "branches-index-and-rename",
        "one side of the second fork renames the column that the other side indexes",
        after(
            REFERENCES,
            ADD_REFERENCE,
            'op.create_index("ix_content_title", "published_content", ["title"])',
        ),
        after(REFERENCES, DROP_REFERENCE, 'op.drop_index("ix_content_title", "published_content")'),
        after(
            LANGUAGE,
            ADD_LANGUAGE,
            'op.alter_column("published_content", "title", new_column_name="headline")',
        ),
        after(
            LANGUAGE,
            DROP_LANGUAGE,
            'op.alter_column("published_content", "headline", new_column_name="title")',
        ),
        Replace(
            CONTENT_MODELS,
            "    title: Mapped[str] = mapped_column(String(200))\n    url:",
            "    headline: Mapped[str] = mapped_column(String(200))\n    url:",
        ),
        Replace(
            CONTENT_MODELS,
            '(UniqueConstraint("platform", "url"),)',
            '(UniqueConstraint("platform", "url"), Index("ix_content_title", "headline"))',
        ),
    ),
    fault(
        "B",
        "applied-branch-needs-other",
        "c46e8f12a9d0 uses a column that another side of the first fork adds",
        Replace(
            TRANSACTIONS,
            '    op.execute("INSERT INTO user_credits',
            "    op.execute(\"UPDATE published_content SET status = 'draft' WHERE false\")\n"
            '    op.execute("INSERT INTO user_credits',
        ),
    ),
)
