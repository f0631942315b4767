"""Reference rows in a snapshot: those of declared tables; the same rows give the same bytes."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import Connection, connect, fetch_rows
from alembic_rehearsal.core.rows.reference import read_reference_rows
from alembic_rehearsal.core.rows.tables import open_table_reader
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.core.values.errors import ToolFailed, UsageError
from alembic_rehearsal.snapshot.files import COMPLETE, read_snapshot
from alembic_rehearsal.snapshot.restore import restore
from support.cli import rehearsal
from support.databases import scratch
from support.projects import table, write_project

SHOP = """
    CREATE TABLE plans (
        id serial PRIMARY KEY, code text UNIQUE NOT NULL, parent int REFERENCES plans
    );
    CREATE TABLE tiers (
        id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, plan int REFERENCES plans, name text,
        price numeric(8, 2), open boolean, since timestamptz, tags text[], data jsonb, raw bytea,
        upper_name text GENERATED ALWAYS AS (upper(name)) STORED
    );
    CREATE TABLE customers (id int PRIMARY KEY, email text);
    INSERT INTO plans (code, parent) VALUES ('child', NULL), ('root', NULL);
    UPDATE plans SET parent = 2 WHERE code = 'child';
    INSERT INTO tiers (plan, name, price, open, since, tags, data, raw) VALUES
        (2, 'it''s "free"', 0, true, '2026-01-02 03:04:05+00',
         '{a,"b c"}', '{"a": [1, null]}', '\\xdead'),
        (1, E'two\\nlines\\\\', 'NaN', false, NULL, NULL, NULL, NULL);
    INSERT INTO customers VALUES (1, 'somebody@example.org');
    CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('a1');
