"""Existing revisions with an upgrade whose result differs from models and production."""

from __future__ import annotations

from scoreboard.mutant import Mutant, Replace, fault
from scoreboard.places import (
    CONTENT,
    CREDITS,
    LANGUAGE,
    LOGIN,
    NAMES,
    OWNERS,
    RECENT,
    REFERENCES,
    STATUS,
    TIERS,
    TRANSACTIONS,
    UNIQUE,
)

REFERENCE = 'sa.Column("reference", sa.String(64), nullable=True)'
LANGUAGE_COLUMN = 'sa.Column("language", sa.String(8), server_default="en", nullable=False)'
PREDICATE = 'postgresql_where=sa.text("reference IS NOT NULL")'
STATUSES = "CREATE TYPE contentstatus AS ENUM ('draft', 'scheduled', 'published')"
MAKE_TIERS = (
    '    if op.get_context().dialect.name == "postgresql":\n'
    "        op.execute(\"CREATE TYPE subscriptiontier AS ENUM ('free', 'basic', 'premium')\")\n"
)
ADD_TIER = """\
    op.add_column(
        "users",
        sa.Column(
            "subscription_tier",
            sa.Enum("free", "basic", "premium", name="subscriptiontier"),
            server_default="free",
            nullable=False,
        ),
    )
"""
BALANCE_CHECK = (
    '        sa.CheckConstraint("balance >= 0", '
    'name=op.f("ck_user_credits_balance_not_negative")),\n'
)
TRANSACTION_OWNER = (
    '            name=op.f("fk_credit_transactions_user_id_users"),\n'
    '            ondelete="CASCADE",\n'
)

