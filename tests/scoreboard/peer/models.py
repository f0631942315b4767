"""test_models.py: the one test of pytest-alembic that must be told where the models are."""

from __future__ import annotations

from pytest_alembic import MigrationContext
from pytest_alembic.tests import experimental


def test_all_models_register_on_metadata(alembic_runner: MigrationContext) -> None:
    experimental.test_all_models_register_on_metadata(alembic_runner, model_package="api.utils")
