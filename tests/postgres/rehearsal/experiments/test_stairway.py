"""Each revision up, down and up again: one run judges each, whatever the others do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.rehearsal.experiments.full_downgrade import FULL_DOWNGRADE
from alembic_rehearsal.rehearsal.experiments.stairway import STAIRWAY
from alembic_rehearsal.rehearsal.experiments.upgrade import (
    RESTORED_SNAPSHOT,
    UPGRADE_FROM_EMPTY,
    UPGRADE_FROM_SNAPSHOT,
)
from alembic_rehearsal.rehearsal.facts.downgrade import RoundTrip, Stairway
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.runner.scheduler import RunnerResult
from support.experiments import findings, reported, run_on_project
from support.projects import ENV_PY, Rev, rev, table, write_project
from support.snapshots import production


def sql(*statements: str) -> str:
    """A revision's function that runs these."""
    return "\n".join(f"op.execute({each!r})" for each in statements)


GUARDED = """\
if "nick" not in {each["name"] for each in sa.inspect(op.get_bind()).get_columns("customers")}:
    op.add_column("customers", sa.Column("nick", sa.Text))
"""
# Twelve revisions, five of which have a downgrade that is broken in a way of its own.
TWELVE = (
    table("a1", "customers"),
    rev(
        "b2",
        sql(
            "CREATE TABLE orders (id int, total int DEFAULT 7, state text)",
            "CREATE INDEX open_orders ON orders (id) WHERE state = 'open'",
        ),
        sql("DROP TABLE orders"),
    ),
    rev("c3", sql("CREATE TYPE tier AS ENUM ('free')"), sql("DROP TYPE teer")),  # fails
    rev(
        "d4",
        sql("CREATE TYPE mood AS ENUM ('good')", "ALTER TABLE customers ADD mood mood"),
        sql("ALTER TABLE customers DROP mood"),  # the second upgrade fails
    ),
    rev("e5", GUARDED, 'op.drop_column("customers", "nick")'),
    rev(
        "f6",
        sql("CREATE TABLE bills (id int)", "CREATE INDEX bill_ids ON orders (id)"),
        sql("DROP TABLE bills"),  # leaves an index
    ),
    rev(
        "g7",
        sql("DROP INDEX open_orders"),
        sql("CREATE INDEX open_orders ON orders (id)"),  # loses the predicate
    ),
    rev("h8", sql("INSERT INTO customers (id) VALUES (1)"), "pass"),  # only moves rows
    rev("i9", sql("ALTER TABLE orders ALTER total DROP DEFAULT"), "raise NotImplementedError"),
    rev("j10", sql("CREATE VIEW ids AS SELECT id FROM orders"), "pass"),  # leaves the view
    table("k11", "notes"),
    rev("l12", sql("ALTER TABLE notes ADD n int"), sql("ALTER TABLE notes DROP n")),
)
BROKEN = [("D3", "c3"), ("D3", "d4"), ("D3", "f6"), ("D2", "g7"), ("D1", "j10")]
OBJECTS: Mapping[str, str] = {
    "c3": 'type "teer" does not exist',
    "d4": "enum public.mood",
    "f6": "index public.bill_ids",
    "g7": "index public.open_orders",
    "j10": "view public.ids",
}


def round_trips(found: RunnerResult) -> dict[str, RoundTrip]:
    """The round trip of each revision, from the only start."""
    stairway: Stairway = found.evidence.fact(Stairway)
    assert len({each.revision for each in stairway.round_trips}) == len(stairway.round_trips)
    return {each.revision: each for each in stairway.round_trips}


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory, server: Server) -> RunnerResult:
    project = write_project(tmp_path_factory.mktemp("twelve"), TWELVE)
    return run_on_project(project, server, STAIRWAY, cores=1)


