"""conftest.py of a project that is tested with pytest-alembic: a new database for each test.

What its manual leaves to the project is chosen in its favour:

- env.py takes the engine that the plugin passes in `attributes["connection"]`.
- Its search for models that nobody imports looks for a MetaData in the models' package.
- `downgrade_leaves_no_trace` does not know forks: at the second branch it takes the first
  one down, too, and calls that a trace.  It is given the history in one line, in the order
  in which Alembic would run it.  And it holds all in one transaction, in which two of the
  sample's revisions cannot run: these are only stamped in it.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import alembic.config
import pytest
from alembic.script import ScriptDirectory
from pytest_alembic import Config
from sqlalchemy import Engine, NullPool, create_engine, make_url, text

import api.utils
from api.utils.database import Base

api.utils.metadata = Base.metadata  # type: ignore[attr-defined]

PARENT = re.compile(r"^down_revision\b.*$", re.MULTILINE)
NOT_IN_ONE_TRANSACTION = ["b85d21fc7ae3", "58f9a3d6c0e1"]  # a new enum value; CONCURRENTLY


@pytest.fixture
def alembic_config(request: pytest.FixtureRequest, tmp_path: Path) -> Config:
    if "leaves_no_trace" not in request.node.name:
        return Config()
    config = alembic.config.Config("alembic.ini")
    in_one_line(ScriptDirectory.from_config(config), tmp_path)
    config.set_main_option("version_locations", str(tmp_path))
    return Config(alembic_config=config, skip_revisions=NOT_IN_ONE_TRANSACTION)


def in_one_line(history: ScriptDirectory, folder: Path) -> None:
    """Write the revisions into `folder`, each on the one that Alembic runs before it."""
    before = None
    for each in reversed(list(history.walk_revisions())):
        source = Path(each.path)
        parent = f"down_revision = {before!r}"
        (folder / source.name).write_text(PARENT.sub(parent, source.read_text()))
        before = each.revision


@pytest.fixture
def alembic_engine() -> Iterator[Engine]:
    url, name = make_url(os.environ["SCOREBOARD_SERVER"]), f"peer_{secrets.token_hex(6)}"
    beside = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with beside.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    engine = create_engine(url.set(database=name))
    yield engine
    engine.dispose()
    with beside.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
