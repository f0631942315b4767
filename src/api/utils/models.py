"""Every model of the application: import this before you look at `Base.metadata`.

A model in a module that nothing imports is invisible to autogenerate.
"""

from __future__ import annotations

from api.utils.content_models import (
    ContentPlatform,
    ContentStatus,
    MonitoredNicheDB,
    PublishedContentDB,
)
from api.utils.credit_models import CreditKind, CreditTransactionDB, UserCreditDB
from api.utils.database import Base
from api.utils.user_models import SubscriptionTier, UserDB, UserRole

__all__ = [
    "Base",
    "ContentPlatform",
    "ContentStatus",
    "CreditKind",
    "CreditTransactionDB",
    "MonitoredNicheDB",
    "PublishedContentDB",
    "SubscriptionTier",
    "UserCreditDB",
    "UserDB",
    "UserRole",
]