def test_one_run_reports_every_broken_downgrade_and_names_its_objects(
    twelve: RunnerResult,
) -> None:
    assert reported(twelve) == BROKEN
    for each in findings(twelve):
        assert OBJECTS[each.revision] in each.what
        assert each.path is not None
        assert each.line > 1


def test_every_revision_is_taken_whatever_happened_below_it(twelve: RunnerResult) -> None:
    assert list(round_trips(twelve)) == [each.id for each in TWELVE]
    assert twelve.evidence.fact(Stairway).unreached == ()


def test_a_guarded_upgrade_with_a_good_downgrade_is_no_finding(twelve: RunnerResult) -> None:
    trip = round_trips(twelve)["e5"]
    assert (trip.downgrade_differences, trip.reupgrade_differences, trip.repeat_differences) == (
        (),
        (),
        (),
    )


REFUSES = """\
if op.get_bind().exec_driver_sql("SELECT count(*) FROM orders").scalar():
    raise RuntimeError(
        "orders are not thrown away"
    )
op.drop_table("orders")
"""


def test_a_raise_that_the_rows_lead_to_is_a_declaration_and_an_error_before_it_is_none(
    tmp_path: Path, server: Server
) -> None:
    revisions = [
        rev("a1", sql("CREATE TABLE orders (n int)", "INSERT INTO orders VALUES (1)"), REFUSES),
        rev("b2", sql("CREATE TABLE t (n int)"), REFUSES.replace("FROM orders", "FROM ordders")),
        table("c3", "u"),
    ]
    found = run_on_project(write_project(tmp_path, revisions), server, STAIRWAY, FULL_DOWNGRADE)
    assert reported(found) == [("D3", "b2")]
    assert not round_trips(found)["a1"].tried_downgrade


def test_what_is_one_way_is_run_and_not_tried(twelve: RunnerResult) -> None:
    trip = round_trips(twelve)["i9"]
    assert trip.changed_schema
    assert not trip.tried_downgrade


def test_an_empty_downgrade_of_what_only_moved_rows_is_no_finding(twelve: RunnerResult) -> None:
    trip = round_trips(twelve)["h8"]
    assert (
        trip.changed_schema,
        trip.wrote,
        trip.downgrade_differences,
        trip.reupgrade_failure,
    ) == (False, True, (), None)


def test_on_four_cores_the_round_trips_are_the_same(
    twelve: RunnerResult, tmp_path: Path, server: Server
) -> None:
    project = write_project(tmp_path, TWELVE)
    found = run_on_project(project, server, STAIRWAY, cores=4)
    assert reported(found) == BROKEN
    assert [each.what for each in findings(found)] == [each.what for each in findings(twelve)]


def test_a_second_upgrade_that_differs_is_a_finding_that_names_what(
    tmp_path: Path, server: Server
) -> None:
    """The revision leaves a mark in a table of rows, and looks for it."""
    up = (
        'marked = op.get_bind().exec_driver_sql("SELECT count(*) FROM marks").scalar()\n'
        'op.execute("INSERT INTO marks VALUES (1)")\n'
        "op.execute(f\"CREATE TABLE t (id {'bigint' if marked else 'int'})\")"
    )
    project = write_project(tmp_path, [table("a1", "marks"), rev("b2", up, sql("DROP TABLE t"))])
    found = run_on_project(project, server, STAIRWAY)
    ((code, revision),) = reported(found)
    (finding,) = findings(found)
    assert (code, revision) == ("D2", "b2")
    assert "column public.t.id: type integer became bigint" in finding.what


DROP_ONE = "ALTER TABLE tags DROP CONSTRAINT one"


