"""Version tables of other names than Alembic's own: found, told apart, stamped, left out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.snapshot.files import read_snapshot
from support.cli import plain_environment, rehearsal
from support.projects import ENV_PY, rev, table, write_project
from support.sql import ask, run

pytestmark = pytest.mark.usefixtures("nothing_left")

ODD = """
    CREATE SCHEMA "my.shop";
    CREATE TABLE "my.shop"."v t" (version_num varchar(32) PRIMARY KEY);
    INSERT INTO "my.shop"."v t" VALUES ('a1');
    CREATE TABLE customers (id int);
"""
ODD_ENV_PY = ENV_PY.replace(
    "target_metadata=target_metadata)",
    "target_metadata=target_metadata,\n"
    "            version_table='v t', version_table_schema='my.shop')",
).replace(
    "literal_binds=True)",
    "literal_binds=True, version_table='v t',\n"
    "                      version_table_schema='my.shop')",
)
SEEDS = """\
import os
import psycopg2

def first_rows():
    with psycopg2.connect(os.environ["DATABASE_URL"]) as connection:
        connection.cursor().execute("INSERT INTO customers VALUES (1)")
"""
OTHER_SERVICE = "CREATE TABLE public.alembic_version (version_num varchar(32) PRIMARY KEY)"
TWO_SERVICES = """
    CREATE SCHEMA shop;
    CREATE TABLE shop.alembic_version (version_num varchar(32) PRIMARY KEY);
    INSERT INTO shop.alembic_version VALUES ('a1');
    CREATE TABLE public.alembic_version (version_num varchar(32) PRIMARY KEY);
    INSERT INTO public.alembic_version VALUES ('zzz');
    CREATE TABLE customers (id int);
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path, [table("a1", "customers"), table("b2", "orders")])
    return tmp_path


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A project whose version table needs quotes, in a schema that has a dot in it."""
    write_project(
        tmp_path,
        [table("a1", "customers"), table("b2", "orders")],
        env_py=ODD_ENV_PY,
        ini="prepend_sys_path = .",
        files={"seeds.py": SEEDS, "rehearsal.toml": 'seed = "seeds:first_rows"\n'},
    )
    return tmp_path


def take(project: Path, database: Database, *more: str) -> subprocess.CompletedProcess[str]:
    return rehearsal("snapshot", "take", "--from", database.url(""), *more, folder=project)


def init(project: Path, database: Database, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("rehearsal-init"), *more],
        cwd=project,
        env={**plain_environment(), "DATABASE_URL": database.url("")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


# --- a name that needs quotes ------------------------------------------------------------


def test_a_version_table_whose_name_needs_quotes_is_found_and_rehearsed_on(
    odd: Path, empty_database: Database
) -> None:
    run(empty_database, ODD)
    done = take(odd, empty_database)
    assert done.returncode == 0, done.stderr
    provenance = read_snapshot(odd / "snapshots" / "production.sql").provenance
    assert (provenance.version_table, provenance.revisions) == ('"my.shop"."v t"', ("a1",))
    held = rehearsal("snapshot", "verify", "--against", empty_database.url(""), folder=odd)
    assert held.returncode == 0, held.stdout + held.stderr
    checks = ("--checks", "U2,U9,D2", "--server", "embedded")
    rehearsed = rehearsal("run", *checks, folder=odd)
    assert "production  at a1, 1 pending" in rehearsed.stdout, rehearsed.stderr
    assert rehearsed.returncode == 0, rehearsed.stdout


def test_the_seed_is_remembered_on_a_version_table_whose_name_needs_quotes(
    odd: Path, empty_database: Database
) -> None:
    run(empty_database, ODD)
    for said in ("seeded, at head b2", "nothing to do, at head b2"):
        done = init(odd, empty_database, "--seed")
        assert said in done.stdout, done.stdout + done.stderr
    assert ask(empty_database, "SELECT count(*) FROM customers") == [(1,)]


def test_a_squashed_history_does_not_make_a_version_table_whose_name_needs_quotes(
    odd: Path, empty_database: Database
) -> None:
    run(empty_database, ODD)
    take(odd, empty_database)
    done = rehearsal("squash", "--to", "a1", "--server", "embedded", folder=odd)
    assert done.returncode == 0, done.stdout + done.stderr
    written = "".join(each.read_text() for each in (odd / "migrations" / "versions").glob("*.py"))
    assert "customers" in written
    assert "version_num" not in written


def test_a_version_table_of_another_name_is_made_as_alembic_makes_it(
    tmp_path: Path, empty_database: Database
) -> None:
    named = "target_metadata=target_metadata, version_table='Shop versions')"
    env_py = ENV_PY.replace("target_metadata=target_metadata)", named)
    write_project(tmp_path, [table("a1", "customers")], env_py=env_py)
    assert rehearsal("lock", "--server", "embedded", folder=tmp_path).returncode == 0
    keys = """
        SELECT conrelid::regclass::text, conname::text FROM pg_constraint
        WHERE contype = 'p' AND oid >= 16384
    """
    run(empty_database, "CREATE TABLE customers (id int)")
    done = init(tmp_path, empty_database, "--adopt")
    assert done.returncode == 0, done.stderr
    adopted = ask(empty_database, keys)
    run(empty_database, 'DROP TABLE customers, "Shop versions"')
    assert init(tmp_path, empty_database).returncode == 0
    assert adopted == ask(empty_database, keys) == [('"Shop versions"', "Shop versions_pkc")]


# --- several of them ---------------------------------------------------------------------


def test_of_several_version_tables_none_is_guessed(project: Path, empty_database: Database) -> None:
    run(empty_database, TWO_SERVICES)
    done = take(project, empty_database)
    assert done.returncode == 2
    assert "has 2 version tables: public.alembic_version, shop.alembic_version" in done.stderr
    assert "--version-table shop.alembic_version" in done.stderr
    assert 'version_table = "shop.alembic_version"' in done.stderr
    assert not (project / "snapshots").exists()


@pytest.mark.parametrize("by", ["option", "setting"])
def test_the_version_table_that_is_named_is_taken(
    project: Path, empty_database: Database, by: str
) -> None:
    run(empty_database, TWO_SERVICES)
    if by == "setting":
        (project / "rehearsal.toml").write_text('version_table = "shop.alembic_version"\n')
    more = ("--version-table", "shop.alembic_version") if by == "option" else ()
    done = take(project, empty_database, *more)
    assert done.returncode == 0, done.stderr
    provenance = read_snapshot(project / "snapshots" / "production.sql").provenance
    assert (provenance.version_table, provenance.revisions) == ("shop.alembic_version", ("a1",))
    held = rehearsal("snapshot", "verify", "--against", empty_database.url(""), folder=project)
    assert held.returncode == 0, held.stdout + held.stderr


def test_a_version_table_that_is_named_and_not_there_is_a_mistake(
    project: Path, empty_database: Database
) -> None:
    run(empty_database, TWO_SERVICES)
    done = take(project, empty_database, "--version-table", "shop.alembic_versions")
    assert done.returncode == 2
    assert "no version table shop.alembic_versions" in done.stderr
    assert "did you mean 'shop.alembic_version'?" in done.stderr


def test_drift_is_that_of_the_service_whose_version_table_is_named(
    project: Path, empty_database: Database
) -> None:
    run(empty_database, TWO_SERVICES)
    asked = ("drift", "--against", empty_database.url(""))
    refused = rehearsal(*asked, folder=project)
    assert refused.returncode == 2
    assert "has 2 version tables" in refused.stderr
    (project / "rehearsal.toml").write_text('version_table = "shop.alembic_version"\n')
    done = rehearsal(*asked, folder=project)
    assert "a1" in done.stdout, done.stderr
    assert "zzz" not in done.stdout + done.stderr


def error_of(done: subprocess.CompletedProcess[str]) -> str:
    """The error and its remedies, without progress and without the name of a server."""
    return done.stderr[done.stderr.index("has 2 version tables") :]


def test_every_command_says_the_same_of_several_version_tables(
    project: Path, empty_database: Database
) -> None:
    run(empty_database, TWO_SERVICES)
    url = empty_database.url("")
    refusals = [
        take(project, empty_database),
        rehearsal("drift", "--against", url, folder=project),
        rehearsal("identify", url, "--server", "embedded", folder=project),
        init(project, empty_database),
    ]
    assert [each.returncode for each in refusals] == [2, 2, 2, 2]
    assert len({error_of(each) for each in refusals}) == 1


FURTHER_COLUMNS = """
    CREATE TABLE public.alembic_version (
        version_num varchar(32) PRIMARY KEY, applied_at timestamptz DEFAULT now()
    );
    INSERT INTO public.alembic_version VALUES ('a1');
    CREATE TABLE documents (id int PRIMARY KEY, version_num varchar(32));
    CREATE TABLE customers (id int);
