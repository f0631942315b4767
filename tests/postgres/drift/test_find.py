"""`rehearsal drift`, typed in a project whose database somebody has worked on by hand."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from alembic_rehearsal.core.values.databases import Database, ServerNeeds
from conftest import MakeServer
from support.cli import rehearsal
from support.drift import BY_HAND, NAMED, drift, run_sql, shop, upgrade, write_revision, written
from support.projects import ENV_PY

MODELS = """
    import sqlalchemy as sa
    metadata = sa.MetaData()
    sa.Table("orders", metadata, sa.Column("id", sa.Integer, primary_key=True),
             sa.Column("total", sa.BigInteger, nullable=False))
    """


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small shop: one revision, no models."""
    return shop(tmp_path)


@pytest.fixture
def database(project: Path, empty_database: Database) -> Database:
    """The shop's database, migrated as a deploy would do it."""
    upgrade(project, empty_database)
    return empty_database


def test_a_database_that_nobody_has_touched_has_no_drift(project: Path, database: Database) -> None:
    code, said, _ = drift(project, database)
    assert code == 0, said
    assert "0 real, 0 cosmetic" in said
    assert "not judged: env.py gives Alembic no target_metadata" in said


def test_what_was_done_by_hand_is_named(project: Path, database: Database) -> None:
    run_sql(database, BY_HAND)
    code, said, _ = drift(project, database)
    assert code == 1
    for sentence in NAMED:
        assert sentence in said
    assert f"{len(NAMED)} real, 0 cosmetic" in said


def test_drift_is_data_for_programs(project: Path, database: Database) -> None:
    run_sql(database, BY_HAND)
    code, said, _ = drift(project, database, "--format", "json")
    content = json.loads(said)
    assert code == 1
    assert content["real"] == len(content["history"]) == len(NAMED)
    assert {each["text"] for each in content["history"]} >= {NAMED[0]}


def test_a_database_behind_head_is_compared_where_it_claims_to_be(
    project: Path, database: Database
) -> None:
    write_revision(project, "b2", "op.execute('ALTER TABLE orders ADD paid bool')")
    code, said, _ = drift(project, database)
    assert code == 0, said
    assert "at a1, 1 pending" in said
    run_sql(database, "CREATE INDEX orders_state ON orders (state)")
    code, said, _ = drift(project, database)
    assert code == 1
    assert "index public.orders_state is new" in said
    assert "paid" not in said


def test_a_pending_revision_that_fails_leaves_the_models_unjudged_and_writes_nothing(
    project: Path, database: Database
) -> None:
    run_sql(database, "CREATE INDEX orders_state ON orders (state)")
    write_revision(project, "b2", "op.execute('CREATE INDEX orders_state ON orders (state)')")
    code, said, _ = drift(project, database)
    assert code == 1
    assert "index public.orders_state is new" in said
    assert re.search('not judged: .*b2.*"orders_state" already exists', said)
    code, _, complaint = drift(project, database, "--fix", "database")
    assert code == 1
    assert "no corrective revision was written" in complaint
    assert "b2" in complaint
    assert written(project) == []


def test_models_at_head_are_compared_but_for_what_they_cannot_express(
    tmp_path: Path, empty_database: Database
) -> None:
    env_py = ENV_PY.replace("target_metadata = None", "from models import metadata").replace(
        "target_metadata=target_metadata", "target_metadata=metadata"
    )
    files = {"models.py": MODELS}
    project = shop(tmp_path, env_py=env_py, ini="prepend_sys_path = .", files=files)
    upgrade(project, empty_database)
    code, said, _ = drift(project, empty_database)
    assert code == 1
    against = said[said.index("against the models at a1") :]
    assert "column orders.state is in the database, not in models" in against
    assert "type integer in the database, type bigint in the models" in against
    assert "constraint public.orders.positive is in the database, not in the models" in against
    assert "twice" not in against
    assert "sums" not in against


def test_a_snapshot_is_compared_as_the_database_was(project: Path, database: Database) -> None:
    run_sql(database, BY_HAND)
    take = rehearsal("snapshot", "take", "--from", database.url(driver=""), folder=project)
    assert take.returncode == 0, take.stderr
    for arguments in ((), ("--against", "snapshots/production.sql")):
        done = rehearsal("drift", *arguments, folder=project)
        assert done.returncode == 1, done.stderr
        assert "database  snapshots/production.sql" in done.stdout
        for sentence in NAMED:
            assert sentence in done.stdout


