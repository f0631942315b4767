"""Models that were changed without a migration."""

from __future__ import annotations

from scoreboard.mutant import Mutant, Replace, fault
from scoreboard.places import CONTENT_MODELS, CREDIT_MODELS, USER_MODELS

BALANCE_CHECK = 'CheckConstraint("balance >= 0", name="balance_not_negative")'
NICHE = 'ForeignKey("monitored_niches.id", ondelete="SET NULL")'
EMAIL = "email: Mapped[str] = mapped_column(String(320), unique=True)"
VIEWS = 'view_count: Mapped[int] = mapped_column(server_default="0")'
DEFAULT_OF_VIEWS = Replace(CONTENT_MODELS, VIEWS, VIEWS.replace('"0"', '"1"'))
UNIQUE_URL = '__table_args__ = (UniqueConstraint("platform", "url"),)'


def users(id: str, says: str, old: str, new: str) -> Mutant:
    return fault("U", id, says, Replace(USER_MODELS, old, new))


def content(id: str, says: str, old: str, new: str) -> Mutant:
    return fault("U", id, says, Replace(CONTENT_MODELS, old, new))


def credit(id: str, says: str, old: str, new: str) -> Mutant:
    return fault("U", id, says, Replace(CREDIT_MODELS, old, new))


MUTANTS: tuple[Mutant, ...] = (
    users(
        "model-column-added",
        "model UserDB has a column more",
        "    last_login_at: Mapped[Moment | None]\n",
        "    last_login_at: Mapped[Moment | None]\n    nickname: Mapped[str | None]\n",
    ),
    users(
        "model-nullable-edited",
        "model UserDB has full_name NOT NULL",
        "full_name: Mapped[str | None]",
        "full_name: Mapped[str]",
    ),
    users(
        "model-unique-lost",
        "model UserDB has email not unique",
        EMAIL,
        EMAIL.replace(", unique=True", ""),
    ),
    users(
        "model-collation",
        'model UserDB has email with the collation "POSIX"',
        EMAIL,
        EMAIL.replace("320", '320, collation="POSIX"'),
    ),
    users(
        "model-comment",
        "model UserDB has a comment on email",
        EMAIL,
        EMAIL.replace("unique", 'comment="signs in", unique'),
    ),
    users(
        "model-enum-value-added",
        "enum UserRole of the models has 'owner', which no migration adds",
        '    ADMIN = "admin"\n',
        '    ADMIN = "admin"\n    OWNER = "owner"\n',
    ),
    content(
        "model-enum-reordered",
        "enum ContentStatus of the models has another order",
        '    DRAFT = "draft"\n    SCHEDULED = "scheduled"\n',
        '    SCHEDULED = "scheduled"\n    DRAFT = "draft"\n',
    ),
    content(
        "model-length-edited",
        "model PublishedContentDB has url 600 characters long",
        "url: Mapped[str] = mapped_column(String(500))",
        "url: Mapped[str] = mapped_column(String(600))",
    ),
    fault(
        "U", "model-default-edited", "model PublishedContentDB starts at 1 view", DEFAULT_OF_VIEWS
    ),
    content(
        "model-default-lost",
        "model PublishedContentDB has no default of language",
        'String(8), server_default="en"',
        "String(8)",
    ),
    content(
        "model-predicate-edited",
        "model MonitoredNicheDB indexes the niches that are not active",
        'postgresql_where=text("is_active")',
        'postgresql_where=text("NOT is_active")',
    ),
    credit(
        "model-predicate-lost",
        "model CreditTransactionDB has its unique index without a predicate",
        '            postgresql_where=text("reference IS NOT NULL"),\n',
        "",
    ),
    content(
        "model-index-lost",
        "model PublishedContentDB has no index on published_at",
        "published_at: Mapped[Moment | None] = mapped_column(index=True)",
        "published_at: Mapped[Moment | None]",
    ),
    content(
        "model-on-delete-edited",
        "model PublishedContentDB goes with its niche",
        NICHE,
        NICHE.replace("SET NULL", "CASCADE"),
    ),
    credit(
        "model-fk-deferrable",
        "model UserCreditDB has its foreign key deferrable",
        'ForeignKey("users.id", ondelete="CASCADE"), unique=True',
        'ForeignKey("users.id", ondelete="CASCADE", deferrable=True), unique=True',
    ),
    fault(
        "U",
        "model-check-added",
        "model PublishedContentDB checks view_count, which no migration does",
        Replace(
            CONTENT_MODELS,
            UNIQUE_URL,
            UNIQUE_URL.replace(",)", ', CheckConstraint("view_count >= 0", name="views"))'),
        ),
        Replace(
            CONTENT_MODELS,
            "import ForeignKey, Index,",
            "import CheckConstraint, ForeignKey, Index,",
        ),
    ),
    credit(
        "model-check-edited",
        "model UserCreditDB checks balance > 0 instead of balance >= 0",
        BALANCE_CHECK,
        BALANCE_CHECK.replace(">=", ">"),
    ),
    credit(
        "model-check-lost",
        "model CreditTransactionDB no longer checks amount",
        '        CheckConstraint("amount <> 0", name="amount_not_zero"),\n',
        "",
    ),
)