def test_rows_that_failing_round_trips_left_are_not_blamed_on_later_revisions(
    tmp_path: Path, server: Server
) -> None:
    """b2 goes down without its row, so that up again it has two: c3 fails on them alone."""
    revisions = [
        table("a1", "tags"),
        rev("b2", sql("INSERT INTO tags VALUES (1)"), "pass"),
        rev(
            "c3",
            sql("ALTER TABLE tags ADD UNIQUE (id)"),
            sql("ALTER TABLE tags DROP CONSTRAINT tags_id_key"),
        ),
        rev("d4", sql("CREATE TABLE seen (id int)"), sql("DROP TABLE seen")),
    ]
    for cores in (1, 4):
        project = write_project(tmp_path / str(cores), revisions)
        found = run_on_project(project, server, STAIRWAY, cores=cores)
        assert found.evidence.fact(Stairway).unreached == ()
        assert list(round_trips(found)) == ["a1", "b2", "c3", "d4"]
        assert reported(found) == []


def test_rows_that_cannot_be_inserted_twice_make_an_empty_downgrade_a_finding(
    tmp_path: Path, server: Server
) -> None:
    revisions = [
        rev("a1", sql("CREATE TABLE tags (id int PRIMARY KEY)"), sql("DROP TABLE tags")),
        rev("b2", sql("INSERT INTO tags VALUES (1)"), "pass"),
    ]
    found = run_on_project(write_project(tmp_path, revisions), server, STAIRWAY)
    (finding,) = findings(found)
    assert (finding.code, finding.revision) == ("D3", "b2")
    assert "tags_pkey" in finding.what


def test_a_revision_that_no_single_command_can_run_hides_none_above_it(
    tmp_path: Path, server: Server
) -> None:
    """An enum that two revisions make: one command makes it once, two fail."""
    make = 'op.create_table({!r}, sa.Column("m", sa.Enum("a", name="mood")))'
    revisions = [
        rev("a1", make.format("t"), 'op.drop_table("t")\nop.execute("DROP TYPE mood")'),
        rev("b2", make.format("u"), 'op.drop_table("u")'),
        rev("c3", sql("CREATE TABLE v (id int)"), sql("DROP TABLE w")),
        table("d4", "x"),
    ]
    for cores in (1, 4):
        project = write_project(tmp_path / str(cores), revisions)
        found = run_on_project(project, server, STAIRWAY, cores=cores)
        assert found.evidence.fact(Stairway).unreached == ("b2",)
        assert reported(found) == [("D3", "c3")]
        assert list(round_trips(found)) == ["a1", "c3", "d4"]


def test_revisions_behind_one_that_fails_are_unreached_and_said_to_be(
    tmp_path: Path, server: Server
) -> None:
    revisions = [table("a1", "t"), rev("b2", sql("CREATE TABEL u ()")), table("c3", "v")]
    for cores in (1, 4):
        project = write_project(tmp_path / str(cores), revisions)
        found = run_on_project(project, server, STAIRWAY, cores=cores)
        assert found.evidence.fact(Stairway).unreached == ("b2", "c3")
        assert list(round_trips(found)) == ["a1"]


def test_a_first_revision_that_fails_leaves_nothing_to_take(tmp_path: Path, server: Server) -> None:
    project = write_project(tmp_path, [rev("a1", sql("CREATE TABEL u ()")), table("b2", "v")])
    found = run_on_project(project, server, STAIRWAY)
    assert found.evidence.fact(Stairway) == Stairway((), ("a1", "b2"))


def test_a_revision_that_is_left_out_below_one_that_is_judged_changes_nothing_for_it(
    tmp_path: Path, server: Server
) -> None:
    """Left out ones may lie between judged ones, where a history forks."""
    revisions = [table("a1", "t"), table("b2", "u"), table("c3", "v"), table("d4", "w")]
    project = write_project(tmp_path, revisions)
    scope = Scope(left_out=frozenset({"b2", "c3"}))
    found = run_on_project(project, server, STAIRWAY, scope=scope, cores=1)
    assert list(round_trips(found)) == ["a1", "d4"]
    assert reported(found) == []


# --- from production's schema ------------------------------------------------------------

