"""The initializer where an empty database starts from production's snapshot."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.databases import database_exists
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.snapshot.pg_dump import dump_schema
from sample.unreplayable import UNREPLAYABLE, UNREPLAYABLE_REVISION, build_unreplayable_production
from support.init_db import CHECKOUT, init_db
from support.projects import rev, write_project
from support.snapshots import production
from support.sql import ask, revisions, run

HEAD = "91be77aa0c12"


@pytest.fixture(scope="module")
def from_production(server: Server) -> str:
    """The schema that the example's production has at head, the long way."""
    database = Database(server, f"long_way_{secrets.token_hex(4)}")
    maintenance = Database(server, "postgres")
    run(maintenance, f"CREATE DATABASE {database.name}")
    build_unreplayable_production(database.url())
    init_db("--config", UNREPLAYABLE / "alembic.ini", url=database.url(""))
    schema = dump_schema(database)
    run(maintenance, f"DROP DATABASE {database.name} WITH (FORCE)")
    return schema


def test_a_history_that_cannot_run_from_empty_starts_from_the_snapshot(
    absent: Database, from_production: str
) -> None:
    config = UNREPLAYABLE / "alembic.ini"
    done = init_db("--config", config, "--from-snapshot", url=absent.url(""))
    assert done.returncode == 0, done.stderr
    assert f"created, snapshot restored ({UNREPLAYABLE_REVISION}), 2 revisions" in done.stdout
    assert dump_schema(absent) == from_production
    again = init_db("--config", config, "--from-snapshot", url=absent.url(""))
    assert again.returncode == 0
    assert "nothing to do, at head" in again.stdout


def test_without_the_snapshot_such_a_history_fails_and_leaves_the_database_empty(
    empty_database: Database,
) -> None:
    done = init_db("--config", UNREPLAYABLE / "alembic.ini", url=empty_database.url(""))
    assert done.returncode == 1
    assert 'index "idx_orders_customer" does not exist' in done.stderr
    assert ask(empty_database, "SELECT FROM pg_class WHERE relname = 'orders'") == []


def needs_production(folder: Path, settings: str = "replayable = false\n") -> Path:
    """A project whose only revision changes what no revision makes; its alembic.ini."""
    change = rev("b1", 'op.execute("ALTER TABLE customers ADD COLUMN name text")', doc="names")
    project = write_project(folder, [rev("a1"), change])
    (folder / "rehearsal.toml").write_text(settings)
    return project.config


def test_replayable_false_starts_every_empty_database_from_the_snapshot(
    empty_database: Database, tmp_path: Path
) -> None:
    config = needs_production(tmp_path)
    production(tmp_path)
    planned = init_db("--config", config, "--plan", url=empty_database.url(""))
    assert f"plan      restore {tmp_path}/snapshots/production.sql (at a1)\n" in planned.stdout
    done = init_db("--config", config, url=empty_database.url(""))
    assert done.returncode == 0, done.stderr
    assert "snapshot restored (a1), 1 revision applied, at head b1" in done.stdout


def test_replayable_false_without_a_snapshot_is_refused_before_anything_is_created(
    absent: Database, tmp_path: Path
) -> None:
    done = init_db("--config", needs_production(tmp_path), url=absent.url(""))
    assert done.returncode == 1
    assert "no snapshot is configured" in done.stderr
    assert "rehearsal snapshot take --from URL" in done.stderr
    assert not database_exists(absent.server, absent.name)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "snapshots/production.sql").open("a").write("\n"), "sha256"),
        (lambda folder: production(folder, revisions=("zz",)), "is at zz, which"),
    ],
)
def test_a_snapshot_that_does_not_fit_is_refused_before_anything_is_created(
    absent: Database, tmp_path: Path, spoil: Callable[[Path], object], said: str
) -> None:
    config = needs_production(tmp_path)
    production(tmp_path)
    spoil(tmp_path)
    done = init_db("--config", config, url=absent.url(""))
    assert done.returncode == 1
    assert said in done.stderr
    assert not database_exists(absent.server, absent.name)


def test_a_snapshot_is_not_restored_into_a_database_with_objects(
    empty_database: Database, tmp_path: Path
) -> None:
    config = needs_production(tmp_path)
    production(tmp_path)
    run(empty_database, "CREATE TYPE mood AS ENUM ('fine')")
    before = dump_schema(empty_database)
    done = init_db("--config", config, url=empty_database.url(""))
    assert done.returncode == 1
    assert "has no tables, but is not empty" in done.stderr
    assert dump_schema(empty_database) == before


def test_a_snapshot_that_needs_a_role_creates_none(
    empty_database: Database, tmp_path: Path
) -> None:
    config = needs_production(tmp_path)
    owned = "CREATE TABLE public.customers (id integer);\n"
    production(tmp_path, owned + "ALTER TABLE public.customers OWNER TO nobody_here;")
    done = init_db("--config", config, url=empty_database.url(""))
    assert done.returncode == 1
    assert "needs the role 'nobody_here'" in done.stderr
    assert ask(empty_database, "SELECT FROM pg_roles WHERE rolname = 'nobody_here'") == []
    assert ask(empty_database, "SELECT FROM pg_class WHERE relname = 'customers'") == []


def test_the_samples_snapshot_and_its_history_meet_at_head(absent: Database) -> None:
    done = init_db("--from-snapshot", url=absent.url(""))
    assert done.returncode == 0, done.stderr
    assert f"restoring {CHECKOUT}/snapshots/production.sql" in done.stderr
    assert revisions(absent) == [HEAD]
