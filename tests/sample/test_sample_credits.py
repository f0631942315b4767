"""The application's own tests, on a schema that its migrations created, never `create_all`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from api.utils.credit_models import CreditKind, CreditTransactionDB, UserCreditDB
from api.utils.user_models import SubscriptionTier, UserDB, UserRole


@pytest.fixture
def session(migrated_url: str) -> Iterator[Session]:
    engine = sa.create_engine(migrated_url)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture
def user(session: Session) -> UserDB:
    user = UserDB(email="ada@example.com", hashed_password="not a hash", display_name="Ada")
    session.add(user)
    session.commit()
    return user


def test_a_user_begins_as_a_member_with_the_free_tier(user: UserDB) -> None:
    assert (user.role, user.subscription_tier) == (UserRole.MEMBER, SubscriptionTier.FREE)
    assert user.is_active


def test_a_balance_never_falls_below_zero(session: Session, user: UserDB) -> None:
    credit = UserCreditDB(user_id=user.id, balance=10)
    session.add(credit)
    session.commit()
    credit.balance -= 11
    with pytest.raises(sa.exc.IntegrityError, match="balance_not_negative"):
        session.commit()


def test_a_payment_is_booked_once(session: Session, user: UserDB) -> None:
    def payment() -> CreditTransactionDB:
        kind = CreditKind.PURCHASE
        return CreditTransactionDB(user_id=user.id, amount=50, kind=kind, reference="pay_1")

    session.add(payment())
    session.commit()
    session.add(payment())
    with pytest.raises(sa.exc.IntegrityError, match="uq_credit_transactions_reference"):
        session.commit()


def test_credits_go_with_their_user(session: Session, user: UserDB) -> None:
    session.add(UserCreditDB(user_id=user.id))
    session.commit()
    session.execute(sa.delete(UserDB))
    assert session.scalars(sa.select(UserCreditDB)).all() == []
