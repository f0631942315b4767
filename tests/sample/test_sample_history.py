"""The sample's history on PostgreSQL."""

from __future__ import annotations

from itertools import permutations

import pytest
import sqlalchemy as sa

from alembic_rehearsal.core.values.databases import Database
from sample.commands import alembic
from sample.history import steps
from sample.migrations import downgrade, upgrade
from sample.picture import picture_of
from sample.production import run_by_hand

THREE_BRANCHES = ("c46e8f12a9d0", "3fe5d7284c1b", "96a0c4e8b3f7")
TWO_BRANCHES = ("1a6f0c93e7d2", "58f9a3d6c0e1")


@pytest.fixture
def url(empty_database: Database) -> str:
    return empty_database.url()


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_head_equals_the_models_and_base_leaves_nothing_behind(url: str) -> None:
    alembic("upgrade", "head", database_url=url)
    assert "No new upgrade operations" in alembic("check", database_url=url).stdout
    assert "91be77aa0c12 (head)" in alembic("current", database_url=url).stdout
    alembic("downgrade", "-1", database_url=url)
    alembic("downgrade", "base", database_url=url)
    assert picture_of(url) == {"enums": {}, "indexes": {}}


@pytest.mark.parametrize(("revision", "parent"), steps())
def test_a_downgrade_restores_the_schema(url: str, revision: str, parent: str) -> None:
    upgrade(url, parent)
    before = picture_of(url)
    upgrade(url, revision)
    assert picture_of(url) != before
    downgrade(url, parent)
    assert picture_of(url) == before
    upgrade(url, revision)


def test_the_order_of_the_branches_does_not_matter(url: str) -> None:
    pictures = []
    for first, second in zip(
        permutations(THREE_BRANCHES), permutations(TWO_BRANCHES), strict=False
    ):
        upgrade(url, *first, "b85d21fc7ae3", *second, "head")
        pictures.append(picture_of(url))
        downgrade(url, "base")
    assert all(picture == pictures[0] for picture in pictures)


def test_users_from_before_get_a_name_an_account_and_their_content_a_status(url: str) -> None:
    upgrade(url, "0d94be61f7c3")
    run_by_hand(
        url,
        """
        INSERT INTO users (email, hashed_password, full_name)
            VALUES ('a', '', 'Ann'), ('b', '', NULL);
        INSERT INTO published_content (user_id, platform, title, url, published_at)
            VALUES (1, 'tiktok', '', '1', now()), (1, 'tiktok', '', '2', NULL)
        """,
    )
    upgrade(url, "head")
    assert rows(url, "SELECT display_name FROM users ORDER BY id") == [("Ann",), ("user 2",)]
    assert rows(url, "SELECT user_id, balance FROM user_credits ORDER BY 1") == [(1, 0), (2, 0)]
    statuses = rows(url, "SELECT status::text FROM published_content ORDER BY id")
    assert statuses == [("published",), ("draft",)]


def test_a_studio_subscriber_is_a_premium_one_on_the_way_back(url: str) -> None:
    upgrade(url, "b85d21fc7ae3")
    insert = "INSERT INTO users (email, hashed_password, display_name, subscription_tier)"
    run_by_hand(url, insert + " VALUES ('a', '', 'A', 'studio')")
    downgrade(url, "24c7e9b0d1f6")
    assert rows(url, "SELECT subscription_tier::text FROM users") == [("premium",)]


def test_a_niche_that_two_users_watch_is_kept_once_on_the_way_back(url: str) -> None:
    upgrade(url, "3fe5d7284c1b")
    run_by_hand(
        url,
        """
        INSERT INTO users (email, hashed_password) VALUES ('a', ''), ('b', '');
        INSERT INTO monitored_niches (slug, title, user_id) VALUES ('x', 'A', 1), ('x', 'B', 2)
        """,
    )
    downgrade(url, "0d94be61f7c3")
    assert rows(url, "SELECT title FROM monitored_niches") == [("A",)]


def test_the_sql_of_offline_mode_makes_the_same_schema(url: str) -> None:
    sql = alembic("upgrade", "ec03f7b19d5a", "--sql", database_url=url).stdout
    run_by_hand(url, sql)
    offline = picture_of(url)
    run_by_hand(url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    upgrade(url, "ec03f7b19d5a")
    assert picture_of(url) == offline


def test_an_invalid_index_of_an_interrupted_build_is_built_again(url: str) -> None:
    upgrade(url, "d7e2b4a85c06")
    name = "uq_credit_transactions_reference"
    run_by_hand(
        url,
        f"""
        CREATE UNIQUE INDEX {name} ON credit_transactions (reference);
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{name}'::regclass
        """,
    )
    upgrade(url, "head")
    query = "SELECT indisvalid, indpred IS NOT NULL FROM pg_index WHERE indexrelid = "
    assert rows(url, query + f"'{name}'::regclass") == [(True, True)]
