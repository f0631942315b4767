"""New pending revisions with a downgrade that restores the earlier schema wrongly.

If the new revision changes a table, the mutant edits the model, too: then only the downgrade
is wrong.
"""

from __future__ import annotations

from scoreboard.mutant import Mutant, Replace, fault
from scoreboard.places import CONTENT_MODELS, CREDIT_MODELS, USER_MODELS, revision, sql

ID = "0f5c2a9e7b31"

NICHE = 'ForeignKey("monitored_niches.id", ondelete="SET NULL"), index=True'
NICHE_CASCADES = Replace(CONTENT_MODELS, NICHE, NICHE.replace("SET NULL", "CASCADE"))
FK = "fk_published_content_niche_id_monitored_niches"
NEW_FK = f"""
    op.drop_constraint("{FK}", "published_content", type_="foreignkey")
    op.create_foreign_key("{FK}", "published_content", "monitored_niches",
                          ["niche_id"], ["id"], ondelete="CASCADE")
"""
NO_PARTIAL_INDEX = Replace(
    CONTENT_MODELS,
    """        Index(
            None,
            "last_scanned_at",
            postgresql_where=text("is_active"),
            sqlite_where=text("is_active"),
        ),
""",
    "",
)
NO_UNIQUE_REFERENCE = Replace(
    CREDIT_MODELS,
    """        Index(
            "uq_credit_transactions_reference",
            "reference",
            unique=True,
            postgresql_where=text("reference IS NOT NULL"),
            sqlite_where=text("reference IS NOT NULL"),
        ),
""",
    "",
)
LONGER_NOTE = Replace(CREDIT_MODELS, "String(500)", "String(1000)")
NEEDED_NOTE = Replace(CREDIT_MODELS, "note: Mapped[str | None]", "note: Mapped[str]")
IDENTITY = (
    Replace(
        CREDIT_MODELS,
        '    __table_args__ = (CheckConstraint("balance >= 0", name="balance_not_negative"),)\n\n'
        "    id: Mapped[Id]\n",
        '    __table_args__ = (CheckConstraint("balance >= 0", name="balance_not_negative"),)\n\n'
        "    id: Mapped[int] = mapped_column(Identity(), primary_key=True)\n",
    ),
    Replace(CREDIT_MODELS, "ForeignKey, Index,", "ForeignKey, Identity, Index,"),
)
COMMENTED = (
    Replace(USER_MODELS, "String(320), unique=True", 'String(320), unique=True, comment="unsure"'),
    Replace(
        USER_MODELS,
        '    __tablename__ = "users"\n',
        '    __tablename__ = "users"\n    __table_args__ = {"comment": "accounts"}\n',
    ),
)

MUTANTS: tuple[Mutant, ...] = (
    fault(
        "D",
        "down-fk-loses-on-delete",
        "a new revision replaces a foreign key; its downgrade forgets ON DELETE SET NULL",
        NICHE_CASCADES,
        revision(
            ID,
            "content goes with its niche",
            NEW_FK,
            NEW_FK.replace(', ondelete="CASCADE"', ""),
        ),
    ),
    fault(
        "D",
        "down-fk-from-other-column",
        "a new revision replaces a foreign key; its downgrade puts it on user_id",
        NICHE_CASCADES,
        revision(
            ID,
            "content goes with its niche",
            NEW_FK,
            NEW_FK.replace('["niche_id"]', '["user_id"]').replace("CASCADE", "SET NULL"),
        ),
    ),
    fault(
        "D",
        "down-index-loses-predicate",
        "a new revision drops the partial index; its downgrade makes a whole one",
        NO_PARTIAL_INDEX,
        revision(
            ID,
            "no index of scans",
            'op.drop_index("ix_monitored_niches_last_scanned_at", "monitored_niches")',
            'op.create_index("ix_monitored_niches_last_scanned_at", "monitored_niches",'
            ' ["last_scanned_at"])',
        ),
    ),
    fault(
        "D",
        "down-index-loses-unique",
        "a new revision drops the unique index; its downgrade makes one that is not unique",
        NO_UNIQUE_REFERENCE,
        revision(
            ID,
            "references may repeat",
            'op.drop_index("uq_credit_transactions_reference", "credit_transactions")',
            'op.create_index("uq_credit_transactions_reference", "credit_transactions",'
            ' ["reference"], postgresql_where=sa.text("reference IS NOT NULL"))',
        ),
    ),
    fault(
        "D",
        "down-length-wrong",
        "a new revision makes note longer; its downgrade makes it shorter than it was",
        LONGER_NOTE,
        revision(
            ID,
            "longer notes",
            'op.alter_column("credit_transactions", "note", type_=sa.String(1000))',
            'op.alter_column("credit_transactions", "note", type_=sa.String(50))',
        ),
    ),
    fault(
        "D",
        "down-nullable-forgotten",
        "a new revision makes note NOT NULL; its downgrade cares for the rows alone",
        NEEDED_NOTE,
        revision(
            ID,
            "every note",
            "op.execute(\"UPDATE credit_transactions SET note = '' WHERE note IS NULL\")\n"
            'op.alter_column("credit_transactions", "note", nullable=False)',
            "op.execute(\"UPDATE credit_transactions SET note = 'none' WHERE note = ''\")",
        ),
    ),
    fault(
        "D",
        "down-loses-sequence",
        "a new revision makes user_credits.id an identity; its downgrade restores no sequence",
        *IDENTITY,
        revision(
            ID,
            "identity of credits",
            sql(
                "ALTER TABLE user_credits ALTER id DROP DEFAULT",
                "DROP SEQUENCE user_credits_id_seq",
                "ALTER TABLE user_credits ALTER id ADD GENERATED BY DEFAULT AS IDENTITY",
            ),
            sql("ALTER TABLE user_credits ALTER id DROP IDENTITY"),
        ),
    ),
    fault(
        "D",
        "down-keeps-comment",
        "a new revision adds two comments; its downgrade takes one of them back",
        *COMMENTED,
        revision(
            ID,
            "comments",
            sql(
                "COMMENT ON TABLE users IS 'accounts'", "COMMENT ON COLUMN users.email IS 'unsure'"
            ),
            sql("COMMENT ON TABLE users IS NULL"),
        ),
    ),
    fault(
        "D",
        "down-drops-renamed-column",
        "a new revision renames a column; its downgrade drops it and adds an empty one",
        Replace(CREDIT_MODELS, "    note: Mapped[str | None]", "    memo: Mapped[str | None]"),
        revision(
            ID,
            "memo",
            'op.alter_column("credit_transactions", "note", new_column_name="memo")',
            'op.drop_column("credit_transactions", "memo")\n'
            'op.add_column("credit_transactions", sa.Column("note", sa.String(500)))',
        ),
    ),
)
