"""`rehearsal snapshot take` with few privileges: a snapshot, or a list of what is missing."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alembic_rehearsal.core.values.databases import Database, Server
from support.cli import rehearsal
from support.databases import scratch
from support.projects import table, write_project
from support.sql import run

PASSWORD = "of the few rights"
SHOP = """
    CREATE SCHEMA app; CREATE SCHEMA "Hidden"; CREATE SCHEMA shown;
    CREATE TABLE public.alembic_version (version_num varchar(32) PRIMARY KEY);
    INSERT INTO public.alembic_version VALUES ('a1');
    CREATE TABLE app.orders (id int GENERATED ALWAYS AS IDENTITY, n serial);
    CREATE TABLE app."Order lines" (id int);
    CREATE TABLE app.p (id int) PARTITION BY LIST (id);
    CREATE TABLE app.p1 PARTITION OF app.p FOR VALUES IN (1);
    CREATE TABLE shown.t (id int);
    CREATE VIEW "Hidden".v AS SELECT 1; CREATE SEQUENCE "Hidden".q;
    CREATE TYPE "Hidden".e AS ENUM ('a');
    CREATE FUNCTION "Hidden".f() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE MATERIALIZED VIEW "Hidden".m AS SELECT 1;
    GRANT USAGE ON SCHEMA shown TO few; GRANT SELECT ON shown.t TO few;
"""


@pytest.fixture
def few(server: Server) -> Iterator[Database]:
    """A database for an account that may connect and read the catalogs and one table."""
    with scratch(server, "rights") as database:
        run(database, f"CREATE ROLE few LOGIN PASSWORD '{PASSWORD}'")
        try:
            run(database, SHOP)
            yield replace(
                database, server=replace(server, user="few", password=PASSWORD, socket="")
            )
        finally:
            run(database, "DROP OWNED BY few; DROP ROLE few")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path, [table("a1", "customers")])
    return tmp_path


def as_owner(database: Database, server: Server) -> Database:
    return Database(server, database.name)


def take(project: Path, database: Database) -> subprocess.CompletedProcess[str]:
    return rehearsal("snapshot", "take", "--from", database.url(""), folder=project)


def grants(output: str) -> list[str]:
    """The remedies that are SQL, without the remarks after them."""
    lines = re.findall(r"(?:try|or): (GRANT [^\n]*;)", output)
    return [line.partition("   (")[0] for line in lines]


def test_an_account_that_may_only_connect_gets_a_list_of_all_missing_privileges(
    project: Path, few: Database
) -> None:
    done = take(project, few)
    assert done.returncode == 3
    assert "few may not read 5 of the tables of postgresql://few:***@" in done.stderr
    assert (
        'app: the schema itself, and all of 4 tables: "Order lines", orders, p, p1' in done.stderr
    )
    assert "public: all of 1 table: alembic_version" in done.stderr
    assert "shown" not in done.stderr.partition("try:")[0]
    assert PASSWORD not in done.stderr
    assert not (project / "snapshots").exists()


def test_each_grant_that_is_proposed_is_enough(
    project: Path, few: Database, server: Server
) -> None:
    proposed = grants(take(project, few).stderr)
    assert len(proposed) == 3
    owner = as_owner(few, server)
    for each in proposed:
        run(owner, each)
        done = take(project, few)
        assert done.returncode == 0, (each, done.stderr)
        run(owner, revoked(each))
        assert take(project, few).returncode == 3


def revoked(grants: str) -> str:
    return re.sub(r"GRANT (.*?) TO few", r"REVOKE \1 FROM few", grants)


def test_views_sequences_types_and_functions_need_no_privileges(
    project: Path, few: Database, server: Server
) -> None:
    run(as_owner(few, server), "GRANT USAGE ON SCHEMA app TO few")
    for schema in ("app", "public"):
        run(as_owner(few, server), f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO few")
    assert take(project, few).returncode == 0
    text = (project / "snapshots" / "production.sql").read_text()
    for each in ('VIEW "Hidden".v', 'SEQUENCE "Hidden".q', 'TYPE "Hidden".e', '"Hidden".f()'):
        assert each in text


def test_a_snapshot_with_few_privileges_is_byte_for_byte_that_of_a_superuser(
    project: Path, few: Database, server: Server
) -> None:
    owner = as_owner(few, server)
    run(
        owner,
        """
        CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
        CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS ("user" 'somebody', password 'of theirs');
        GRANT USAGE ON SCHEMA app TO few; GRANT SELECT ON ALL TABLES IN SCHEMA app, public TO few;
        """,
    )
    assert take(project, few).returncode == 0
    first = (project / "snapshots" / "production.sql").read_bytes()
    assert take(project, owner).returncode == 0
    assert (project / "snapshots" / "production.sql").read_bytes() == first


def test_revisions_that_cannot_be_read_are_asked_for_by_the_tables_name(
    project: Path, few: Database, server: Server
) -> None:
    run(
        as_owner(few, server),
        "GRANT USAGE ON SCHEMA app TO few;"
        "GRANT MAINTAIN ON ALL TABLES IN SCHEMA app, public TO few",
    )
    done = take(project, few)
    assert done.returncode == 3
    assert grants(done.stderr) == ["GRANT SELECT ON public.alembic_version TO few;"]


def test_rows_of_reference_tables_need_the_right_to_read_them(
    project: Path, few: Database, server: Server
) -> None:
    (project / "rehearsal.toml").write_text('reference_tables = ["app.orders"]\n')
    run(
        as_owner(few, server),
        "GRANT USAGE ON SCHEMA app TO few; GRANT INSERT ON ALL TABLES IN SCHEMA app TO few;"
        "GRANT SELECT ON alembic_version TO few",
    )
    done = take(project, few)
    assert done.returncode == 3
    assert grants(done.stderr) == ["GRANT SELECT ON app.orders TO few;"]


def test_rows_that_a_policy_hides_are_not_taken_for_all_rows(
    project: Path, few: Database, server: Server
) -> None:
    (project / "rehearsal.toml").write_text('reference_tables = ["shown.t"]\n')
    run(
        as_owner(few, server),
        "GRANT pg_read_all_data TO few; ALTER TABLE shown.t ENABLE ROW LEVEL SECURITY",
    )
    done = take(project, few)
    assert done.returncode == 3
    assert "row-level security" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_error_without_the_right_to_connect_says_so(
    project: Path, few: Database, server: Server
) -> None:
    run(as_owner(few, server), f'REVOKE CONNECT ON DATABASE "{few.name}" FROM PUBLIC')
    done = take(project, few)
    assert done.returncode == 3
    assert "User does not have CONNECT privilege" in done.stderr
