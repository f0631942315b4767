"""The pytest plugin: databases for application tests, and the rehearsal as tests of its own.

It loads by itself in every pytest, so nothing is imported here before somebody asks for it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from alembic_rehearsal.building.template import MigratedSchema
    from alembic_rehearsal.core.values.databases import Database


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("rehearsal", "migrations, by alembic-rehearsal")
    group.addoption(
        "--rehearsal",
        action="store_true",
        help="Rehearse the migrations, too: a test for each check and revision, rehearsal::D1::ID.",
    )
    group.addoption(
        "--rehearsal-all",
        action="store_true",
        help="Fail on revisions that production has, too.",
    )
    group.addoption(
        "--rehearsal-config",
        metavar="PATH",
        help="The project's alembic.ini, for --rehearsal and for the fixtures.",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("rehearsal"):
        from alembic_rehearsal.pytest_plugin.session import RehearsalPlugin

        config.pluginmanager.register(RehearsalPlugin(config), "rehearsal-tests")


@pytest.fixture(scope="session")
def _migrated_schema(request: pytest.FixtureRequest) -> Iterator[MigratedSchema]:
    """The schema at head, made by the first test that asks; gone when pytest ends."""
    from alembic_rehearsal.building.template import migrated_schema
    from alembic_rehearsal.pytest_plugin.options import fail_on_errors, find_settings_for

    with ExitStack() as life:
        with fail_on_errors():
            settings = find_settings_for(request.config)
            opened = migrated_schema(settings.project(), settings, tell=_tell)
            schema = life.enter_context(opened)
        yield schema


@pytest.fixture
def migrated_database(_migrated_schema: MigratedSchema) -> Iterator[Database]:
    """A database of the test's own, as the migrations make it; `.url()` is its URL."""
    with _migrated_schema.clone() as database:
        yield database


@pytest.fixture
def migrated_url(migrated_database: Database) -> str:
    """The SQLAlchemy URL of `migrated_database`."""
    return migrated_database.url()


def _tell(line: str) -> None:
    """pytest shows it with a test that fails, and at once with -s."""
    sys.stderr.write(f"{line}\n")
