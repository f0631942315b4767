"""Existing revisions with a downgrade that forgets something or does it wrongly."""

from __future__ import annotations

from scoreboard.mutant import Mutant, Replace, fault, harmless
from scoreboard.places import (
    LANGUAGE,
    OWNERS,
    RECENT,
    REFERENCES,
    STATUS,
    STUDIO,
    TRANSACTIONS,
    UNIQUE,
    USERS,
)

IF_POSTGRES = '    if op.get_context().dialect.name == "postgresql":\n'
DROP_REFERENCE = '    op.drop_column("credit_transactions", "reference")'
DROP_LANGUAGE = '    op.drop_column("published_content", "language")'
DROP_PARTIAL_INDEX = (
    '    op.drop_index(op.f("ix_monitored_niches_last_scanned_at"), '
    'table_name="monitored_niches")\n'
)
UNIQUE_SLUG = 'niches.create_unique_constraint(op.f("uq_monitored_niches_slug"), ["slug"])'
THREE_TIERS = "CREATE TYPE subscriptiontier AS ENUM ('free', 'basic', 'premium')"
FREE = "ALTER TABLE users ALTER COLUMN subscription_tier SET DEFAULT 'free'"

FORGOTTEN = (
    fault(
        "D",
        "down-keeps-first-enum",
        "downgrade of the first revision, 5c1d0e7a4b92, no longer drops enum userrole",
        Replace(USERS, f'{IF_POSTGRES}        op.execute("DROP TYPE userrole")\n', ""),
    ),
    fault(
        "D",
        "down-keeps-enum-after-column",
        "downgrade of 96a0c4e8b3f7 drops the column and leaves enum contentstatus",
        Replace(STATUS, f'{IF_POSTGRES}        op.execute("DROP TYPE contentstatus")\n', ""),
    ),
    fault(
        "D",
        "down-keeps-enum-after-table",
        "downgrade of c46e8f12a9d0 drops the table and leaves enum creditkind",
        Replace(TRANSACTIONS, f'{IF_POSTGRES}        op.execute("DROP TYPE creditkind")\n', ""),
    ),
    fault(
        "D",
        "down-keeps-table",
        "downgrade of c46e8f12a9d0 no longer drops table credit_transactions",
        Replace(TRANSACTIONS, '    op.drop_table("credit_transactions")\n', ""),
    ),
    fault(
        "D",
        "down-keeps-index",
        "downgrade of 3fe5d7284c1b no longer drops the partial index",
        Replace(OWNERS, DROP_PARTIAL_INDEX, ""),
    ),
    fault(
        "D",
        "down-keeps-column",
        "downgrade of 3fe5d7284c1b no longer drops column user_id",
        Replace(OWNERS, '        niches.drop_column("user_id")\n', ""),
    ),
    fault(
        "D",
        "down-forgets-unique",
        "downgrade of 3fe5d7284c1b no longer puts the unique constraint on slug back",
        Replace(OWNERS, f"        {UNIQUE_SLUG}\n", ""),
    ),
    fault(
        "D",
        "down-forgets-default",
        "downgrade of b85d21fc7ae3 no longer puts the default of subscription_tier back",
        Replace(STUDIO, f'    "{FREE}",\n', ""),
    ),
    fault(
        "D",
        "down-keeps-renamed-enum",
        "downgrade of b85d21fc7ae3 leaves the renamed enum subscriptiontier_with_studio",
        Replace(STUDIO, '    "DROP TYPE subscriptiontier_with_studio",\n', ""),
    ),
    fault(
        "D",
        "down-passes",
        "downgrade of the pending 1a6f0c93e7d2 is `pass` and leaves the column",
        Replace(LANGUAGE, DROP_LANGUAGE, "    pass"),
    ),
    fault(
        "D",
        "down-is-missing",
        "the pending d7e2b4a85c06 has no downgrade function",
        Replace(REFERENCES, f"\n\ndef downgrade() -> None:\n{DROP_REFERENCE}\n", ""),
    ),
)

