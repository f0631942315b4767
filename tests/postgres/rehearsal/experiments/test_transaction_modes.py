"""The same upgrade in other transaction modes, and a second time on the same database."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.project.steps import WalkMode
from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.rehearsal.experiments.all_experiments import EXPERIMENTS
from alembic_rehearsal.rehearsal.experiments.models import METADATA_COMPARISON
from alembic_rehearsal.rehearsal.experiments.second_run import SECOND_RUNS
from alembic_rehearsal.rehearsal.experiments.transaction_modes import OTHER_MODE_UPGRADES
from alembic_rehearsal.rehearsal.experiments.upgrade import (
    RESTORED_SNAPSHOT,
    UPGRADE_FROM_EMPTY,
    UPGRADE_FROM_SNAPSHOT,
)
from alembic_rehearsal.rehearsal.facts.findings import Finding
from alembic_rehearsal.rehearsal.facts.offline import OfflineSql
from alembic_rehearsal.rehearsal.facts.upgrade import (
    OtherModeUpgrades,
    SecondRuns,
    UpgradeFromEmpty,
)
from alembic_rehearsal.rehearsal.runner.scheduler import RunnerResult
from support.experiments import findings as all_findings
from support.experiments import run_on_project
from support.projects import ENV_PY, Rev, rev, table, write_project
from support.snapshots import production

EACH = ENV_PY.replace("target_metadata=", "transaction_per_migration=True, target_metadata=")
OUTER = ENV_PY.replace("engine.connect()", "engine.begin()")
KEEPS_NOTHING = ENV_PY.replace(
    "        context.configure(connection",
    "        connection.exec_driver_sql('SELECT 1')\n        context.configure(connection",
)


# A transaction that has ended, and another one around the migrations.
BEGUN_ANEW = """\
import contextlib

@contextlib.contextmanager
def begun(engine):
    with engine.connect() as connection:
        asked = connection.begin()
        connection.exec_driver_sql("SELECT 1")
        asked.{ended}()
        with connection.begin():
            {first}
            yield connection

"""


def sql(*statements: str) -> str:
    """A revision's function that runs these."""
    return "\n".join(f"op.execute({each!r})" for each in statements)


def hooked(line: str) -> str:
    """An env.py that does something after the migrations, and commits that."""
    after = f"\n        {line}\n        connection.commit()\n\n"
    return ENV_PY.replace("run_migrations()\n\n\nif", f"run_migrations(){after}\nif")


def ways(
    folder: Path, server: Server, revisions: list[Rev], env_py: str = ENV_PY, schema: str = ""
) -> RunnerResult:
    """From empty; with a schema, from that of production at a1 as well."""
    project = write_project(folder, revisions, env_py=env_py)
    snapshot = production(folder, schema) if schema else None
    from_snapshot = (RESTORED_SNAPSHOT, UPGRADE_FROM_SNAPSHOT) if schema else ()
    experiments = (UPGRADE_FROM_EMPTY, *from_snapshot, OTHER_MODE_UPGRADES, SECOND_RUNS)
    return run_on_project(project, server, *experiments, snapshot=snapshot)


def reported(found: RunnerResult) -> list[tuple[str, str]]:
    """The findings of family U."""
    return [(each.code, each.revision) for each in findings(found)]


def findings(found: RunnerResult) -> list[Finding]:
    return [each for each in all_findings(found) if each.code[0] == "U"]


def modes(found: RunnerResult) -> list[WalkMode]:
    return [each.mode for each in found.evidence.fact(OtherModeUpgrades).upgrades]


# An enum value is added and used: that takes a transaction for each of both, unless the type
# itself is made in the same one, as it is from empty.
ADDED_AND_USED = [
    rev("a1", sql("CREATE TYPE mood AS ENUM ('a')", "CREATE TABLE t (m mood)")),
    rev("b2", sql("ALTER TYPE mood ADD VALUE 'b'")),
    rev("c3", sql("ALTER TABLE t ALTER m SET DEFAULT 'b'")),
]
PRODUCTION = "CREATE TYPE public.mood AS ENUM ('a'); CREATE TABLE public.t (m public.mood);"
# An enum is made by two revisions: Alembic remembers it for as long as one command runs.
MAKE = 'op.create_table({!r}, sa.Column("m", sa.Enum("a", name="mood")))'
MADE_TWICE = [rev("a1", MAKE.format("t")), rev("b2", MAKE.format("u")), table("c3", "v")]
# A temporary table lives as long as the transaction.
IN_ONE_TRANSACTION = [
    rev("a1", sql("CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT 1 AS n")),
    rev("b2", sql("CREATE TABLE t AS SELECT n FROM kept")),
]


