"""Credits: what a user may still spend, and how the balance came to be."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.utils.columns import CreatedAt, Id, stored_as
from api.utils.database import Base


class CreditKind(StrEnum):
    GRANT = "grant"
    PURCHASE = "purchase"
    SPEND = "spend"
    REFUND = "refund"


class UserCreditDB(Base):
    """A user's balance, in whole credits; never below zero."""

    __tablename__ = "user_credits"
    __table_args__ = (CheckConstraint("balance >= 0", name="balance_not_negative"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    balance: Mapped[int] = mapped_column(server_default="0")
    updated_at: Mapped[CreatedAt]


class CreditTransactionDB(Base):
    """One change of a balance; `amount` is negative where credits were spent.

    `reference` is the payment provider's id: the same payment is booked once.
    """

    __tablename__ = "credit_transactions"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        Index(None, "user_id", "created_at"),
        Index(
            "uq_credit_transactions_reference",
            "reference",
            unique=True,
            postgresql_where=text("reference IS NOT NULL"),
            sqlite_where=text("reference IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    amount: Mapped[int]
    kind: Mapped[CreditKind] = mapped_column(stored_as(CreditKind, "creditkind"))
    note: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[CreatedAt]
    reference: Mapped[str | None] = mapped_column(String(64))
