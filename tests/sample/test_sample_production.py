"""The sample's production, with its changes by hand, and the pending revisions on it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from alembic_rehearsal.core.values.databases import Database
from sample.commands import alembic
from sample.migrations import downgrade, upgrade
from sample.picture import picture_of
from sample.production import PRODUCTION_REVISION, build_production, run_by_hand

RESET = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"


@pytest.fixture
def production(empty_database: Database) -> str:
    build_production(empty_database.url())
    return empty_database.url()


def columns(url: str, table: str) -> list[str]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return [each["name"] for each in sa.inspect(connection).get_columns(table)]


def test_production_differs_from_its_own_revision_and_is_the_same_at_head(production: str) -> None:
    assert PRODUCTION_REVISION in alembic("current", database_url=production).stdout
    before, order = picture_of(production), columns(production, "published_content")
    upgrade(production, "head")
    after = picture_of(production)

    run_by_hand(production, RESET)
    upgrade(production, PRODUCTION_REVISION)
    assert set(before["users"]) - set(picture_of(production)["users"]) == {"column last_login_at"}
    assert columns(production, "published_content") != order
    upgrade(production, "head")
    assert picture_of(production) == after


def test_a_downgrade_keeps_the_column_that_holds_values(production: str) -> None:
    upgrade(production, "head")
    downgrade(production, PRODUCTION_REVISION)
    assert "last_login_at" in columns(production, "users")
    upgrade(production, "head")
    assert "No new upgrade operations" in alembic("check", database_url=production).stdout