def test_modes_in_which_everything_works_are_no_finding(tmp_path: Path, server: Server) -> None:
    found = ways(tmp_path, server, [table("a1", "t"), table("b2", "u")])
    assert modes(found) == [WalkMode.TRANSACTION_PER_MIGRATION, WalkMode.COMMAND_PER_MIGRATION]
    assert reported(found) == []


def test_an_enum_value_added_and_used_fails_in_the_projects_mode_and_says_what_works(
    tmp_path: Path, server: Server
) -> None:
    found = ways(tmp_path, server, ADDED_AND_USED, schema=PRODUCTION)
    assert reported(found) == [("U2", "c3")]
    (finding,) = findings(found)
    assert "SQLSTATE 55P04" in finding.what
    assert finding.what.endswith(
        "the same upgrade works with one command, one transaction per migration; "
        "or with one command per migration"
    )


def test_with_a_transaction_for_each_migration_it_is_no_finding(
    tmp_path: Path, server: Server
) -> None:
    found = ways(tmp_path, server, ADDED_AND_USED, EACH, PRODUCTION)
    assert set(modes(found)) == {WalkMode.COMMAND_PER_MIGRATION}
    assert reported(found) == []


def test_an_env_py_that_holds_one_transaction_makes_that_option_void(
    tmp_path: Path, server: Server
) -> None:
    """One command per migration still works, and the finding names that mode."""
    env_py = EACH.replace("engine.connect()", "engine.begin()")
    found = ways(tmp_path, server, ADDED_AND_USED, env_py, PRODUCTION)
    fails, void = findings(found)
    assert (fails.code, fails.revision) == ("U2", "c3")
    assert fails.what.endswith("the same upgrade works with one command per migration")
    assert (void.code, void.revision) == ("U12", "")
    assert "'begin()' begins a transaction" in void.what


@pytest.mark.parametrize("ended", ["commit", "rollback"])
@pytest.mark.parametrize(
    ("first", "named"),
    [("pass", "begin()"), ('connection.exec_driver_sql("SELECT 2")', "SELECT 2")],
    ids=["nothing", "statement"],
)
def test_a_statement_whose_transaction_has_ended_is_not_what_begins_the_next(
    tmp_path: Path, server: Server, ended: str, first: str, named: str
) -> None:
    env_py = BEGUN_ANEW.format(ended=ended, first=first) + EACH.replace(
        "engine.connect()", "begun(engine)"
    )
    (finding,) = findings(ways(tmp_path, server, [table("a1", "t")], env_py))
    assert finding.code == "U12"
    assert f"{named!r} begins a transaction" in finding.what


def test_of_several_statements_the_first_has_begun_the_transaction(
    tmp_path: Path, server: Server
) -> None:
    """Whatever another connection is asked in between."""
    asked = (
        'connection.exec_driver_sql("SET lock_timeout = 5000")\n'
        "        with engine.connect() as other:\n"
        '            other.exec_driver_sql("SELECT 1")\n'
        '        connection.exec_driver_sql("SELECT 2")\n'
        "        context.configure(connection"
    )
    env_py = EACH.replace("context.configure(connection", asked)
    *_, void = findings(ways(tmp_path, server, [table("a1", "t")], env_py))
    assert "'SET lock_timeout = 5000' begins a transaction" in void.what


@pytest.mark.parametrize("env_py", [ENV_PY, EACH, OUTER], ids=["own", "each", "outer"])
def test_an_enum_made_twice_fails_where_each_revision_is_a_command(
    tmp_path: Path, server: Server, env_py: str
) -> None:
    found = ways(tmp_path, server, MADE_TWICE, env_py)
    assert reported(found) == [("U10", "b2")]
    (finding,) = findings(found)
    assert finding.what.startswith("with one command per migration, from an empty database, ")
    assert 'type "mood" already exists' in finding.what


def test_what_needs_one_transaction_is_one_finding_for_both_other_modes(
    tmp_path: Path, server: Server
) -> None:
    found = ways(tmp_path, server, IN_ONE_TRANSACTION)
    assert reported(found) == [("U10", "b2")]


def test_a_schema_that_depends_on_the_mode_is_one_finding(tmp_path: Path, server: Server) -> None:
    """The transaction id shows in which transaction a revision runs."""
    revisions = [
        rev("a1", sql("CREATE TABLE seen AS SELECT txid_current() AS id")),
        rev(
            "b2",
            'asked = "SELECT id = txid_current() FROM seen"\n'
            "same = op.get_bind().exec_driver_sql(asked).scalar()\n"
            'op.execute("CREATE TABLE together ()" if same else "CREATE TABLE apart ()")',
        ),
    ]
    found = ways(tmp_path, server, revisions)
    (finding,) = findings(found)
    assert finding.code == "U10"
    assert "table public.apart is there as well; table public.together is missing" in finding.what


