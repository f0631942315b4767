"""Users: who they are, what they may do, and what they pay for."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import String, true
from sqlalchemy.orm import Mapped, mapped_column

from api.utils.columns import CreatedAt, Id, Moment, stored_as
from api.utils.database import Base


class UserRole(StrEnum):
    MEMBER = "member"
    EDITOR = "editor"
    ADMIN = "admin"


class SubscriptionTier(StrEnum):
    FREE = "free"
    BASIC = "basic"
    PREMIUM = "premium"
    STUDIO = "studio"


class UserDB(Base):
    """One account; `email` is what it signs in with."""

    __tablename__ = "users"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(320), unique=True)
    hashed_password: Mapped[str] = mapped_column(String(255))
    full_name: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[UserRole] = mapped_column(
        stored_as(UserRole, "userrole"), server_default=UserRole.MEMBER
    )
    is_active: Mapped[bool] = mapped_column(server_default=true())
    created_at: Mapped[CreatedAt]
    subscription_tier: Mapped[SubscriptionTier] = mapped_column(
        stored_as(SubscriptionTier, "subscriptiontier"), server_default=SubscriptionTier.FREE
    )
    display_name: Mapped[str] = mapped_column(String(200))
    last_login_at: Mapped[Moment | None]