BUILT_OTHERWISE = (
    fault(
        "U",
        "up-default-edited",
        "the pending 1a6f0c93e7d2 makes 'de' the default of language",
        Replace(LANGUAGE, LANGUAGE_COLUMN, LANGUAGE_COLUMN.replace('"en"', '"de"')),
    ),
    fault(
        "U",
        "up-nullable-edited",
        "the pending 1a6f0c93e7d2 makes language nullable",
        Replace(LANGUAGE, LANGUAGE_COLUMN, LANGUAGE_COLUMN.replace("False", "True")),
    ),
    fault(
        "U",
        "up-not-null-forgotten",
        "24c7e9b0d1f6 leaves display_name nullable",
        Replace(NAMES, "nullable=False)", "nullable=True)"),
    ),
    fault(
        "U",
        "up-length-edited",
        "the pending d7e2b4a85c06 makes reference 46 characters long",
        Replace(REFERENCES, REFERENCE, REFERENCE.replace("64", "46")),
    ),
    fault(
        "U",
        "up-type-edited",
        "7b3ac90e15d8 makes balance a bigint",
        Replace(CREDITS, '"balance", sa.Integer()', '"balance", sa.BigInteger()'),
    ),
    fault(
        "U",
        "up-time-zone-lost",
        "the pending 6d81e5c2f40b makes last_login_at without a time zone where it is missing",
        Replace(LOGIN, "sa.DateTime(timezone=True)", "sa.DateTime()"),
    ),
    fault(
        "U",
        "up-collation",
        'the pending d7e2b4a85c06 gives reference the collation "POSIX"',
        Replace(REFERENCES, REFERENCE, REFERENCE.replace("64", '64, collation="POSIX"')),
    ),
    fault(
        "U",
        "up-comment",
        "the pending 1a6f0c93e7d2 gives language a comment that the model does not have",
        Replace(
            LANGUAGE,
            'server_default="en", nullable',
            'comment="ISO", server_default="en", nullable',
        ),
    ),
    fault(
        "U",
        "up-predicate-lost",
        "3fe5d7284c1b makes its index over all niches instead of the active ones",
        Replace(OWNERS, '        postgresql_where=sa.text("is_active"),\n', ""),
    ),
    fault(
        "U",
        "up-predicate-edited",
        "the pending 58f9a3d6c0e1 makes references unique that are not '' instead of not null",
        Replace(UNIQUE, PREDICATE, "postgresql_where=sa.text(\"reference <> ''\")"),
    ),
    fault(
        "U",
        "up-unique-lost",
        "the pending 58f9a3d6c0e1 makes an index that is not unique",
        Replace(UNIQUE, "            unique=True,\n", ""),
    ),
    fault(
        "U",
        "up-unique-over-less",
        "e2907b5fd8a4 makes url unique by itself instead of with platform",
        Replace(CONTENT, 'sa.UniqueConstraint("platform", "url",', 'sa.UniqueConstraint("url",'),
    ),
    fault(
        "U",
        "up-index-missing",
        "e2907b5fd8a4 no longer makes the index on niche_id",
        Replace(
            CONTENT,
            '    op.create_index(op.f("ix_published_content_niche_id"), '
            '"published_content", ["niche_id"])\n',
            "",
        ),
    ),
    fault(
        "U",
        "up-check-lost",
        "7b3ac90e15d8 no longer checks that a balance is not negative",
        Replace(CREDITS, BALANCE_CHECK, ""),
    ),
    fault(
        "U",
        "up-check-edited",
        "c46e8f12a9d0 checks amount > 0 instead of amount <> 0",
        Replace(TRANSACTIONS, '"amount <> 0"', '"amount > 0"'),
    ),
    fault(
        "U",
        "up-on-delete-lost",
        "c46e8f12a9d0 makes its foreign key without ON DELETE CASCADE",
        Replace(TRANSACTIONS, TRANSACTION_OWNER, TRANSACTION_OWNER.splitlines(True)[0]),
    ),
    fault(
        "U",
        "up-on-delete-edited",
        "e2907b5fd8a4 deletes content with its niche instead of setting niche_id to null",
        Replace(CONTENT, 'ondelete="SET NULL"', 'ondelete="CASCADE"'),
    ),
    fault(
        "U",
        "up-enum-value-missing",
        "96a0c4e8b3f7 makes enum contentstatus without 'scheduled'",
        Replace(STATUS, STATUSES, STATUSES.replace("'scheduled', ", "")),
    ),
    fault(
        "U",
        "up-enum-reordered",
        "96a0c4e8b3f7 makes enum contentstatus in another order",
        Replace(STATUS, STATUSES, STATUSES.replace("'draft', 'scheduled'", "'scheduled', 'draft'")),
    ),
)

FAILING = (
    fault(
        "U",
        "up-swapped-order",
        "0d94be61f7c3 adds the column before it makes the enum of it",
        Replace(TIERS, MAKE_TIERS + ADD_TIER, ADD_TIER + MAKE_TIERS),
    ),
    fault(
        "U",
        "up-mistyped-op",
        "the pending 1a6f0c93e7d2 calls op.add_colum",
        Replace(LANGUAGE, "op.add_column(", "op.add_colum("),
    ),
    fault(
        "U",
        "up-wrong-column-where-missing",
        "the pending 91be77aa0c12 indexes `publish_at` where the index is missing",
        Replace(
            RECENT,
            '    elif NAME not in present:\n        op.create_index(NAME, TABLE, ["published_at"])',
            '    elif NAME not in present:\n        op.create_index(NAME, TABLE, ["publish_at"])',
        ),
    ),
    fault(
        "U",
        "up-concurrently-in-transaction",
        "the pending 58f9a3d6c0e1 builds its index concurrently without an autocommit block",
        Replace(
            UNIQUE,
            "    with op.get_context().autocommit_block():\n        # What an",
            "    if True:\n        # What an",
        ),
    ),
    fault(
        "U",
        "up-clears-version-table",
        "the pending d7e2b4a85c06 empties alembic_version",
        Replace(
            REFERENCES,
            f'    op.add_column("credit_transactions", {REFERENCE})',
            f'    op.add_column("credit_transactions", {REFERENCE})\n'
            '    op.execute("DELETE FROM alembic_version")',
        ),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*BUILT_OTHERWISE, *FAILING)
