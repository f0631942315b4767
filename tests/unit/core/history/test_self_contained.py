"""What a revision uses outside the database, read from its source."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from alembic_rehearsal.core.history.self_contained import find_outside_uses, needs_only_its_source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with an application in two folders, and helpers next to its migrations."""
    for name in (
        "app/__init__.py",
        "app/models.py",
        "src/shop/core/prices.py",
        "single.py",
        "migrations/env.py",
        "migrations/helpers.py",
        "migrations/versions/common.py",
        "alembic/env.py",
        "docker/compose.yml",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path


def uses(folder: Path, source: str) -> list[str]:
    tree = ast.parse(dedent(source))
    roots = (folder, folder / "src", folder / "migrations" / "versions")
    found = find_outside_uses(
        tree, roots, (folder / "migrations", folder / "migrations" / "versions")
    )
    return [f"{each.line} {each.text}" for each in found]


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import app", "imports app"),
        ("import app.models as m", "imports app.models"),
        ("from app.models import User, Order", "imports app.models"),
        ("from app import models", "imports app"),
        ("from shop.core import prices", "imports shop.core"),
        ("from single import f", "imports single"),
        ("from app.generated import x", "imports app.generated"),
        ("import importlib; m = importlib.import_module('app.models')", "imports app.models"),
    ],
)
def test_an_import_of_the_application_is_found(source: str, what: str, folder: Path) -> None:
    assert uses(folder, source) == [f"1 {what}"]


@pytest.mark.parametrize(
    "source",
    [
        "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import mysql",
        "import uuid\nfrom datetime import datetime, timezone\nimport json, os, re, random",
        "from migrations.helpers import f",
        "from common import f\nfrom migrations.versions.common import g",
        "import docker\nimport sqlalchemy_utils\nfrom geoalchemy2 import Geometry",
        "from . import common",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from app.models import User",
    ],
)
def test_what_a_revision_may_import_is_not_found(source: str, folder: Path) -> None:
    assert uses(folder, source) == []


def test_an_import_in_a_function_is_found_with_its_line(folder: Path) -> None:
    source = """\
        def upgrade():
            from app.models import User
            return User

        def downgrade():
            import single
        """
    assert uses(folder, source) == ["2 imports app.models", "6 imports single"]


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import datetime\nx = datetime.datetime.now()", "calls datetime.datetime.now()"),
        ("from datetime import datetime as dt\nx = str(dt.utcnow())", "calls dt.utcnow()"),
        ("from datetime import date\nx = date.today()", "calls date.today()"),
        ("import time\nx = time.time()", "calls time.time()"),
        ("from time import time\nx = time()", "calls time()"),
        ("import uuid\nx = uuid.uuid4()", "calls uuid.uuid4()"),
        ("from uuid import uuid4 as new\nx = new().hex", "calls new()"),
        ("import random\nx = random.choice('ab')", "calls random.choice()"),
        ("import secrets\nx = secrets.token_hex()", "calls secrets.token_hex()"),
        ("import os\nx = os.environ['A']", "reads os.environ"),
        ("import os\nx = os.environ.get('A')", "reads os.environ"),
        ("from os import environ\nx = environ['A']", "reads environ"),
        ("from os import getenv\nx = getenv('A')", "calls getenv()"),
        ("import os as o\nif o.getenv('A'): pass", "calls o.getenv()"),
    ],
)
def test_clock_random_values_and_environment_are_found(
    source: str, what: str, folder: Path
) -> None:
    assert uses(folder, source) == [f"2 {what}"]


@pytest.mark.parametrize(
    "source",
    [
        "import uuid\nx = uuid.UUID(int=1)\ny = uuid.uuid5(uuid.NAMESPACE_DNS, 'a')",
        "from datetime import datetime, timedelta\nx = datetime(2026, 1, 2) + timedelta(1)",
        "import sqlalchemy as sa\nx = sa.func.now()\ny = sa.func.random()",
        "from datetime import datetime\nx = sa.Column('a', default=datetime.utcnow)",
        "import random\ndice = random.Random(7)",
        "import os\nx = os.path.join('a', 'b')",
        "now = datetime.now()",
        "class time: ...\nx = time()",
    ],
)
def test_what_is_the_same_every_time_is_not_found(source: str, folder: Path) -> None:
    assert uses(folder, source) == []


@pytest.mark.parametrize(
    ("source", "alone"),
    [
        ("import sqlalchemy as sa; sa.text('SELECT 1')", True),
        ("op.execute(open('a.sql').read())", False),
        ("from pathlib import Path; Path('a.sql').read_text()", False),
        ("from importlib import resources; resources.files('x').joinpath('y').read_text()", False),
        ("import app.models", False),
        ("import helpers", False),
        ("from . import common", False),
        ("import os; os.environ['X']", False),
    ],
)
def test_a_revision_that_reads_another_file_is_not_self_contained(
    source: str, alone: bool, folder: Path
) -> None:
    roots = (folder, folder / "migrations", folder / "migrations" / "versions")
    assert needs_only_its_source(ast.parse(source), roots) is alone


def test_reading_a_file_is_no_outside_use(folder: Path) -> None:
    assert uses(folder, "open('a.sql').read()") == []