"""
DECLARED = ("tiers", "public.plans")


@pytest.fixture
def production(empty_database: Database) -> Database:
    run(empty_database, SHOP)
    return empty_database


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path, [table("a1", "customers")])
    declare(tmp_path, *DECLARED)
    return tmp_path


def declare(project: Path, *names: str) -> None:
    listed = ", ".join(f"'{name}'" for name in names)
    (project / "rehearsal.toml").write_text(
        f'snapshot = "live.sql"\nreference_tables = [{listed}]\n'
    )


def run(database: Database, sql: str) -> None:
    with connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(sql)


def take(project: Path, database: Database) -> subprocess.CompletedProcess[str]:
    return rehearsal("snapshot", "take", "--from", database.url(""), folder=project)


def text(project: Path) -> str:
    return (project / "live.sql").read_text()


def read_rows(database: Database, names: Sequence[str]) -> Mapping[str, str]:
    with open_table_reader(database) as reader:
        return read_reference_rows(reader, names)


def dumped(database: Database, name: str) -> list[tuple[str, ...]]:
    return fetch_rows(database, f"SELECT t::text FROM {name} t ORDER BY 1")


def test_only_the_rows_of_declared_tables_are_included(project: Path, production: Database) -> None:
    done = take(project, production)
    assert done.returncode == 0, done.stderr
    assert "with the rows of public.plans, public.tiers" in done.stderr
    assert "somebody" not in text(project)
    assert text(project).count("INSERT INTO") == 2
    assert text(project).rstrip().endswith(f"{COMPLETE}\n--")
    assert read_snapshot(project / "live.sql").provenance.reference_tables == (
        "public.plans",
        "public.tiers",
    )
    assert "no row but those of reference_tables leaves production" in (
        (project / "live.toml").read_text()
    )


def test_each_row_is_on_its_own_line_after_the_rows_that_it_refers_to(
    project: Path, production: Database
) -> None:
    take(project, production)
    lines = text(project).splitlines()
    begin = lines.index("INSERT INTO public.plans (id, code, parent) VALUES")
    assert lines[begin + 1 : begin + 4] == [
        "    (1, 'child', 2),",
        "    (2, 'root', NULL);",
        "SELECT pg_catalog.setval('public.plans_id_seq', 2, true);",
    ]
    assert any("OVERRIDING SYSTEM VALUE VALUES" in line for line in lines[begin + 4 :])
    assert any(
        line.startswith("    (2, 1, E'two\\nlines\\\\', 'NaN', false, NULL") for line in lines
    )


def test_included_rows_are_there_after_a_restore(
    project: Path, production: Database, server: Server
) -> None:
    take(project, production)
    with scratch(server, "restored") as restored:
        restore(read_snapshot(project / "live.sql"), restored)
        for name in ("plans", "tiers"):
            assert dumped(restored, name) == dumped(production, name)
        assert fetch_rows(restored, "SELECT count(*) FROM customers") == [(0,)]
        run(restored, "INSERT INTO plans (code) VALUES ('new')")
        run(restored, "INSERT INTO tiers (name) VALUES ('new')")
        assert fetch_rows(restored, "SELECT max(id) FROM plans") == [(3,)]
        assert fetch_rows(restored, "SELECT max(id) FROM tiers") == [(3,)]


def test_the_same_rows_are_the_same_bytes_whatever_else_happened(
    project: Path, production: Database
) -> None:
    take(project, production)
    before = text(project)
    run(
        production,
        "UPDATE plans SET code = code; UPDATE tiers SET name = name WHERE id = 1;"
        "INSERT INTO plans (code) VALUES ('gone'); DELETE FROM plans WHERE code = 'gone';"
        "INSERT INTO customers VALUES (2, 'another')",
    )
    run(production, "VACUUM FULL tiers")
    run(production, f"ALTER DATABASE {production.name} SET TimeZone = 'Asia/Tokyo'")
    run(production, f"ALTER DATABASE {production.name} SET DateStyle = 'SQL, DMY'")
    take(project, production)
    assert text(project) == before


def test_a_snapshot_of_what_was_restored_is_the_same_bytes(
    project: Path, production: Database, server: Server
) -> None:
    take(project, production)
    before = text(project)
    with scratch(server, "restored") as restored:
        restore(read_snapshot(project / "live.sql"), restored)
        take(project, restored)
    assert text(project) == before


def test_a_changed_row_is_a_changed_snapshot(project: Path, production: Database) -> None:
    take(project, production)
    before = text(project)
    run(production, "UPDATE tiers SET price = 5 WHERE id = 1")
    take(project, production)
    assert text(project) != before


def test_a_table_without_a_key_is_in_the_order_of_its_content(
    project: Path, production: Database
) -> None:
    run(production, "CREATE TABLE codes (a text, b int)")
    run(production, "INSERT INTO codes VALUES ('b', 1), ('B', 2), ('a', 3), (NULL, 4)")
    declare(project, "codes")
    take(project, production)
    lines = text(project).splitlines()
    begin = lines.index("INSERT INTO public.codes (a, b) VALUES")
    assert [line.strip(" ,;") for line in lines[begin + 1 : begin + 5]] == [
        "('B', 2)",
        "('a', 3)",
        "('b', 1)",
        "(NULL, 4)",
    ]


def test_a_declared_table_may_have_no_row(project: Path, production: Database) -> None:
    run(production, "CREATE TABLE codes (a text)")
    declare(project, "codes")
    assert take(project, production).returncode == 0
    assert "INSERT INTO" not in text(project)
    assert read_snapshot(project / "live.sql").provenance.reference_tables == ("public.codes",)


def test_rows_of_partitions_are_included_once(
    project: Path, production: Database, server: Server
) -> None:
    run(
        production,
        "CREATE TABLE zones (id int, name text) PARTITION BY LIST (id);"
        "CREATE TABLE zones_1 PARTITION OF zones FOR VALUES IN (1);"
        "INSERT INTO zones VALUES (1, 'one')",
    )
    declare(project, "zones")
    take(project, production)
    with scratch(server, "restored") as restored:
        restore(read_snapshot(project / "live.sql"), restored)
        assert dumped(restored, "zones_1") == [("(1,one)",)]


def test_triggers_do_not_change_the_included_rows(
    project: Path, production: Database, server: Server
) -> None:
    run(
        production,
        "CREATE FUNCTION public.shout() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN new.code := new.code || '!'; RETURN new; END$$;"
        "CREATE TRIGGER one BEFORE INSERT ON plans FOR EACH ROW EXECUTE FUNCTION public.shout();"
        "CREATE TRIGGER two BEFORE INSERT ON plans FOR EACH ROW EXECUTE FUNCTION public.shout();"
        "ALTER TABLE plans ENABLE ALWAYS TRIGGER two",
    )
    fires = "SELECT tgname::text, tgenabled::text FROM pg_trigger WHERE tgname IN ('one', 'two')"
    take(project, production)
    with scratch(server, "restored") as restored:
        restore(read_snapshot(project / "live.sql"), restored)
        assert dumped(restored, "plans") == dumped(production, "plans")
        assert fetch_rows(restored, fires) == fetch_rows(production, fires)


def test_names_are_written_as_in_sql(empty_database: Database) -> None:
    run(empty_database, 'CREATE SCHEMA app; CREATE TABLE app."Tiers of ☃" (id int)')
    run(empty_database, 'INSERT INTO app."Tiers of ☃" VALUES (1)')
    found = read_rows(empty_database, ['app."Tiers of ☃"'])
    assert found == {
        'app."Tiers of ☃"': 'INSERT INTO app."Tiers of ☃" (id) VALUES\n    (1);\n',
    }


# --- rows that cannot be included ----------------------------------------------------------


def test_a_missing_table_is_named_with_the_most_similar_one(
    project: Path, production: Database
) -> None:
    declare(project, "tirs")
    done = take(project, production)
    assert done.returncode == 2
    assert "reference_tables names 'tirs', and there is no such table" in done.stderr
    assert "(did you mean 'public.tiers'?)" in done.stderr
    assert not (project / "live.sql").exists()


def test_rows_that_refer_to_an_undeclared_table_are_refused_and_it_is_named(
    production: Database,
) -> None:
    with pytest.raises(UsageError, match=r"public\.tiers refer to public\.plans, which"):
        read_rows(production, ["tiers"])
    run(production, "UPDATE tiers SET plan = NULL")
    assert list(read_rows(production, ["tiers"])) == ["public.tiers"]


def test_tables_that_refer_to_each_other_are_refused(production: Database) -> None:
    run(production, "ALTER TABLE plans ADD tier int REFERENCES tiers; UPDATE plans SET tier = 1")
    with pytest.raises(UsageError, match="refer to each other"):
        read_rows(production, DECLARED)


def test_alembics_own_table_is_no_reference_table(project: Path, production: Database) -> None:
    declare(project, "alembic_version")
    done = take(project, production)
    assert done.returncode == 2
    assert "Alembic's own table" in done.stderr


def test_a_row_that_nobody_declared_is_refused_when_the_snapshot_is_read(
    project: Path, production: Database
) -> None:
    take(project, production)
    sql, toml = project / "live.sql", project / "live.toml"
    toml.write_text(toml.read_text().replace('"public.tiers"', '"public.other"'))
    done = rehearsal("run", folder=project)
    assert done.returncode == 3
    line = next(
        number
        for number, each in enumerate(sql.read_text().splitlines(), start=1)
        if each.startswith("INSERT INTO public.tiers")
    )
    assert f"live.sql:{line} carries rows; a snapshot is only the schema" in done.stderr


def test_a_table_that_is_locked_is_not_waited_for_and_who_holds_it_can_be_seen(
    production: Database,
) -> None:
    with connect(production) as holder:
        run_on(holder, "BEGIN; LOCK TABLE plans IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(ToolFailed, match="was locked for 5 s") as caught:
            read_rows(production, DECLARED)
    assert caught.value.remedies[0].startswith("SELECT pid, query FROM pg_stat_activity")


def run_on(connection: Connection, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
