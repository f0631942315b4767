"""Settings for the fixtures and the rehearsal, and errors as failures of pytest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from alembic_rehearsal.core.settings.environment import read_random_seed
from alembic_rehearsal.core.settings.files import find_settings
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.error_text import error_text
from alembic_rehearsal.core.values.errors import RehearsalError, SystemCallFailed


def find_settings_for(config: pytest.Config) -> Settings:
    """The settings of `--rehearsal-config`, else those that are found from pytest's rootdir.

    Raises `UsageError` where there are none, or they are wrong.
    """
    given = config.getoption("rehearsal_config")
    path = config.invocation_params.dir / given if given else None
    settings = find_settings(path, start=config.rootpath)
    seed = read_random_seed()
    return settings if seed is None else replace(settings, random_seed=seed)


@contextmanager
def fail_on_errors() -> Iterator[None]:
    """Turn an error of the library into a failed test with the error's text and no traceback."""
    try:
        yield
    except RehearsalError as error:
        raise failure(error_text(error)) from None
    except OSError as error:
        raise failure(error_text(SystemCallFailed.from_os_error(error))) from None


def failure(text: str) -> BaseException:
    """The exception that fails a test with this text alone."""
    return pytest.fail.Exception(text, pytrace=False)
