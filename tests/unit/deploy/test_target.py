"""Which URL counts, what is filled in, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import UsageError
from alembic_rehearsal.deploy.target import Address, find_address


def address(folder: Path, environment: dict[str, str] | None = None, **given: str) -> Address:
    return find_address(Settings(config=folder / "alembic.ini"), environment or {}, **given)


def database(text: str, environment: dict[str, str] | None = None) -> Database:
    target = address(Path("/nowhere"), environment, url=text).target
    assert isinstance(target, Database)
    return target


def test_the_first_place_that_names_a_database_counts(tmp_path: Path) -> None:
    ini = tmp_path / "alembic.ini"
    ini.write_text("[alembic]\nsqlalchemy.url = postgresql://me@ini/shop\n")
    found = address(tmp_path)
    assert (found.masked, found.origin) == (
        "postgresql://me@ini:5432/shop",
        f"sqlalchemy.url in {ini}",
    )
    found = address(tmp_path, application_url="postgresql://me@application/shop")
    assert (found.masked, found.origin) == (
        "postgresql://me@application:5432/shop",
        "the application's settings",
    )
    (tmp_path / ".env").write_text('# mine\nexport DATABASE_URL="postgresql://me@dotenv/shop"\n')
    found = address(tmp_path, application_url="postgresql://me@application/shop")
    assert found.origin == f"DATABASE_URL in {tmp_path / '.env'}"
    environment = {"DATABASE_URL": "postgresql://me@environment/shop"}
    assert address(tmp_path, environment).origin == "DATABASE_URL"
    assert address(tmp_path, environment, url="postgresql://me@option/shop").origin == "--url"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "sqlalchemy.url =",
        "sqlalchemy.url = driver://user:pass@localhost/dbname",
        "sqlalchemy.url = %(DB_URL)s",
    ],
)
def test_a_placeholder_in_alembic_ini_is_no_database(tmp_path: Path, line: str) -> None:
    (tmp_path / "alembic.ini").write_text(f"[alembic]\n{line}\n")
    with pytest.raises(UsageError, match="no database is named: DATABASE_URL is not set"):
        address(tmp_path)


def test_here_in_alembic_ini_is_its_folder(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text(
        "[alembic]\nsqlalchemy.url = sqlite:///%(here)s/data/shop.db\n"
    )
    assert address(tmp_path).target == tmp_path / "data" / "shop.db"


def test_another_section_is_read_when_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text("[other]\nsqlalchemy.url = sqlite:///other.db\n")
    assert address(tmp_path, section="other").target == tmp_path / "other.db"


def test_relative_sqlite_files_start_from_the_project(tmp_path: Path) -> None:
    found = address(tmp_path, url="sqlite:///./data/shop.db")
    assert found.target == tmp_path / "data" / "shop.db"
    assert found.masked == f"sqlite:///{tmp_path}/data/shop.db"
    assert address(tmp_path, url="sqlite:////var/shop.db").target == Path("/var/shop.db")


@pytest.mark.parametrize("text", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=ro"])
def test_sqlite_without_a_file_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no file"):
        database(text)


def test_other_kinds_of_database_are_refused_without_their_password() -> None:
    with pytest.raises(UsageError, match="neither a PostgreSQL nor a SQLite") as refused:
        database("mysql://me:hunter2@db/shop")
    assert "hunter2" not in refused.value.what


def test_what_a_url_leaves_out_is_what_libpq_would_take() -> None:
    environment = {
        "PGHOST": "db",
        "PGPORT": "5433",
        "PGUSER": "app",
        "PGDATABASE": "shop",
        "PGSSLMODE": "verify-full",
    }
    found = database("postgresql://", environment)
    assert found.masked == "postgresql://app@db:5433/shop?sslmode=verify-full"
    found = database("postgresql://me@other:1/mine?sslmode=disable", environment)
    assert found.masked == "postgresql://me@other:1/mine?sslmode=disable"
    assert database("postgresql://me@db").name == "me"


def test_options_may_say_where_to_connect() -> None:
    found = database("postgresql:///shop?host=/run/postgresql&port=5433&user=me&ssl=require")
    server = found.server
    assert (server.host, server.port, server.user) == ("/run/postgresql", 5433, "me")
    assert server.options == (("sslmode", "require"),)


@pytest.mark.parametrize(
    ("url", "is_local"),
    [
        ("postgresql://me@localhost/shop", True),
        ("postgresql://me@127.0.0.1/shop", True),
        ("postgresql:///shop?host=/run/postgresql", True),
        ("sqlite:///shop.db", True),
        ("postgresql://me@db.example.com/shop", False),
        ("postgresql://me@10.0.0.7/shop", False),
    ],
)
def test_only_this_machine_is_local(url: str, is_local: bool) -> None:
    assert address(Path("/nowhere"), url=url).is_local is is_local
