"""The example of a history that only production's schema can start."""

from __future__ import annotations

from alembic_rehearsal.words import Database
from sample.commands import alembic
from sample.picture import picture_of
from sample.unreplayable import (
    UNREPLAYABLE,
    UNREPLAYABLE_REVISION,
    build_unreplayable_production,
)


def test_it_cannot_run_from_empty(empty_database: Database) -> None:
    url = empty_database.url()
    done = alembic("upgrade", "head", database_url=url, folder=UNREPLAYABLE, check=False)
    assert done.returncode != 0
    assert 'index "idx_orders_customer" does not exist' in done.stderr
    assert picture_of(url) == {"enums": {}, "indexes": {}}


def test_its_production_goes_to_head_and_then_is_what_the_models_say(
    empty_database: Database,
) -> None:
    url = empty_database.url()
    build_unreplayable_production(url)
    current = alembic("current", database_url=url, folder=UNREPLAYABLE).stdout
    assert current.split() == [UNREPLAYABLE_REVISION]
    alembic("upgrade", "head", database_url=url, folder=UNREPLAYABLE)
    checked = alembic("check", database_url=url, folder=UNREPLAYABLE)
    assert "No new upgrade operations" in checked.stdout
