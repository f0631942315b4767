"""Edits that change nothing of importance: a tool that objects to one is wrong."""

from __future__ import annotations

from scoreboard.mutant import Mutant, Replace, harmless
from scoreboard.places import (
    CONTENT,
    CONTENT_MODELS,
    NAMES,
    OWNERS,
    REFERENCES,
    THREE_JOINED,
    TRANSACTIONS,
    USERS,
)

TITLE = '        sa.Column("title", sa.String(200), nullable=False),\n'
URL = '        sa.Column("url", sa.String(500), nullable=False),\n'
TITLE_OF_MODEL = "    title: Mapped[str] = mapped_column(String(200))\n"
URL_OF_MODEL = "    url: Mapped[str] = mapped_column(String(500))\n"
THREE_PARENTS = '= ("c46e8f12a9d0", "3fe5d7284c1b", "96a0c4e8b3f7")'
DISPLAY_NAMES = "\"UPDATE users SET display_name = coalesce(full_name, 'user ' || id)\""
UNIQUE_DOWN = """\
        niches.drop_constraint(op.f("uq_monitored_niches_user_id_slug"), type_="unique")
        niches.create_unique_constraint(op.f("uq_monitored_niches_slug"), ["slug"])
"""
FK_DOWN = (
    '        niches.drop_constraint(op.f("fk_monitored_niches_user_id_users"), '
    'type_="foreignkey")\n'
)

MUTANTS: tuple[Mutant, ...] = (
    harmless(
        "U",
        "columns-reordered",
        "e2907b5fd8a4 makes two columns in the other order",
        "the order of columns is cosmetic, and production has another one anyway",
        Replace(CONTENT, TITLE + URL, URL + TITLE),
    ),
    harmless(
        "U",
        "columns-of-model-reordered",
        "model PublishedContentDB has two columns in the other order",
        "the order of columns is cosmetic",
        Replace(CONTENT_MODELS, TITLE_OF_MODEL + URL_OF_MODEL, URL_OF_MODEL + TITLE_OF_MODEL),
    ),
    harmless(
        "H",
        "formatted-otherwise",
        "24c7e9b0d1f6 has another formatting and one more comment",
        "it means the same to Python",
        Replace(
            NAMES,
            f"    op.execute({DISPLAY_NAMES})\n",
            "    # An address is nobody's business.\n"
            f"    op.execute(\n        {DISPLAY_NAMES}\n    )\n",
        ),
    ),
    harmless(
        "H",
        "docstring-edited",
        "the docstring of d7e2b4a85c06 has another date",
        "Alembic reads none of it",
        Replace(REFERENCES, "Create Date: 2026-10-01 11:37:00", "Create Date: 2026-10-01 12:00:00"),
    ),
    harmless(
        "H",
        "parents-reordered",
        "the merge f0138d5a6e9c names its three parents in another order",
        "it joins the same branches, and no branch depends on another",
        Replace(
            THREE_JOINED,
            THREE_PARENTS,
            '= ("96a0c4e8b3f7", "c46e8f12a9d0", "3fe5d7284c1b")',
        ),
    ),
    harmless(
        "D",
        "declared-one-way",
        "downgrade of d7e2b4a85c06 raises NotImplementedError",
        "it is declared: nobody is surprised by it",
        Replace(
            REFERENCES,
            '    op.drop_column("credit_transactions", "reference")',
            '    raise NotImplementedError("the references are needed for refunds")',
        ),
    ),
    harmless(
        "D",
        "down-in-other-order",
        "downgrade of 3fe5d7284c1b drops two constraints in the other order",
        "neither depends on the other",
        Replace(OWNERS, UNIQUE_DOWN + FK_DOWN, FK_DOWN + UNIQUE_DOWN),
    ),
    harmless(
        "U",
        "check-spelled-otherwise",
        "c46e8f12a9d0 checks amount != 0",
        "PostgreSQL stores it as amount <> 0",
        Replace(TRANSACTIONS, '"amount <> 0"', '"amount != 0"'),
    ),
    harmless(
        "U",
        "default-spelled-otherwise",
        "5c1d0e7a4b92 writes the default of is_active as text('TRUE')",
        "PostgreSQL stores it as true",
        Replace(USERS, "server_default=sa.true()", 'server_default=sa.text("TRUE")'),
    ),
    harmless(
        "U",
        "index-spelled-otherwise",
        "3fe5d7284c1b asks for a btree, which is what it had",
        "btree is the default",
        Replace(
            OWNERS,
            '        postgresql_where=sa.text("is_active"),\n',
            '        postgresql_where=sa.text("is_active"),\n        postgresql_using="btree",\n',
        ),
    ),
)
