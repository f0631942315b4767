"""The pytest plugin: databases for application tests, and the rehearsal as tests.

It loads by itself in every pytest, so that this module imports the library only where it is used.
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
        help="Also rehearse the migrations: a test for each check and revision, rehearsal::D1::ID.",
    )
    group.addoption(
        "--rehearsal-all",
        action="store_true",
        help="Findings on revisions that production has applied fail as well.",
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
    """The schema at head, made for the first test that uses it and dropped when pytest ends."""
    from alembic_rehearsal.building.template import migrated_schema
    from alembic_rehearsal.pytest_plugin.options import fail_on_errors, find_settings_for

    with ExitStack() as stack:
        with fail_on_errors():
            settings = find_settings_for(request.config)
            opened = migrated_schema(settings.project(), settings, tell=_tell)
            schema = stack.enter_context(opened)
        yield schema


@pytest.fixture
def migrated_database(_migrated_schema: MigratedSchema) -> Iterator[Database]:
    """A database for this test alone, with the schema at head; `.url()` is its URL."""
    with _migrated_schema.clone() as database:
        yield database


@pytest.fixture
def migrated_url(migrated_database: Database) -> str:
    """The SQLAlchemy URL of `migrated_database`."""
    return migrated_database.url()


def _tell(line: str) -> None:
    """Print a line of progress to stderr: pytest shows it for a failing test, at once with -s."""
    sys.stderr.write(f"{line}\n")