DONE_WRONG = (
    fault(
        "D",
        "down-unique-on-other-column",
        "downgrade of 3fe5d7284c1b makes uq_monitored_niches_slug unique over title",
        Replace(OWNERS, UNIQUE_SLUG, UNIQUE_SLUG.replace('["slug"]', '["title"]')),
    ),
    fault(
        "D",
        "down-unique-renamed",
        "downgrade of 3fe5d7284c1b gives the unique constraint on slug another name",
        Replace(OWNERS, UNIQUE_SLUG, UNIQUE_SLUG.replace("uq_monitored_niches_slug", "uq_slug")),
    ),
    fault(
        "D",
        "down-default-edited",
        "downgrade of b85d21fc7ae3 makes 'basic' the default of subscription_tier",
        Replace(STUDIO, FREE, FREE.replace("'free'", "'basic'")),
    ),
    fault(
        "D",
        "down-enum-loses-value",
        "downgrade of b85d21fc7ae3 makes enum subscriptiontier again without 'basic'",
        Replace(STUDIO, THREE_TIERS, THREE_TIERS.replace("'basic', ", "")),
    ),
    fault(
        "D",
        "down-enum-reordered",
        "downgrade of b85d21fc7ae3 makes enum subscriptiontier again in another order",
        Replace(STUDIO, THREE_TIERS, THREE_TIERS.replace("'free', 'basic'", "'basic', 'free'")),
    ),
    fault(
        "D",
        "down-swapped-order",
        "downgrade of 96a0c4e8b3f7 drops the enum before the column that uses it",
        Replace(
            STATUS,
            '    op.drop_column("published_content", "status")\n'
            f'{IF_POSTGRES}        op.execute("DROP TYPE contentstatus")\n',
            f'{IF_POSTGRES}        op.execute("DROP TYPE contentstatus")\n'
            '    op.drop_column("published_content", "status")\n',
        ),
    ),
    fault(
        "D",
        "down-wrong-column-name",
        "downgrade of the pending 1a6f0c93e7d2 drops column `lang`, which never was",
        Replace(LANGUAGE, DROP_LANGUAGE, DROP_LANGUAGE.replace("language", "lang")),
    ),
    fault(
        "D",
        "down-mistyped-op",
        "downgrade of 3fe5d7284c1b calls op.drop_indx",
        Replace(OWNERS, "    op.drop_index(op.f(", "    op.drop_indx(op.f("),
    ),
    harmless(
        "D",
        "down-raises",
        "downgrade of the pending d7e2b4a85c06 raises RuntimeError",
        "an explicit raise says in words that there is no way back",
        Replace(REFERENCES, DROP_REFERENCE, '    raise RuntimeError("no column to drop")'),
    ),
    fault(
        "D",
        "down-if-exists-hides-typo",
        "downgrade of the pending 58f9a3d6c0e1 drops a misspelled index, if it exists",
        Replace(
            UNIQUE,
            "def downgrade() -> None:\n    with op.get_context().autocommit_block():\n"
            "        op.drop_index(NAME,",
            "def downgrade() -> None:\n    with op.get_context().autocommit_block():\n"
            "        op.drop_index(NAME[:-1],",
        ),
    ),
    harmless(
        "D",
        "down-guard-inverted",
        "downgrade of the pending 91be77aa0c12 drops its index only where it is not there",
        "the revision says `irreversible = True`, so that nobody is to take it down",
        Replace(RECENT, "    if NAME in index_names():", "    if NAME not in index_names():"),
    ),
    fault(
        "D",
        "down-drops-too-much",
        "downgrade of the pending 1a6f0c93e7d2 drops an older index, too",
        Replace(
            LANGUAGE,
            DROP_LANGUAGE,
            f'{DROP_LANGUAGE}\n    op.drop_index("ix_published_content_user_id")',
        ),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*FORGOTTEN, *DONE_WRONG)
