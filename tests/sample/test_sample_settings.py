"""Where the sample application takes its database URL from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from api.config.settings import CHECKOUT, Settings


def url_from(folder: Path, environment: str | None = None, env_file: str | None = None) -> str:
    if env_file is not None:
        (folder / ".env").write_text(env_file, encoding="utf-8")
    environ = {} if environment is None else {"DATABASE_URL": environment}
    return Settings(folder, environ).DATABASE_URL


def test_without_configuration_the_database_is_the_sqlite_file_of_the_checkout(
    tmp_path: Path,
) -> None:
    assert url_from(tmp_path) == f"sqlite:///{tmp_path}/data/db/ettametta.db"


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    env_file = "DATABASE_URL=sqlite:////from/file.db\n"
    assert url_from(tmp_path, "sqlite:////from/env.db", env_file) == "sqlite:////from/env.db"


def test_the_env_file_wins_over_the_default(tmp_path: Path) -> None:
    assert url_from(tmp_path, None, "DATABASE_URL=sqlite:////a.db\n") == "sqlite:////a.db"


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    assert url_from(tmp_path, "", "DATABASE_URL=sqlite:////a.db\n") == "sqlite:////a.db"


@pytest.mark.parametrize(
    "line",
    [
        "DATABASE_URL=sqlite:////a%23b$c#d.db",
        "export DATABASE_URL=sqlite:////a%23b$c#d.db",
        "  DATABASE_URL = 'sqlite:////a%23b$c#d.db'",
        '# DATABASE_URL=no\n\nOTHER=1\nDATABASE_URL="sqlite:////a%23b$c#d.db"\n',
    ],
)
def test_the_env_file_is_read_as_people_write_it(tmp_path: Path, line: str) -> None:
    assert url_from(tmp_path, None, line) == "sqlite:////a%23b$c#d.db"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_spelling_of_postgresql_means_psycopg2(tmp_path: Path, scheme: str) -> None:
    assert url_from(tmp_path, f"{scheme}://u:p@h/d") == "postgresql+psycopg2://u:p@h/d"


def test_another_driver_is_left_alone(tmp_path: Path) -> None:
    assert url_from(tmp_path, "postgresql+psycopg://u@h/d") == "postgresql+psycopg://u@h/d"


@pytest.mark.parametrize(
    ("written", "password"),
    [("p%25w%40rd", "p%w@rd"), ("100%25", "100%"), ("%(here)s", "%(here)s"), ("a%zz", "a%zz")],
)
def test_a_percent_sign_in_a_password_survives(tmp_path: Path, written: str, password: str) -> None:
    url = f"postgres://u:{written}@h/d"
    assert make_url(url_from(tmp_path, url)).password == password
    assert make_url(url_from(tmp_path, None, f"DATABASE_URL={url}")).password == password


def test_a_relative_sqlite_path_is_relative_to_the_folder(tmp_path: Path) -> None:
    assert url_from(tmp_path, "sqlite:///./x.db") == f"sqlite:///{tmp_path}/x.db"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?uri=true"])
def test_a_sqlite_url_that_is_no_path_is_left_alone(tmp_path: Path, url: str) -> None:
    assert url_from(tmp_path, url) == url


def test_a_variable_that_is_set_after_the_import_counts(tmp_path: Path) -> None:
    environ: dict[str, str] = {}
    settings = Settings(tmp_path, environ)
    environ["DATABASE_URL"] = "sqlite:////late.db"
    assert settings.DATABASE_URL == "sqlite:////late.db"


def test_the_settings_never_show_a_password(tmp_path: Path) -> None:
    assert "secret" not in repr(Settings(tmp_path, {"DATABASE_URL": "postgres://u:secret@h/d"}))


def test_importing_every_model_connects_to_nothing() -> None:
    unreachable = "postgresql://nobody@127.0.0.1:1/none"
    code = "import api.utils.models as models; print(len(models.Base.metadata.tables))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"DATABASE_URL": unreachable, "PYTHONPATH": str(CHECKOUT / "src")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout.strip(), done.returncode) == ("5", 0), done.stderr