"""


def test_a_version_table_may_have_further_columns(project: Path, empty_database: Database) -> None:
    """And a table of the application is none because it has a column of that name."""
    run(empty_database, FURTHER_COLUMNS)
    taken = take(project, empty_database)
    assert taken.returncode == 0, taken.stderr
    provenance = read_snapshot(project / "snapshots" / "production.sql").provenance
    assert (provenance.version_table, provenance.revisions) == ("public.alembic_version", ("a1",))
    drift = rehearsal("drift", "--against", empty_database.url(""), folder=project)
    assert "documents is new" in drift.stdout, drift.stderr
    assert "alembic_version" not in drift.stdout
    done = init(project, empty_database)
    assert done.returncode == 0, done.stderr
    assert ask(empty_database, "SELECT version_num FROM alembic_version") == [("b2",)]


IN_SHOP = ENV_PY.replace(
    "target_metadata=target_metadata)",
    "target_metadata=target_metadata, version_table_schema='shop')",
)


def test_what_is_left_out_of_a_schema_is_the_version_table_that_env_py_configures(
    tmp_path: Path, empty_database: Database
) -> None:
    """The table of the other service is part of the schema, for lock, U14, and drift."""
    first = rev("a1", f"op.execute({OTHER_SERVICE!r})")
    write_project(tmp_path, [first, table("b2", "customers")], env_py=IN_SHOP)
    (tmp_path / "rehearsal.toml").write_text('version_table = "shop.alembic_version"\n')
    run(empty_database, "CREATE SCHEMA shop")
    made = init(tmp_path, empty_database)
    assert made.returncode == 0, made.stderr
    (tmp_path / "schema.sql").write_text("CREATE SCHEMA shop;\n")
    with (tmp_path / "rehearsal.toml").open("a") as settings:
        settings.write('bootstrap = "schema.sql"\n')
    drift = rehearsal("drift", "--against", empty_database.url(""), folder=tmp_path)
    assert drift.returncode == 0, drift.stdout + drift.stderr
    locked = rehearsal("lock", "--server", "embedded", folder=tmp_path)
    assert locked.returncode == 0, locked.stderr
    held = rehearsal("run", "--checks", "U14", "--server", "embedded", folder=tmp_path)
    assert held.returncode == 0, held.stdout + held.stderr
    run(empty_database, "DROP TABLE public.alembic_version")
    drift = rehearsal("drift", "--against", empty_database.url(""), folder=tmp_path)
    assert "table public.alembic_version is gone" in drift.stdout, drift.stderr
