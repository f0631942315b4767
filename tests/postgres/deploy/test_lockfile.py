"""`rehearsal-init` with a history.lock: the rows of its decision table that need the schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import fetch_rows
from alembic_rehearsal.core.values.databases import Database
from support.deploy import MADE, ORDERS, TOTAL, execute, init, locked, stamp_of
from support.projects import rev, write_project
from support.snapshots import production

ROWS = rev("c3", 'op.execute("UPDATE orders SET total = 0")', doc="no empty totals")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path, [ORDERS, TOTAL])
    return tmp_path


# --- stamped -----------------------------------------------------------------------------


def test_a_database_at_head_is_compared_and_said_to_be_as_it_should(
    project: Path, empty_database: Database
) -> None:
    locked(project)
    first = init(project, empty_database)
    assert first.returncode == 0, first.stderr
    assert "at head b2, schema as the history makes it" in first.stdout
    second = init(project, empty_database)
    assert "nothing to do, at head b2, schema as the history makes it" in second.stdout


def test_what_somebody_made_by_hand_is_refused_with_its_name_and_nothing_is_changed(
    project: Path, empty_database: Database
) -> None:
    locked(project)
    init(project, empty_database)
    execute(
        empty_database,
        "CREATE INDEX by_hand ON orders (total)",
        "UPDATE alembic_version SET version_num = 'a1'",
        "ALTER TABLE orders DROP COLUMN total",
        "ALTER TABLE orders ADD COLUMN note text",
    )
    done = init(project, empty_database)
    assert done.returncode == 1
    assert (
        "is stamped with a1, and its schema is not the one that this revision creates: 1 object"
        in done.stderr
    )
    assert "column public.orders.note is unexpected" in done.stderr
    assert "rehearsal drift --against URL --fix database" in done.stderr
    assert stamp_of(empty_database) == ["a1"]


def test_allowed_drift_is_reported_and_does_not_stop_the_upgrade(
    project: Path, empty_database: Database
) -> None:
    locked(project)
    init(project, empty_database)
    execute(empty_database, "CREATE INDEX by_hand ON orders (total)")
    assert init(project, empty_database).returncode == 1
    done = init(project, empty_database, "--allow-drift")
    assert done.returncode == 0, done.stderr
    assert "schema not as the history makes it: index public.by_hand" in done.stdout


def test_differences_that_the_snapshot_of_production_has_are_accepted(
    project: Path, empty_database: Database
) -> None:
    sql = "CREATE TABLE public.orders (id serial PRIMARY KEY, note text);"
    production(project, sql, server_version="18.1")
    locked(project)
    execute(
        empty_database,
        sql,
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('a1')",
    )
    done = init(project, empty_database)
    assert done.returncode == 0, done.stderr
    assert stamp_of(empty_database) == ["b2"]


def test_a_lock_of_another_major_compares_nothing_and_says_so(
    project: Path, empty_database: Database
) -> None:
    path = locked(project) / "snapshots" / "history.lock"
    init(project, empty_database)
    path.write_text(path.read_text().replace("postgres = 18", "postgres = 14"))
    done = init(project, empty_database, "--plan")
    assert done.returncode == 0, done.stderr
    assert "was written on PostgreSQL 14, and this is 18" in done.stdout


def test_a_lock_that_cannot_be_read_stops_the_deploy(
    project: Path, empty_database: Database
) -> None:
    path = locked(project) / "snapshots" / "history.lock"
    init(project, empty_database)
    path.write_text("<<<<<<< HEAD\n" + path.read_text())
    done = init(project, empty_database)
    assert done.returncode == 1
    assert "two branches have added revisions" in done.stderr


# --- unstamped ---------------------------------------------------------------------------


def test_an_unstamped_database_is_adopted_and_upgraded(
    project: Path, empty_database: Database
) -> None:
    locked(project)
    execute(empty_database, MADE[0])
    refused = init(project, empty_database)
    assert refused.returncode == 1
    assert "its schema is that of a1" in refused.stderr
    assert "rehearsal-init --adopt" in refused.stderr
    plan = init(project, empty_database, "--plan", "--adopt")
    assert "schema    that of a1\n" in plan.stdout
    assert "plan      stamp it with a1\n" in plan.stdout
    done = init(project, empty_database, "--adopt")
    assert done.returncode == 0, done.stderr
    assert "stamped with a1, 1 revision applied, at head b2" in done.stdout
    assert stamp_of(empty_database) == ["b2"]


def test_a_choice_between_revisions_that_change_rows_is_a_persons(
    tmp_path: Path, empty_database: Database
) -> None:
    write_project(tmp_path, [ORDERS, TOTAL, ROWS])
    locked(tmp_path)
    execute(empty_database, *MADE)
    refused = init(tmp_path, empty_database, "--adopt")
    assert refused.returncode == 1
    assert "its schema is that of b2 or of c3" in refused.stderr
    assert "rehearsal-init --adopt b2" in refused.stderr
    done = init(tmp_path, empty_database, "--adopt", "b2")
    assert done.returncode == 0, done.stderr
    assert "no empty totals" in done.stderr


def test_a_schema_of_no_revision_is_refused_with_the_nearest(
    project: Path, empty_database: Database
) -> None:
    locked(project)
    execute(empty_database, *MADE, "CREATE INDEX by_hand ON orders (total)")
    done = init(project, empty_database, "--adopt")
    assert done.returncode == 1
    assert "The nearest is b2" in done.stderr
    assert "index public.by_hand is unexpected" in done.stderr
    assert fetch_rows(empty_database, "SELECT to_regclass('alembic_version')::text") == [(None,)]


def test_without_a_lock_an_unstamped_database_is_left_to_a_person(
    project: Path, empty_database: Database
) -> None:
    execute(empty_database, MADE[0])
    done = init(project, empty_database, "--adopt")
    assert done.returncode == 1
    assert "there is no history.lock" in done.stderr
