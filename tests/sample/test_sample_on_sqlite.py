"""The sample without any configuration, driven by the commands of Alembic's manual."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from sample.commands import CHECKOUT, alembic, copy_of_the_project
from sample.history import HEAD, revisions, steps
from sample.migrations import downgrade, upgrade
from sample.picture import picture_of

DEFAULT_FILE = Path("data/db/ettametta.db")
SIGN_UP = """
from api.utils.database import open_session
from api.utils.user_models import SubscriptionTier, UserDB

with open_session() as session, session.begin():
    session.add(UserDB(email="ada@example.com", hashed_password="x", display_name="Ada"))
with open_session() as session:
    ada = session.query(UserDB).one()
    assert ada.subscription_tier is SubscriptionTier.FREE
    print(ada.email)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a project"
    folder.mkdir()
    return copy_of_the_project(folder)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/sample.db"


def test_upgrade_head_without_configuration_makes_the_file_under_data_db(project: Path) -> None:
    alembic("upgrade", "head", database_url=None, folder=project)
    with sqlite3.connect(project / DEFAULT_FILE) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
        database.execute("SELECT display_name, last_login_at FROM users")


def test_the_file_is_the_same_one_from_another_folder(project: Path, tmp_path: Path) -> None:
    config = str(project / "alembic.ini")
    alembic("-c", config, "upgrade", "head", database_url=None, folder=tmp_path)
    assert (project / DEFAULT_FILE).exists()
    assert not (tmp_path / "data").exists()


def test_the_models_are_the_migrated_schema(url: str) -> None:
    alembic("upgrade", "head", database_url=url)
    assert "No new upgrade operations" in alembic("check", database_url=url).stdout


def test_down_to_base_and_up_again_gives_the_same_schema(url: str) -> None:
    upgrade(url, "head")
    before = picture_of(url)
    assert "column last_login_at" in before["users"]
    downgrade(url, "base")
    assert picture_of(url) == {}
    upgrade(url, "head")
    assert picture_of(url) == before


@pytest.mark.parametrize(("revision", "parent"), steps())
def test_a_downgrade_restores_the_schema(url: str, revision: str, parent: str) -> None:
    upgrade(url, parent)
    before = picture_of(url)
    upgrade(url, revision)
    downgrade(url, parent)
    assert picture_of(url) == before


def test_autogenerate_at_head_finds_nothing_and_writes_a_dated_typed_file(project: Path) -> None:
    alembic("upgrade", "head", database_url=None, folder=project)
    before = set(project.glob("alembic/versions/*.py"))
    arguments = ("revision", "--autogenerate", "--rev-id", "00c0ffee0000", "-m", "Order Total")
    alembic(*arguments, database_url=None, folder=project)
    (written,) = set(project.glob("alembic/versions/*.py")) - before
    assert written.match("20[0-9][0-9]_[0-9][0-9]_[0-9][0-9]_*-00c0ffee0000_order_total.py")
    source = written.read_text(encoding="utf-8")
    assert f'down_revision: str | Sequence[str] | None = "{HEAD}"' in source
    assert source.count("    pass\n") == 2


def test_autogenerate_writes_a_new_column_and_its_downgrade(project: Path) -> None:
    models = project / "src/api/utils/user_models.py"
    column = "    nickname: Mapped[str | None] = mapped_column(String(40))\n"
    models.write_text(models.read_text(encoding="utf-8") + column, encoding="utf-8")
    alembic("upgrade", "head", database_url=None, folder=project)
    alembic("revision", "--autogenerate", "-m", "nickname", database_url=None, folder=project)
    alembic("upgrade", "head", database_url=None, folder=project)
    alembic("check", database_url=None, folder=project)
    alembic("downgrade", "-1", database_url=None, folder=project)
    with sqlite3.connect(project / DEFAULT_FILE) as database:
        names = [row[1] for row in database.execute("PRAGMA table_info(users)")]
    assert "nickname" not in names


def test_two_heads_are_shown_and_merge_joins_them(project: Path) -> None:
    for name in ("left", "right"):
        alembic(
            "revision", "--head", HEAD, "--splice", "-m", name, database_url=None, folder=project
        )
    assert alembic("heads", database_url=None, folder=project).stdout.count("(head)") == 2
    alembic("merge", "heads", "-m", "join", database_url=None, folder=project)
    assert alembic("heads", database_url=None, folder=project).stdout.count("(head)") == 1
    alembic("upgrade", "head", database_url=None, folder=project)


def test_history_lists_every_revision_without_a_database(url: str) -> None:
    listed = alembic("history", "--verbose", database_url=url).stdout
    assert all(f"Rev: {revision}" in listed for revision in revisions())
    assert not Path(url.removeprefix("sqlite:///")).exists()


def test_a_guarded_revision_is_named_when_offline_mode_reaches_it(url: str) -> None:
    done = alembic("upgrade", "ec03f7b19d5a:head", "--sql", database_url=url, check=False)
    assert done.returncode != 0
    assert "6d81e5c2f40b looks at the database before it changes it" in done.stderr


def test_no_logger_of_the_calling_program_is_disabled(url: str) -> None:
    program = (
        "import logging; from alembic import command; from alembic.config import Config\n"
        "logger = logging.getLogger('host')\n"
        "command.upgrade(Config('alembic.ini'), 'head')\n"
        "assert not logger.disabled"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=CHECKOUT,
        env={"DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_the_application_finds_what_an_earlier_session_wrote(project: Path) -> None:
    alembic("upgrade", "head", database_url=None, folder=project)
    environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-c", SIGN_UP],
        cwd=project,
        env={**environ, "PYTHONPATH": str(project / "src")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "ada@example.com\n", done.stderr
