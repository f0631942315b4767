"""`rehearsal schema show` and `schema diff`, typed in a project."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.values.databases import Database, ServerNeeds
from conftest import MakeServer
from sample.commands import CHECKOUT
from support.cli import rehearsal
from support.projects import ENV_PY, rev, table, write_project

MODELS = """
    import sqlalchemy as sa
    metadata = sa.MetaData()
    sa.Table("orders", metadata,
             sa.Column("id", sa.Integer, primary_key=True),
             sa.Column("total", sa.BigInteger, nullable=False))
    """


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two revisions, and models that want a bigint where the history has an integer."""
    orders = (
        'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True),'
        ' sa.Column("total", sa.Integer, nullable=False))'
    )
    write_project(
        tmp_path,
        [rev("a1", orders, 'op.drop_table("orders")'), table("b2", "customers")],
        env_py=ENV_PY.replace("target_metadata = None", "from models import metadata").replace(
            "target_metadata=target_metadata", "target_metadata=metadata"
        ),
        ini="prepend_sys_path = .",
        files={"models.py": MODELS},
    )
    return tmp_path


def run_sql(database: Database, statement: str) -> None:
    with connect(database) as connection:
        connection.cursor().execute(statement)


def test_two_revisions_differ_by_what_lies_between_them(project: Path) -> None:
    done = rehearsal("schema", "diff", "a1", "head", folder=project)
    assert (done.returncode, done.stdout) == (
        1,
        "table public.customers is new\n1 real, 0 cosmetic\n",
    )


def test_models_are_compared_without_the_version_table(project: Path) -> None:
    done = rehearsal("schema", "diff", "a1", "models", folder=project)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "column public.orders.total: type integer became bigint",
        "1 real, 0 cosmetic",
    ]


def test_a_living_database_is_compared_and_left_as_it_is(
    project: Path, empty_database: Database
) -> None:
    run_sql(empty_database, "CREATE TABLE orders (total bigint NOT NULL, id serial PRIMARY KEY)")
    done = rehearsal("schema", "diff", empty_database.url(), "models", folder=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "order of columns total, id became id, total   (cosmetic)" in done.stdout
    assert empty_database.server.password not in done.stdout + done.stderr


def test_a_difference_is_data_for_programs(project: Path) -> None:
    done = rehearsal("schema", "diff", "a1", "head", "--format", "json", folder=project)
    content = json.loads(done.stdout)
    assert content["real"] == 1
    assert content["differences"][0]["kind"] == "table"
    assert content["differences"][0]["change"] == "added"


def test_grants_count_only_when_they_are_asked_for(
    project: Path, make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server("embedded", ServerNeeds())
    urls = []
    for name in ("first", "second"):
        with connect(Database(server, "postgres")) as connection:
            connection.cursor().execute(f"CREATE DATABASE {name}")
        database = Database(server, name)
        run_sql(database, "CREATE TABLE orders (id int)")
        urls.append(database.url(driver=""))
    run_sql(Database(server, "second"), "GRANT SELECT ON orders TO PUBLIC")
    assert rehearsal("schema", "diff", *urls, folder=project).returncode == 0
    done = rehearsal("schema", "diff", *urls, "--rights", folder=project)
    assert done.returncode == 1
    assert "table public.orders" in done.stdout


def test_the_sample_is_shown_with_the_past_that_its_production_has(tmp_path: Path) -> None:
    shown = rehearsal("schema", "show", "snapshots/production.sql", folder=CHECKOUT)
    assert shown.returncode == 0, shown.stderr
    assert "index public.idx_content_recent" in shown.stdout
    found = rehearsal("schema", "diff", "b85d21fc7ae3", "snapshots/production.sql", folder=CHECKOUT)
    assert found.returncode == 1
    assert "column public.users.last_login_at is new" in found.stdout
    assert "index public.idx_content_recent is new" in found.stdout


def test_two_majors_are_compared_by_building_both_on_one_server(
    project: Path, make_server: MakeServer, tmp_path: Path
) -> None:
    """Living servers of two majors are refused with the way out; their snapshots are not."""
    programs = shutil.which("postgres")
    if programs is None:
        pytest.skip("no second major on this machine")
    old, new = make_server("local", ServerNeeds(15)), make_server("embedded", ServerNeeds())
    if old.major == new.major:
        pytest.skip("no second major on this machine")
    for server, name in ((old, "old.sql"), (new, "new.sql")):
        database = Database(server, "postgres")
        run_sql(database, "CREATE TABLE orders (id int NOT NULL, CHECK (id > 0))")
        url = database.url(driver="")
        take = ("snapshot", "take", "--from", url, "--to", str(tmp_path / name))
        assert rehearsal(*take, folder=project).returncode == 0
    urls = [Database(server, "postgres").url(driver="") for server in (old, new)]
    refused = rehearsal("schema", "diff", *urls, folder=project)
    assert refused.returncode == 2
    assert "rehearsal snapshot take" in refused.stderr
    done = rehearsal("schema", "diff", "old.sql", "new.sql", folder=project)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("show", "model"), 2, "did you mean 'models'?"),
        (("show", "missing.sql"), 2, "missing.sql does not exist"),
        (("show", "postgresql://127.0.0.1:1/nothing"), 3, "127.0.0.1"),
        (("show", "a1", "--format", "jsn"), 2, "did you mean 'json'?"),
    ],
)
def test_what_cannot_be_shown_is_named(
    project: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = rehearsal("schema", *arguments, folder=project)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