NICK = "CREATE TABLE public.customers (id integer, nick text);"
BY_HAND: tuple[Rev, ...] = (
    table("a1", "customers"),
    rev("b2", GUARDED, 'op.drop_column("customers", "nick")'),
)


def test_a_guarded_upgrade_that_found_its_change_is_named_and_not_condemned(
    tmp_path: Path, server: Server
) -> None:
    project = write_project(tmp_path, BY_HAND)
    snapshot = production(tmp_path, NICK)
    found = run_on_project(project, server, RESTORED_SNAPSHOT, STAIRWAY, snapshot=snapshot)
    (finding,) = findings(found)
    assert (finding.code, finding.revision, finding.fails) == ("D5", "b2", False)
    assert "column public.customers.nick" in finding.what


def test_a_guarded_upgrade_that_found_half_of_its_change_is_not_condemned_for_that_half(
    tmp_path: Path, server: Server
) -> None:
    """The index was there, the column was not: only what the upgrade made is its own."""
    up = GUARDED + sql("CREATE INDEX IF NOT EXISTS ids ON customers (id)")
    down = sql("DROP INDEX ids", "ALTER TABLE customers DROP nick")
    project = write_project(tmp_path, [table("a1", "customers"), rev("b2", up, down)])
    snapshot = production(
        tmp_path,
        "CREATE TABLE public.customers (id integer); CREATE INDEX ids ON public.customers (id);",
    )
    found = run_on_project(project, server, RESTORED_SNAPSHOT, STAIRWAY, snapshot=snapshot)
    (finding,) = findings(found)
    assert (finding.code, finding.revision) == ("D5", "b2")
    assert "index public.ids" in finding.what
    assert "nick" not in finding.what


def test_a_guarded_upgrade_is_judged_by_what_it_made(tmp_path: Path, server: Server) -> None:
    down = sql("DROP INDEX IF EXISTS nicks")
    up = GUARDED + sql("CREATE INDEX IF NOT EXISTS nicks ON customers (nick)")
    project = write_project(tmp_path, [table("a1", "customers"), rev("b2", up, down)])
    found = run_on_project(project, server, STAIRWAY)
    (finding,) = findings(found)
    assert (finding.code, finding.revision) == ("D2", "b2")
    assert "column public.customers.nick" in finding.what


def test_a_revision_that_widens_the_version_table_changes_no_schema_of_the_project(
    tmp_path: Path, server: Server
) -> None:
    widen = sql("ALTER TABLE alembic_version ALTER version_num TYPE varchar(255)")
    project = write_project(
        tmp_path, [table("a1", "t"), rev("b2", widen, "pass"), table("c3", "u")]
    )
    found = run_on_project(project, server, STAIRWAY)
    assert reported(found) == []
    assert not round_trips(found)["b2"].changed_schema


def test_an_idle_revision_with_a_downgrade_that_drops_something_is_a_finding(
    tmp_path: Path, server: Server
) -> None:
    revisions = [table("a1", "t"), table("b2", "u"), rev("c3", "pass", sql("DROP TABLE t"))]
    found = run_on_project(write_project(tmp_path, revisions), server, STAIRWAY)
    assert reported(found) == [("D2", "c3")]


# --- an env.py of another kind -----------------------------------------------------------

