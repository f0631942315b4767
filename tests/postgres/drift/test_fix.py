"""`rehearsal drift --fix`: the revision that it writes, and what comes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alembic_rehearsal.building.builder import Builder
from alembic_rehearsal.core.settings.files import find_settings
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.drift.find import find_drift
from alembic_rehearsal.drift.values import FixDirection
from support.cli import rehearsal
from support.drift import BY_HAND, drift, run_sql, shop, upgrade, write_revision, written


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small shop: one revision, no models."""
    return shop(tmp_path)


@pytest.fixture
def database(project: Path, empty_database: Database) -> Database:
    """The shop's database, migrated as a deploy would do it."""
    upgrade(project, empty_database)
    return empty_database


@pytest.mark.parametrize("direction", ["database", "history"])
def test_a_corrective_revision_ends_all_of_it_and_is_proven(
    project: Path, database: Database, direction: str
) -> None:
    run_sql(database, BY_HAND)
    code, said, progress = drift(project, database, "--fix", direction)
    assert code == 0, said + progress
    assert "no difference is left between database and history" in said
    assert "a second run changes nothing" in said
    (path,) = written(project)
    text = path.read_text()
    assert "alembic_rehearsal" not in text
    if direction == "database":
        assert "DATA LOSS: column public.orders.note" in said
        assert "DATA LOSS: column public.orders.note" in text
    else:
        assert "its downgrade restores the history's schema" in said or "no way back" in said


def test_the_cured_database_and_a_new_one_are_the_same(project: Path, database: Database) -> None:
    """What was proven on clones holds on the database itself."""
    run_sql(database, BY_HAND)
    assert drift(project, database, "--fix", "history")[0] == 0
    upgrade(project, database)
    code, said, _ = drift(project, database)
    assert code == 0, said
    assert "0 real" in said


def test_where_nothing_differs_at_head_nothing_is_written(
    project: Path, database: Database
) -> None:
    code, said, _ = drift(project, database, "--fix", "database")
    assert code == 0
    assert "nothing was written" in said
    assert written(project) == []


def test_what_no_statement_expresses_is_named_and_the_rest_is_done(
    project: Path, database: Database
) -> None:
    run_sql(
        database,
        "CREATE INDEX orders_state ON orders (state);"
        "CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)",
    )
    code, said, _ = drift(project, database, "--fix", "history")
    assert code == 1
    assert "not expressed: aggregate public.total(integer) is new" in said
    assert "1 difference is left" in said
    (path,) = written(project)
    assert "CREATE INDEX orders_state" in path.read_text()
    assert "no way back" not in path.read_text(), "there is nothing of the aggregate to undo"


def test_what_postgres_refuses_is_left_out_and_named(project: Path, database: Database) -> None:
    """The cast needs the type that is replaced, and the plan does not see it."""
    run_sql(
        database,
        "CREATE CAST (mood AS int) WITH INOUT; CREATE INDEX orders_state ON orders (state);"
        "CREATE FUNCTION number(mood) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    )
    code, said, _ = drift(project, database, "--fix", "database")
    assert code == 1
    assert "not expressed: cast public.mood as integer is gone" in said
    assert "DROP INDEX public.orders_state" in written(project)[0].read_text()


def test_a_corrective_revision_passes_its_own_rehearsal(project: Path, database: Database) -> None:
    run_sql(database, BY_HAND)
    url = database.url(driver="")
    assert rehearsal("snapshot", "take", "--from", url, folder=project).returncode == 0
    assert rehearsal("drift", "--fix", "database", folder=project).returncode == 0
    done = rehearsal("run", folder=project)
    assert done.returncode == 0, done.stdout


def test_several_heads_are_no_place_for_a_revision(project: Path, database: Database) -> None:
    write_revision(project, "b2", "pass")
    write_revision(project, "c3", "pass", down="a1")
    run_sql(database, "CREATE INDEX orders_state ON orders (state)")
    code, said, _ = drift(project, database)
    assert code == 1
    assert "not judged: the history has 2 heads" in said
    code, _, complaint = drift(project, database, "--fix", "database")
    assert code == 1
    assert "no corrective revision was written" in complaint


def test_a_template_without_room_for_statements_is_refused(
    project: Path, database: Database
) -> None:
    (project / "migrations" / "script.py.mako").write_text('"""${message}"""\nrevision = "x"\n')
    run_sql(database, "CREATE INDEX orders_state ON orders (state)")
    code, _, complaint = drift(project, database, "--fix", "database")
    assert code == 2
    assert "no revision was written" in complaint
    assert written(project) == []


def test_each_schema_is_built_once_and_cloned_for_every_attempt(
    project: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Postgres refuses a step of the first attempt, so the proof is tried twice."""
    write_revision(project, "b2", "op.execute('ALTER TABLE orders ADD paid bool')")
    run_sql(
        database,
        "CREATE CAST (mood AS int) WITH INOUT; CREATE INDEX orders_state ON orders (state);"
        "CREATE FUNCTION number(mood) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    )
    calls: list[str] = []
    for name in ("restore", "build_at"):
        count_calls(monkeypatch, name, calls)
    settings = find_settings(project / "alembic.ini")
    found = find_drift(
        database.url(""),
        settings.project(),
        settings,
        fix=FixDirection.DATABASE,
        tell=lambda line: None,
    )
    assert found.fix is not None
    assert found.fix.path is not None
    assert found.fix.unexpressed
    assert sorted(calls) == ["build_at a1", "build_at b2", "restore"]


def count_calls(monkeypatch: pytest.MonkeyPatch, name: str, calls: list[str]) -> None:
    original = getattr(Builder, name)

    def counted(self: Builder, *arguments: Any) -> Database:
        calls.append(" ".join((name, *(each for each in arguments if isinstance(each, str)))))
        made = original(self, *arguments)
        assert isinstance(made, Database)
        return made

    monkeypatch.setattr(Builder, name, counted)
