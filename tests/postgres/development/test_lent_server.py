"""`rehearsal migrate` and its siblings on a server that the settings lend by URL."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect, fetch_rows
from alembic_rehearsal.core.values.databases import Database, Server
from conftest import MakeServer
from support.cli import rehearsal
from support.projects import table, write_project
from support.snapshots import CUSTOMERS, production

POLICY = f"{CUSTOMERS}\nCREATE POLICY theirs ON public.customers FOR SELECT TO reporting;"


@pytest.fixture
def lent(make_server: MakeServer) -> Server:
    return make_server()


@pytest.fixture
def project(lent: Server, tmp_path: Path) -> Path:
    """Production is at a1, b2 is pending; the server that is lent has other databases."""
    return checkout(tmp_path / "shop", lent)


def checkout(folder: Path, lent: Server) -> Path:
    folder.mkdir(parents=True)
    write_project(folder, [table("a1", "customers"), table("b2", "orders")])
    production(folder)
    url = Database(lent, "postgres").url("")
    (folder / "rehearsal.toml").write_text(f'server = "{url}"\ndisposable = true\n')
    return folder


def ours(lent: Server) -> set[str]:
    found = fetch_rows(Database(lent, "postgres"), "SELECT datname FROM pg_database")
    return {name for (name,) in found} - {"postgres", "template0", "template1"}


def test_migrate_brings_a_database_of_the_checkout_to_head(project: Path, lent: Server) -> None:
    done = rehearsal("migrate", folder=project)
    assert done.returncode == 0, done.stderr
    assert "production at a1, 1 revision applied, head b2" in done.stdout
    (name,) = ours(lent)
    assert re.fullmatch(r"development_shop_[0-9a-f]{8}", name)
    assert fetch_rows(Database(lent, name), "SELECT version_num FROM alembic_version") == [("b2",)]
    assert lent.password not in done.stdout + done.stderr
    assert f"rehearsal env   (writes DATABASE_URL to .env: {Database(lent, name).masked})" in (
        done.stdout
    )


def test_the_password_of_the_lent_server_is_only_in_env_and_url(
    project: Path, lent: Server
) -> None:
    rehearsal("migrate", folder=project)
    (name,) = ours(lent)
    assert rehearsal("url", folder=project).stdout == f"{Database(lent, name).url('')}\n"
    assert rehearsal("env", folder=project).returncode == 0
    assert (project / ".env").read_text() == f"DATABASE_URL={Database(lent, name).url()}\n"
    asked = rehearsal("psql", "-Atc", "SELECT current_database()", folder=project)
    assert asked.stdout == f"{name}\n", asked.stderr


def test_down_says_that_the_server_stays(project: Path, lent: Server) -> None:
    rehearsal("up", folder=project)
    done = rehearsal("down", folder=project)
    assert done.returncode == 0
    assert "is a server given by URL, and is left running" in done.stderr
    assert lent.password not in done.stderr
    with connect(Database(lent, "postgres")) as connection:
        connection.cursor().execute("SELECT 1")


def test_reset_makes_that_database_anew_and_no_other(project: Path, lent: Server) -> None:
    rehearsal("migrate", folder=project)
    (name,) = ours(lent)
    with connect(Database(lent, name)) as connection:
        connection.cursor().execute("CREATE TABLE mine ()")
        connection.cursor().execute("CREATE DATABASE other")
    done = rehearsal("reset", folder=project)
    assert done.returncode == 0, done.stderr
    assert fetch_rows(Database(lent, name), "SELECT to_regclass('mine')") == [(None,)]
    assert ours(lent) == {name, "other"}


def test_two_checkouts_of_one_name_have_two_databases(
    project: Path, lent: Server, tmp_path: Path
) -> None:
    other = checkout(tmp_path / "elsewhere" / "shop", lent)
    for each in (project, other):
        assert rehearsal("migrate", folder=each).returncode == 0
    assert len(ours(lent)) == 2


def test_a_database_of_that_name_that_is_not_ours_is_left_alone(
    project: Path, lent: Server
) -> None:
    rehearsal("up", folder=project)
    (name,) = ours(lent)
    with connect(Database(lent, "postgres")) as connection:
        connection.cursor().execute(f"COMMENT ON DATABASE {name} IS 'precious'")
    for command in ("migrate", "reset"):
        done = rehearsal(command, folder=project)
        assert done.returncode == 1
        assert "was not made by this tool" in done.stderr
    assert ours(lent) == {name}


def test_before_the_first_migrate_there_is_no_url(project: Path) -> None:
    done = rehearsal("url", folder=project)
    assert done.returncode == 3
    assert "does not exist yet" in done.stderr
    assert "make migrate" in done.stderr


def test_the_lent_server_gets_no_role(project: Path, lent: Server) -> None:
    production(project, POLICY)
    done = rehearsal("migrate", folder=project)
    assert done.returncode == 3
    assert "needs the role 'reporting'" in done.stderr
    roles = fetch_rows(
        Database(lent, "postgres"), "SELECT 1 FROM pg_roles WHERE rolname = 'reporting'"
    )
    assert roles == []


@pytest.mark.parametrize("command", ["migrate", "up", "reset", "url"])
def test_a_server_that_is_not_declared_disposable_is_refused(
    project: Path, lent: Server, command: str
) -> None:
    settings = project / "rehearsal.toml"
    settings.write_text(settings.read_text().replace("disposable = true\n", ""))
    done = rehearsal(command, folder=project)
    assert done.returncode == 2
    assert "is not declared disposable" in done.stderr
    assert ours(lent) == set()
