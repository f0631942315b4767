"""Monitored niches, and the content that was published in them."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from api.utils.columns import CreatedAt, Id, Moment, stored_as
from api.utils.database import Base


class ContentPlatform(StrEnum):
    TIKTOK = "tiktok"
    YOUTUBE = "youtube"
    INSTAGRAM = "instagram"


class ContentStatus(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"


class MonitoredNicheDB(Base):
    """A topic that is scanned for trends; one without an owner is shared by all users."""

    __tablename__ = "monitored_niches"
    __table_args__ = (
        UniqueConstraint("user_id", "slug"),
        Index(
            None,
            "last_scanned_at",
            postgresql_where=text("is_active"),
            sqlite_where=text("is_active"),
        ),
    )

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200))
    is_active: Mapped[bool] = mapped_column(server_default=true())
    last_scanned_at: Mapped[Moment | None]
    created_at: Mapped[CreatedAt]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))


class PublishedContentDB(Base):
    """A post on one platform; it outlives the niche that it was made for."""

    __tablename__ = "published_content"
    __table_args__ = (UniqueConstraint("platform", "url"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    niche_id: Mapped[int | None] = mapped_column(
        ForeignKey("monitored_niches.id", ondelete="SET NULL"), index=True
    )
    platform: Mapped[ContentPlatform] = mapped_column(stored_as(ContentPlatform, "contentplatform"))
    title: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(500))
    view_count: Mapped[int] = mapped_column(server_default="0")
    published_at: Mapped[Moment | None] = mapped_column(index=True)
    created_at: Mapped[CreatedAt]
    status: Mapped[ContentStatus] = mapped_column(
        stored_as(ContentStatus, "contentstatus"), server_default=ContentStatus.DRAFT
    )
    language: Mapped[str] = mapped_column(String(8), server_default="en")