def test_a_database_without_a_revision_is_refused_and_pointed_on(
    project: Path, empty_database: Database
) -> None:
    run_sql(empty_database, "CREATE TABLE orders (id int)")
    code, said, complaint = drift(project, empty_database)
    assert (code, said) == (1, "")
    assert "has no revision" in complaint
    assert "rehearsal identify" in complaint


@pytest.mark.parametrize("stamp", ["('gone')", "('a1'), ('gone')"])
def test_a_revision_that_the_history_lacks_is_named(
    project: Path, empty_database: Database, stamp: str
) -> None:
    run_sql(
        empty_database,
        f"CREATE TABLE alembic_version (version_num varchar(32));"
        f"INSERT INTO alembic_version VALUES {stamp}",
    )
    code, said, complaint = drift(project, empty_database)
    assert (code, said) == (1, "")
    assert "does not contain gone (head: a1)" in complaint


def test_a_history_with_a_problem_is_refused(project: Path, database: Database) -> None:
    (project / "migrations" / "versions" / "0009_broken.py").write_text("def upgrade(:\n")
    code, said, complaint = drift(project, database)
    assert (code, said) == (1, "")
    assert "0009_broken.py" in complaint
    assert "Alembic refuses every command" in complaint
    assert "PostgreSQL" not in complaint, "a server was started"


def test_a_role_that_may_only_read_is_enough(
    project: Path, make_server: MakeServer, tmp_path: Path
) -> None:
    database = Database(make_server("embedded", ServerNeeds()), "postgres")
    upgrade(project, database)
    run_sql(
        database,
        BY_HAND
        + "CREATE ROLE reader LOGIN PASSWORD 'let-me-read'; GRANT pg_read_all_data TO reader;"
        "ALTER ROLE reader SET default_transaction_read_only = on;",
    )
    reader = Database(
        replace(database.server, user="reader", password="let-me-read", socket=""), "postgres"
    )
    code, said, progress = drift(project, reader)
    assert code == 1, progress
    for sentence in NAMED:
        assert sentence in said


def test_without_rights_on_its_tables_the_history_is_compared_and_the_models_are_not(
    project: Path, make_server: MakeServer
) -> None:
    database = Database(make_server("embedded", ServerNeeds()), "postgres")
    upgrade(project, database)
    run_sql(
        database,
        "CREATE INDEX orders_state ON orders (state);"
        "CREATE ROLE reader LOGIN PASSWORD 'let-me-read';"
        "GRANT SELECT ON alembic_version TO reader",
    )
    reader = Database(
        replace(database.server, user="reader", password="let-me-read", socket=""), "postgres"
    )
    code, said, progress = drift(project, reader)
    assert code == 1, progress
    assert "index public.orders_state is new" in said
    assert "not judged" in said
    run_sql(database, "REVOKE SELECT ON alembic_version FROM reader")
    code, _, complaint = drift(project, reader)
    assert code == 1
    assert "GRANT SELECT ON public.alembic_version TO reader;" in complaint


def test_owners_and_grants_count_where_they_are_asked_for(
    project: Path, make_server: MakeServer
) -> None:
    database = Database(make_server("embedded", ServerNeeds()), "postgres")
    upgrade(project, database)
    run_sql(database, "GRANT SELECT ON orders TO PUBLIC")
    assert drift(project, database)[0] == 0
    code, said, _ = drift(project, database, "--rights")
    assert code == 1
    assert "table public.orders gained privileges" in said


def test_another_major_is_compared_on_a_newer_server_and_it_is_said(
    project: Path, make_server: MakeServer
) -> None:
    old, new = make_server("local", ServerNeeds(15)), make_server("embedded", ServerNeeds())
    if old.major == new.major:
        pytest.skip("no second major on this machine")
    database = Database(old, "postgres")
    upgrade(project, database)
    run_sql(database, "CREATE INDEX orders_state ON orders (state)")
    code, said, _ = drift(project, database, "--server", "embedded")
    assert code == 1
    assert f"no server of PostgreSQL {old.major} is here" in said
    assert "index public.orders_state is new" in said
    assert "1 real, 0 cosmetic" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no --against, and no snapshot is configured"),
        (("--against", "NO_SUCH_VARIABLE"), "--against DATABASE_URL"),
        (("--against", "missing.sql"), "missing.sql does not exist"),
        (("--fix", "databse"), "did you mean 'database'?"),
        (("--format", "jsn"), "did you mean 'json'?"),
    ],
)
def test_what_cannot_be_compared_is_named(
    project: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = rehearsal("drift", *arguments, folder=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
