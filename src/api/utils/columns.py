"""Columns and types that several models share."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from sqlalchemy import DateTime, Enum, func
from sqlalchemy.orm import mapped_column

Id = Annotated[int, mapped_column(primary_key=True)]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]


def stored_as(words: type[StrEnum], name: str) -> Enum:
    """A column type that stores the values of `words` (SQLAlchemy would store the names)."""
    return Enum(words, name=name, values_callable=lambda each: [word.value for word in each])