OUTER = """\
from alembic import context
from sqlalchemy import create_engine, pool, text

engine = create_engine(context.config.get_main_option("sqlalchemy.url"), poolclass=pool.NullPool)
with engine.connect() as connection, connection.begin():
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
SET = "connection.execute(text(\"SET lock_timeout = '4s'\"))"
SETS = OUTER.replace(", connection.begin()", "").replace(
    "    context.configure", f"    {SET}\n    context.configure"
)
COMMITS = SETS + "    connection.commit()\n"


@pytest.mark.parametrize(
    ("env_py", "cores"), [(OUTER, 1), (COMMITS, 4)], ids=["outer transaction", "SET first"]
)
def test_an_env_py_that_holds_one_transaction_for_all_changes_no_finding(
    tmp_path: Path, server: Server, env_py: str, cores: int
) -> None:
    project = write_project(tmp_path, TWELVE, env_py=env_py)
    assert reported(run_on_project(project, server, STAIRWAY, cores=cores)) == BROKEN


def test_a_schema_that_env_py_makes_in_its_transaction_is_not_the_first_revisions(
    tmp_path: Path, server: Server
) -> None:
    make = 'connection.execute(text("CREATE SCHEMA IF NOT EXISTS app"))'
    env_py = OUTER.replace("    context.configure", f"    {make}\n    context.configure")
    project = write_project(tmp_path, [table("a1", "app.t"), table("b2", "app.u")], env_py=env_py)
    found = run_on_project(project, server, UPGRADE_FROM_EMPTY, STAIRWAY)
    assert reported(found) == []
    assert list(round_trips(found)) == ["a1", "b2"]


def test_an_env_py_that_commits_nothing_is_one_finding(tmp_path: Path, server: Server) -> None:
    for cores in (1, 4):
        project = write_project(tmp_path / str(cores), TWELVE, env_py=SETS)
        found = run_on_project(project, server, UPGRADE_FROM_EMPTY, STAIRWAY, cores=cores)
        (finding,) = findings(found)
        assert finding.code == "U1"
        assert "the version table holds nothing" in finding.what
        assert found.evidence.fact(Stairway).round_trips == ()


def test_an_env_py_that_reaches_no_database_is_one_finding(tmp_path: Path, server: Server) -> None:
    env_py = "import psycopg2\nraise psycopg2.OperationalError('no such host')\n" + ENV_PY
    project = write_project(tmp_path, TWELVE, env_py=env_py)
    found = run_on_project(project, server, UPGRADE_FROM_EMPTY, STAIRWAY)
    assert reported(found) == [("U1", "")]


@pytest.mark.parametrize("replayable", [True, False])
def test_without_an_upgrade_there_is_nothing_to_take(
    tmp_path: Path, server: Server, replayable: bool
) -> None:
    project = write_project(tmp_path, [table("a1", "t")])
    found = run_on_project(project, server, UPGRADE_FROM_EMPTY, STAIRWAY, replayable=replayable)
    assert (Stairway in found.evidence.facts) is replayable
    if not replayable:
        assert "not replayable" in found.evidence.skipped[Stairway]


def test_both_starts_are_taken_and_one_fault_is_reported_once(
    tmp_path: Path, server: Server
) -> None:
    revisions = [
        table("a1", "customers"),
        rev("b2", sql("CREATE TYPE mood AS ENUM ('a')"), "op.get_bind()"),
    ]
    project = write_project(tmp_path, revisions)
    snapshot = production(tmp_path)
    found = run_on_project(
        project,
        server,
        UPGRADE_FROM_EMPTY,
        RESTORED_SNAPSHOT,
        UPGRADE_FROM_SNAPSHOT,
        STAIRWAY,
        snapshot=snapshot,
    )
    starts = [
        each.start for each in found.evidence.fact(Stairway).round_trips if each.revision == "b2"
    ]
    assert sorted(starts) == sorted(Start)
    assert reported(found) == [("D3", "b2")]


def test_a_guarded_upgrade_that_writes_its_rows_once_more_is_a_warning(
    tmp_path: Path, server: Server
) -> None:
    seeds = GUARDED + sql("INSERT INTO customers (id) VALUES (1)")
    down = sql("ALTER TABLE customers DROP nick", "DELETE FROM customers")
    project = write_project(tmp_path, [table("a1", "customers"), rev("b2", seeds, down)])
    (finding,) = findings(run_on_project(project, server, STAIRWAY))
    assert (finding.code, finding.revision, finding.fails) == ("U11", "b2", False)
    assert finding.what.endswith(
        "the upgrade changes it: rows of public.customers: number 1 became 2."
    )