# --- once more ---------------------------------------------------------------------------

TWO = [rev("a1", sql("CREATE TABLE t (id int)"), sql("DROP TABLE t")), table("b2", "u")]
INDEX = hooked('connection.exec_driver_sql("CREATE INDEX ON t (id)")')
TRIGGER = hooked('connection.exec_driver_sql("CREATE VIEW seen AS SELECT 1 AS one")')
REFUSES = """\
from sqlalchemy import create_engine, inspect, pool
from alembic import context
url = context.config.get_main_option("sqlalchemy.url")
if inspect(create_engine(url, poolclass=pool.NullPool)).has_table("u"):
    raise RuntimeError("this database is at head already")
""" + ENV_PY.replace("from alembic import context\n", "")


@pytest.mark.parametrize(
    ("env_py", "said"),
    [
        (INDEX, "changes the database: index public.t_id_idx1 is made"),
        (TRIGGER, 'fails: relation "seen" already exists'),
        (REFUSES, "RuntimeError: this database is at head already"),
    ],
    ids=["changes", "fails", "raises"],
)
def test_an_env_py_that_does_not_bear_a_second_upgrade_is_one_finding(
    tmp_path: Path, server: Server, env_py: str, said: str
) -> None:
    """Every experiment runs env.py on databases that it has seen before; none blames a revision.

    But for SQL that is printed: what env.py does besides is missing in it, which is U7's to say.
    """
    experiments = [each for each in EXPERIMENTS if each.makes is not OfflineSql]
    found = run_on_project(write_project(tmp_path, TWO, env_py=env_py), server, *experiments)
    (finding,) = all_findings(found)
    assert finding.code == "U9"
    assert said in finding.what


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("INSERT INTO t VALUES (2)", "rows of public.t: number 2 became 3."),
        ("UPDATE t SET id = id + 1", "values of public.t.id: checksum "),
    ],
)
def test_an_env_py_that_writes_rows_each_time_it_runs_is_a_finding(
    tmp_path: Path, server: Server, statement: str, said: str
) -> None:
    revisions = [rev("a1", sql("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)"))]
    env_py = hooked(f"connection.exec_driver_sql({statement!r})")
    (finding,) = findings(ways(tmp_path, server, revisions, env_py))
    assert finding.code == "U9"
    assert f"changes the database: {said}" in finding.what


def test_a_second_upgrade_that_does_nothing_is_no_finding(tmp_path: Path, server: Server) -> None:
    found = ways(tmp_path, server, TWO)
    (run,) = found.evidence.fact(SecondRuns).runs
    assert (run.planned, run.differences, run.failure) == ((), (), None)


def test_an_env_py_that_keeps_nothing_is_one_finding(tmp_path: Path, server: Server) -> None:
    found = run_on_project(write_project(tmp_path, TWO, env_py=KEEPS_NOTHING), server, *EXPERIMENTS)
    assert [each.code for each in all_findings(found)] == ["U1"]
    assert found.evidence.skipped[SecondRuns] == "no upgrade got to head"


def test_where_no_upgrade_gets_to_head_there_is_no_second_one(
    tmp_path: Path, server: Server
) -> None:
    found = ways(tmp_path, server, [rev("a1", sql("CREATE TABEL t ()"))])
    assert reported(found) == [("U1", "a1")]
    assert found.evidence.skipped[SecondRuns] == "no upgrade got to head"


def test_what_env_py_does_on_a_comparison_does_not_count_as_the_upgrades(
    tmp_path: Path, server: Server
) -> None:
    """Each run of env.py makes one more view, and the schema is the one that the upgrade left."""
    line = (
        "connection.exec_driver_sql('CREATE VIEW v%s AS SELECT 1 AS one' % "
        "connection.exec_driver_sql(\"SELECT count(*) FROM pg_views WHERE viewname ~ '^v[0-9]'\")"
        ".scalar())"
    )
    env_py = hooked(line).replace(
        "target_metadata = None", "from sqlalchemy import MetaData\ntarget_metadata = MetaData()"
    )
    revisions = [rev("a1", "pass"), rev("b2", "pass")]
    project = write_project(tmp_path, revisions, env_py=env_py)
    found = run_on_project(
        project, server, UPGRADE_FROM_EMPTY, METADATA_COMPARISON, OTHER_MODE_UPGRADES, SECOND_RUNS
    )
    assert found.evidence.fact(UpgradeFromEmpty).upgrade.has_target_metadata
    assert [code for code, _ in reported(found)] == ["U9"]
