"""An upgrade that fails on the snapshot only because rows are missing there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.rehearsal.experiments.missing_rows import MISSING_ROWS
from alembic_rehearsal.rehearsal.experiments.upgrade import (
    RESTORED_SNAPSHOT,
    UPGRADE_FROM_EMPTY,
    UPGRADE_FROM_SNAPSHOT,
)
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.missing_rows import MissingRows
from alembic_rehearsal.rehearsal.judging.judge import judge
from support.cli import rehearsal
from support.experiments import run_on_project
from support.projects import Rev, rev, write_project
from support.snapshots import production

PLANS = "CREATE TABLE public.plans (id int PRIMARY KEY, code text);"
TIERS = "CREATE TABLE public.tiers (id serial PRIMARY KEY, name text);"
CUSTOMERS = "CREATE TABLE public.customers (id int);"


def sql(id: str, *statements: str) -> Rev:
    return rev(id, "\n".join(f"op.execute({each!r})" for each in statements))


def demand(id: str, *tables: str) -> Rev:
    """A revision that cannot go on without a row of each of these tables."""
    looks = (
        f"op.get_bind().execute(sa.text('SELECT id FROM {t}')).scalars().one()" for t in tables
    )
    return rev(id, "\n".join(looks))


PAST = [
    sql("a1", PLANS, "INSERT INTO plans VALUES (1, 'basic')"),
    sql("a2", TIERS, "INSERT INTO tiers (name) VALUES ('free')"),
    sql("a3", CUSTOMERS),
]


def found(
    folder: Path, server: Server, pending: Rev, *, past: list[Rev] = PAST, schema: str = ""
) -> Evidence:
    project = write_project(folder, [*past, pending])
    snapshot = production(
        folder, schema or f"{PLANS}\n{TIERS}\n{CUSTOMERS}", revisions=(past[-1].id,)
    )
    experiments = (UPGRADE_FROM_EMPTY, RESTORED_SNAPSHOT, UPGRADE_FROM_SNAPSHOT, MISSING_ROWS)
    return run_on_project(project, server, *experiments, snapshot=snapshot).evidence


def missing(evidence: Evidence) -> MissingRows:
    return evidence.fact(MissingRows)


def test_the_table_whose_rows_were_missing_is_named_and_who_wrote_them(
    tmp_path: Path, server: Server
) -> None:
    evidence = found(tmp_path, server, demand("b1", "tiers"))
    assert missing(evidence) == MissingRows("b1", ("public.tiers",), ("a2",))
    (finding,) = [each for each in judge(evidence)[0] if each.code == "U2"]
    assert finding.what.startswith(
        "b1 fails on the snapshot because the rows that a2 wrote to public.tiers are missing "
        "there; with them it works.\nwithout: "
    )
    assert finding.do == (
        'reference_tables = ["public.tiers"]   (in [tool.rehearsal])\n'
        "rehearsal snapshot take --from URL"
    )
    assert finding.path == tmp_path / "snapshots" / "production.sql"
    assert (finding.revision, finding.fails) == ("b1", True)


def test_two_tables_are_named_where_both_are_needed(tmp_path: Path, server: Server) -> None:
    evidence = found(tmp_path, server, demand("b1", "tiers", "plans"))
    assert missing(evidence) == MissingRows("b1", ("public.plans", "public.tiers"), ("a1", "a2"))


def test_a_table_that_the_revision_does_not_name_is_found_too(
    tmp_path: Path, server: Server
) -> None:
    hidden = rev(
        "b1",
        "name = 'ti' + 'ers'\n"
        "op.get_bind().execute(sa.text(f'SELECT id FROM {name}')).scalars().one()",
    )
    assert missing(found(tmp_path, server, hidden)).tables == ("public.tiers",)


def test_what_the_rows_refer_to_is_named_as_well(tmp_path: Path, server: Server) -> None:
    tiers = "CREATE TABLE public.tiers (id int, plan int REFERENCES public.plans);"
    past = [PAST[0], sql("a2", tiers, "INSERT INTO tiers VALUES (1, 1)")]
    evidence = found(tmp_path, server, demand("b1", "tiers"), past=past, schema=f"{PLANS}\n{tiers}")
    assert missing(evidence) == MissingRows("b1", ("public.plans", "public.tiers"), ("a1", "a2"))


def test_columns_that_production_lacks_are_left_out(tmp_path: Path, server: Server) -> None:
    schema = f"{PLANS}\nCREATE TABLE public.tiers (id int);\n{CUSTOMERS}"
    evidence = found(tmp_path, server, demand("b1", "tiers"), schema=schema)
    assert missing(evidence).tables == ("public.tiers",)


@pytest.mark.parametrize(
    "pending",
    [
        sql("b1", "ALTER TABLE tiers ADD COLUMN name_2 text", "CREATE INDEX ON tiers (gone)"),
        sql("b1", "SELECT 1 / count(*) FROM customers"),
        sql("b1", "CREATE TABLE orders ()"),
    ],
    ids=["fails everywhere", "needs what nobody wrote", "works"],
)
def test_where_rows_are_not_what_is_missing_nothing_is_said_of_them(
    tmp_path: Path, server: Server, pending: Rev
) -> None:
    assert missing(found(tmp_path, server, pending)) == MissingRows()


def test_a_schema_that_differs_is_not_blamed_on_rows(tmp_path: Path, server: Server) -> None:
    schema = f"{PLANS}\nCREATE TABLE public.tiers (id int);\n{CUSTOMERS}"
    pending = sql("b1", "CREATE INDEX ON tiers (name)")
    evidence = found(tmp_path, server, pending, schema=schema)
    assert missing(evidence) == MissingRows()
    (finding,) = [each for each in judge(evidence)[0] if each.code == "U2"]
    assert 'column "name" does not exist' in finding.what


def test_the_typed_remedy_makes_the_rehearsal_clean(
    tmp_path: Path, empty_database: Database
) -> None:
    write_project(tmp_path, [*PAST, demand("b1", "tiers")])
    with connect(empty_database) as connection, connection.cursor() as cursor:
        cursor.execute(
            f"{PLANS} {TIERS} {CUSTOMERS} INSERT INTO tiers (name) VALUES ('free');"
            "INSERT INTO customers VALUES (1);"
            "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);"
            "INSERT INTO alembic_version VALUES ('a3')"
        )
    take = ("snapshot", "take", "--from", empty_database.url(""))
    settings = tmp_path / "rehearsal.toml"
    settings.write_text('snapshot = "snapshots/production.sql"\n')
    assert rehearsal(*take, folder=tmp_path).returncode == 0
    done = rehearsal("run", "--format", "json", folder=tmp_path)
    remedies = {each["code"]: each["do"] for each in json.loads(done.stdout)["findings"]}
    line, command = remedies["U2"].splitlines()
    assert command == "rehearsal snapshot take --from URL"
    settings.write_text(f"{settings.read_text()}{line.partition('   ')[0]}\n")
    assert rehearsal(*take, folder=tmp_path).returncode == 0
    done = rehearsal("run", "--format", "json", folder=tmp_path)
    assert "U2" not in {each["code"] for each in json.loads(done.stdout)["findings"]}
