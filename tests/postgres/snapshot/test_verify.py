"""`rehearsal snapshot show` and `verify`: the provenance, and what a restore gives."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest
from psycopg2.errors import UniqueViolation

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.snapshot.files import digest, read_snapshot, write_snapshot
from conftest import MakeServer
from support.cli import rehearsal
from support.projects import table, write_project
from support.schema_changes import CHANGES
from support.snapshots import production
from support.sql import run

pytestmark = pytest.mark.usefixtures("nothing_left")
SHOP = """
    CREATE TABLE tiers (id int PRIMARY KEY, name text);
    INSERT INTO tiers VALUES (1, 'free'), (2, 'free');
    CREATE TABLE customers (id serial PRIMARY KEY, email text NOT NULL, tier int REFERENCES tiers);
    CREATE VIEW emails AS SELECT email FROM customers;
    CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1   -- as it is  \r\n\n\n\n$$;
    CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('a1');
"""


@pytest.fixture
def shop(empty_database: Database) -> Database:
    run(empty_database, SHOP)
    return empty_database


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path, [table("a1", "customers")])
    return tmp_path


def snapshot(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return rehearsal("snapshot", *arguments, folder=project)


def take(project: Path, database: Database) -> None:
    done = snapshot(project, "take", "--from", database.url(""))
    assert done.returncode == 0, done.stderr


def test_a_snapshot_of_a_living_database_holds(project: Path, shop: Database) -> None:
    take(project, shop)
    alone = snapshot(project, "verify")
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert "against itself, dumped and restored a second time: the same" in alone.stdout
    assert "the text is the same to the byte" in alone.stdout
    held = snapshot(project, "verify", "--against", shop.url(""))
    assert held.returncode == 0, held.stdout + held.stderr
    assert f"against {shop.masked}: the same" in held.stdout
    assert shop.server.password not in held.stdout + held.stderr


# What pg_dump does not print, or prints so that it cannot be loaded; and a state of the
# catalogs that no statement leads to.
NOT_DUMPED = {
    "an invalid index",
    "a language",
    "an index that is attached to another one of the same definition",
}


def test_every_kind_of_object_survives_to_the_byte(project: Path, make_server: MakeServer) -> None:
    server = make_server()
    database = Database(server, "postgres")
    made = 0
    with connect(database) as connection, connection.cursor() as cursor:
        for number, case in enumerate(CHANGES):
            sql = f"{case.setup};{case.change}"
            if case.name in NOT_DUMPED or "SUBSCRIPTION" in sql or server.major < case.since:
                continue
            cursor.execute(f"CREATE SCHEMA s{number}; SET search_path = s{number}")
            try:
                cursor.execute(sql)
                made += 1
            except psycopg2.Error:  # two of one name that no schema tells apart
                cursor.execute(f"DROP SCHEMA s{number} CASCADE")
    assert made > 100
    take(project, database)
    alone = snapshot(project, "verify")
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert "the text is the same to the byte" in alone.stdout
    held = snapshot(project, "verify", "--against", database.url(""))
    assert held.returncode == 0, held.stdout + held.stderr


def test_what_did_not_survive_is_listed_and_fails(project: Path, shop: Database) -> None:
    with pytest.raises(UniqueViolation):
        run(shop, "CREATE UNIQUE INDEX CONCURRENTLY broken ON tiers (name)")
    take(project, shop)
    done = snapshot(project, "verify", "--against", shop.url(""))
    assert done.returncode == 1
    assert "did not survive dump and restore:\n  index public.broken is gone" in done.stdout
    assert "it is invalid; pg_dump leaves invalid indexes out" in done.stdout
    assert "1 lost" in done.stdout


def test_changes_of_production_since_are_listed_separately(project: Path, shop: Database) -> None:
    (project / "rehearsal.toml").write_text('reference_tables = ["tiers"]\n')
    take(project, shop)
    run(
        shop,
        "ALTER TABLE customers ADD COLUMN name text; UPDATE alembic_version SET version_num = 'b2';"
        "UPDATE tiers SET name = 'studio' WHERE id = 2",
    )
    done = snapshot(project, "verify", "--against", shop.url(""), "--format", "json")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert said["lost"] == []
    assert [each["text"] for each in said["since"]] == ["column public.customers.name is new"]
    assert said["moved"] == [
        "it was at a1 and is at b2",
        "the rows of the reference tables have changed",
    ]
    text = snapshot(project, "verify", "--against", shop.url("")).stdout
    assert "production has changed since it was taken:\n  it was at a1 and is at b2" in text
    assert "rehearsal snapshot take" in text
    assert "studio" not in text


def test_what_no_snapshot_carries_is_listed_and_does_not_fail(
    project: Path, shop: Database
) -> None:
    run(
        shop,
        """
        CREATE PUBLICATION everything FOR TABLE tiers;
        CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
        CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS ("user" 'somebody', password 'theirs');
        """,
    )
    take(project, shop)
    done = snapshot(project, "verify", "--against", shop.url(""))
    assert done.returncode == 0, done.stdout
    assert "is in no snapshot, by design:\n  publication everything\n" in done.stdout
    assert "user mapping" in done.stdout
    assert "theirs" not in done.stdout


def test_roles_that_a_policy_names_are_created_for_the_restore(
    project: Path, shop: Database
) -> None:
    role = f"only_there_{shop.name}"
    run(shop, f"CREATE ROLE {role}; CREATE POLICY p ON tiers TO {role}")
    try:
        take(project, shop)
    finally:
        run(shop, f"DROP POLICY p ON tiers; DROP ROLE {role}")
    assert f'roles = ["{role}"]' in (project / "snapshots" / "production.toml").read_text()
    assert f"roles       {role}" in snapshot(project, "show").stdout
    done = snapshot(project, "verify")
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_roles_that_a_server_given_by_url_lacks_are_listed_at_once(
    project: Path, server: Server
) -> None:
    written = production(project)
    write_snapshot(replace(written, provenance=replace(written.provenance, roles=("one", "Two"))))
    (project / "rehearsal.toml").write_text("disposable = true\n")
    done = snapshot(project, "verify", "--server", Database(server, "postgres").url(""))
    assert done.returncode == 3
    assert "needs the roles 'one', 'Two'" in done.stderr
    assert 'try: CREATE ROLE "one" NOLOGIN; CREATE ROLE "Two" NOLOGIN;' in done.stderr


def test_a_text_that_pg_dump_would_not_write_is_named_by_object(
    project: Path, server: Server
) -> None:
    header = "--\n-- Name: t; Type: TABLE; Schema: public; Owner: -\n--\n\n"
    written = production(project, f"{header}CREATE TABLE public.t (\n    a int\n);")
    known = replace(
        written.provenance,
        server_version=server.version,
        taken_with=f"pg_dump {server.version}",
    )
    write_snapshot(replace(written, provenance=known))
    done = snapshot(project, "verify")
    assert done.returncode == 1
    assert "is written differently by pg_dump after a restore:\n  table t\n" in done.stdout


def test_a_snapshot_that_does_not_load_is_named_with_its_line(project: Path) -> None:
    production(project, "CREATE TABLE public.t (a nonsense);")
    done = snapshot(project, "verify")
    assert done.returncode == 3
    assert 'production.sql:5 does not load: type "nonsense" does not exist' in done.stderr


def test_a_missing_snapshot_is_a_usage_error(project: Path) -> None:
    for command in ("show", "verify"):
        done = snapshot(project, command)
        assert done.returncode == 2
        assert "snapshots/production.sql does not exist" in done.stderr


def test_another_file_can_be_named(project: Path, tmp_path: Path) -> None:
    written = production(tmp_path / "elsewhere")
    done = snapshot(project, "show", str(written.path))
    assert done.returncode == 0
    assert done.stdout.startswith(f"snapshot    {written.path}\nrevision    a1   (public.alembic")


def test_show_prints_the_provenance_as_text(project: Path, shop: Database) -> None:
    (project / "rehearsal.toml").write_text('reference_tables = ["tiers"]\n')
    run(shop, "INSERT INTO customers (email) SELECT 'x' FROM generate_series(1, 12345); ANALYZE")
    take(project, shop)
    said = snapshot(project, "show").stdout
    provenance = read_snapshot(project / "snapshots" / "production.sql").provenance
    for line in (
        "revision    a1   (public.alembic_version)",
        f"server      PostgreSQL {shop.server.version}",
        "rows        of public.tiers, as reference_tables names them",
        "tables      3; in production about 12 348 rows",
        f"sha256      {provenance.sha256}",
    ):
        assert line in said
    biggest = said[said.index(provenance.sha256) :].splitlines()[1]
    assert biggest.split()[:4] == ["public.customers", "about", "12", "345"]


def test_show_as_json_is_the_whole_provenance(project: Path, shop: Database) -> None:
    take(project, shop)
    said = json.loads(snapshot(project, "show", "--format", "json").stdout)
    assert said["schema_version"] == 1
    assert said["revisions"] == ["a1"]
    assert set(said["tables"]["public.tiers"]) == {"rows", "bytes"}
    assert said["suspicions"] == []
    assert snapshot(project, "show", "--format", "yaml").returncode == 2


def test_a_provenance_without_roles_is_read(project: Path) -> None:
    path = production(project).path
    assert "roles" not in path.with_suffix(".toml").read_text()
    assert read_snapshot(path).provenance.roles == ()
    assert digest(read_snapshot(path).sql) == read_snapshot(path).provenance.sha256


SECRET = "hunter2" + "-of-production"


def test_a_possible_secret_is_named_by_object_and_line_and_never_by_value(
    project: Path, shop: Database
) -> None:
    run(
        shop,
        f"COMMENT ON COLUMN customers.email IS 'see postgresql://app:{SECRET}@db.example.org/x';"
        "CREATE FOREIGN DATA WRAPPER w;"
        f"CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (password '{SECRET}')",
    )
    done = snapshot(project, "take", "--from", shop.url(""))
    assert done.returncode == 0
    path = project / "snapshots" / "production.sql"
    assert "2 places in it may hold a secret" in done.stderr
    lines = path.read_text().splitlines()
    (line,) = [n for n, text in enumerate(lines, 1) if text.startswith("COMMENT ON COLUMN")]
    expected = "comment on column public.customers.email: a password in a URL"
    assert f"  {path}:{line}  {expected}" in done.stderr
    assert "server s: a password or key in options" in done.stderr
    shown = snapshot(project, "show").stdout
    assert f"  line {line}  {expected}" in shown
    assert SECRET not in done.stderr + done.stdout + shown
