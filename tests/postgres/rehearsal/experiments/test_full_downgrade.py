"""The walk from head down and up again: it finds what no single step shows."""

from __future__ import annotations

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
from alembic_rehearsal.rehearsal.facts.downgrade import (
    Divergence,
    DowngradeWalk,
    FullDowngrade,
    Stairway,
)
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.runner.scheduler import RunnerResult
from support.experiments import findings, reported, run_on_project
from support.projects import ENV_PY, Rev, rev, table, write_project
from support.snapshots import production


def sql(*statements: str) -> str:
    """A revision's function that runs these."""
    return "\n".join(f"op.execute({each!r})" for each in statements)


def in_autocommit(*statements: str) -> str:
    lines = "\n".join(f"    op.execute({each!r})" for each in statements)
    return f"with op.get_context().autocommit_block():\n{lines}"


def rehearsed(folder: Path, server: Server, revisions: list[Rev], **other: object) -> RunnerResult:
    return run_on_project(
        write_project(folder, revisions, **other), server, STAIRWAY, FULL_DOWNGRADE
    )


def divergences(found: RunnerResult) -> list[Divergence]:
    return list(found.evidence.fact(FullDowngrade).divergences)


def downgraded(found: RunnerResult) -> tuple[str, ...]:
    return tuple(id for walk in found.evidence.fact(FullDowngrade).walks for id in walk.downgraded)


def test_a_sound_history_is_walked_to_its_end(tmp_path: Path, server: Server) -> None:
    found = rehearsed(tmp_path, server, [table("a1", "t"), table("b2", "u"), table("c3", "v")])
    assert divergences(found) == []
    assert downgraded(found) == ("c3", "b2", "a1")


# A row that c3 makes, and its downgrade does not take back, keeps b2 from going down.
ROWS = [
    rev(
        "a1",
        sql("CREATE TABLE t (n text NOT NULL)", "INSERT INTO t VALUES ('')"),
        sql("DROP TABLE t"),
    ),
    rev(
        "b2",
        sql("ALTER TABLE t ALTER n DROP NOT NULL"),
        sql("ALTER TABLE t ALTER n SET NOT NULL"),
    ),
    rev("c3", sql("UPDATE t SET n = NULL"), "pass"),
]


def test_a_downgrade_that_a_newer_one_breaks_is_found_in_the_walk_alone(
    tmp_path: Path, server: Server
) -> None:
    found = rehearsed(tmp_path, server, [*ROWS, table("d4", "u")])
    assert reported(found) == [("D4", "b2")]
    (finding,) = findings(found)
    assert "b2 works alone; taken down in a walk from head it fails" in finding.what
    assert "null values" in finding.what
    assert finding.line > 1
    assert downgraded(found) == ("d4", "c3", "a1")  # goes on below what failed


# c3 makes the constraint that it dropped again while its name is taken: it gets another one.
OTHER_NAME = [
    table("a1", "t"),
    rev(
        "b2",
        sql("ALTER TABLE t ADD UNIQUE (id)"),
        sql("ALTER TABLE t DROP CONSTRAINT t_id_key"),
    ),
    rev(
        "c3",
        sql(
            "DO $$ DECLARE name text; BEGIN SELECT conname INTO name FROM pg_constraint"
            " WHERE conrelid = 't'::regclass AND contype = 'u';"
            " EXECUTE format('ALTER TABLE t DROP CONSTRAINT %I', name); END $$",
            "CREATE TABLE t_id_key ()",
        ),
        sql("ALTER TABLE t ADD UNIQUE (id)", "DROP TABLE t_id_key"),
    ),
]


def test_a_name_that_postgres_chose_anew_breaks_an_older_downgrade(
    tmp_path: Path, server: Server
) -> None:
    found = rehearsed(tmp_path, server, OTHER_NAME)
    assert reported(found) == [("D4", "b2")]
    assert 'constraint "t_id_key" of relation "t" does not exist' in findings(found)[0].what


def test_what_fails_on_the_way_up_again_only_is_found(tmp_path: Path, server: Server) -> None:
    """d4 takes a row away that its downgrade does not bring back, and c3 asks for that row."""
    asks = 'assert op.get_bind().exec_driver_sql("SELECT n FROM t").scalar() == 1\n'
    revisions = [
        rev("a1", sql("CREATE TABLE t (n int)", "INSERT INTO t VALUES (1)"), sql("DROP TABLE t")),
        rev("b2", sql("CREATE TABLE u ()"), "raise NotImplementedError"),
        rev("c3", asks + sql("CREATE TABLE v ()"), sql("DROP TABLE v")),
        rev("d4", sql("DELETE FROM t"), "pass"),
    ]
    found = rehearsed(tmp_path, server, revisions)
    (divergence,) = divergences(found)
    assert (divergence.revision, divergence.on_the_way_up) == ("c3", True)
    assert reported(found) == [("D4", "c3")]
    assert (
        "c3 works alone; brought up again in a walk from head it fails" in findings(found)[0].what
    )


def test_what_a_single_step_shows_is_not_reported_again(tmp_path: Path, server: Server) -> None:
    revisions = [
        table("a1", "t"),
        rev("b2", sql("CREATE TABLE u (id int)", "CREATE INDEX ti ON t (id)"), sql("DROP TABLE u")),
        rev("c3", sql("CREATE TABLE v (id int)"), sql("DROP TABLE w")),
        table("d4", "x"),
    ]
    found = rehearsed(tmp_path, server, revisions)
    assert reported(found) == [("D3", "b2"), ("D3", "c3")]
    assert {each.revision for each in divergences(found)} == {"b2", "c3"}
    assert downgraded(found) == ("d4", "b2", "a1")


def test_a_one_way_revision_ends_one_walk_and_begins_the_next_below_it(
    tmp_path: Path, server: Server
) -> None:
    one_way = rev("d4", sql("CREATE TABLE u ()"), "raise NotImplementedError")
    revisions = [*ROWS, one_way, table("e5", "v")]
    found = rehearsed(tmp_path, server, revisions)
    assert downgraded(found) == ("e5", "c3", "a1")
    assert reported(found) == [("D4", "b2")]


def test_an_index_that_is_made_concurrently_goes_down_and_up(
    tmp_path: Path, server: Server
) -> None:
    revisions = [
        table("a1", "t"),
        rev(
            "b2",
            in_autocommit("CREATE INDEX CONCURRENTLY ti ON t (id)"),
            in_autocommit("DROP INDEX CONCURRENTLY ti"),
        ),
        table("c3", "u"),
    ]
    found = rehearsed(tmp_path, server, revisions)
    assert reported(found) == []
    assert downgraded(found) == ("c3", "b2", "a1")


def test_what_a_failing_downgrade_did_outside_of_its_transaction_is_blamed_on_no_other(
    tmp_path: Path, server: Server
) -> None:
    """The index is gone for good, although the downgrade that dropped it has failed."""
    revisions = [
        table("a1", "t"),
        rev(
            "b2",
            sql("CREATE INDEX ti ON t (id)"),
            in_autocommit("DROP INDEX CONCURRENTLY ti") + "\n" + sql("DROP TABLE nothing"),
        ),
        rev("c3", sql("CREATE TABLE u (id int)"), sql("DROP TABLE u")),
        rev("d4", sql("CREATE INDEX ui ON u (id)"), sql("DROP INDEX ui")),
    ]
    found = rehearsed(tmp_path, server, revisions)
    assert reported(found) == [("D3", "b2")]
    assert [each.revision for each in divergences(found)] == ["b2"]


def test_what_env_py_makes_when_it_ends_is_blamed_on_no_revision(
    tmp_path: Path, server: Server
) -> None:
    made = '    connection.exec_driver_sql("CREATE OR REPLACE VIEW one AS SELECT 1 AS n")\n'
    env_py = (
        "from alembic import context\n"
        "from sqlalchemy import create_engine, pool\n"
        'url = context.config.get_main_option("sqlalchemy.url")\n'
        "with create_engine(url, poolclass=pool.NullPool).connect() as connection:\n"
        "    context.configure(connection=connection)\n"
        "    with context.begin_transaction():\n"
        "        context.run_migrations()\n" + made + "    connection.commit()\n"
    )
    found = rehearsed(tmp_path, server, [table("a1", "t"), table("b2", "u")], env_py=env_py)
    assert reported(found) == []
    assert divergences(found) == []


@pytest.mark.parametrize("holds", [False, True])
def test_an_env_py_that_holds_one_transaction_for_all_changes_nothing(
    tmp_path: Path, server: Server, holds: bool
) -> None:
    env_py = ENV_PY
    if holds:
        env_py = env_py.replace(
            "with engine.connect() as connection:", "with engine.begin() as connection:"
        )
    found = rehearsed(tmp_path, server, ROWS, env_py=env_py)
    assert reported(found) == [("D4", "b2")]


def test_a_history_whose_first_revision_fails_is_not_walked(tmp_path: Path, server: Server) -> None:
    found = rehearsed(tmp_path, server, [rev("a1", sql("CREATE TABEL t ()")), table("b2", "u")])
    assert found.evidence.fact(FullDowngrade) == FullDowngrade(
        (DowngradeWalk(Start.EMPTY, planned=2),)
    )


def test_a_walk_that_env_py_ends_before_its_time_is_not_judged(
    tmp_path: Path, server: Server
) -> None:
    """The upgrade and the first clone run env.py once each; the third run fails."""
    counts = (
        "from pathlib import Path\n"
        "runs = Path(__file__).with_name('runs')\n"
        "number = len(runs.read_text()) if runs.exists() else 0\n"
        "runs.write_text('.' * (number + 1))\n"
        "if number >= 2:\n"
        "    raise RuntimeError('out of luck')\n"
    )
    project = write_project(tmp_path, [table("a1", "t"), table("b2", "u")], env_py=counts + ENV_PY)
    found = run_on_project(project, server, FULL_DOWNGRADE)
    (walk,) = found.evidence.fact(FullDowngrade).walks
    assert (walk.start, walk.divergences, walk.downgraded) == (Start.EMPTY, (), ())
    assert walk.broken_by is not None
    assert "out of luck" in walk.broken_by.message


def test_two_heads_are_walked_down_and_up(tmp_path: Path, server: Server) -> None:
    revisions = [table("a1", "t"), table("b2", "u"), table("c3", "v", down="a1")]
    found = rehearsed(tmp_path, server, revisions)
    assert sorted(downgraded(found)) == ["a1", "b2", "c3"]
    assert divergences(found) == []
    assert [code for code, _ in reported(found)] == ["H1"]


def test_from_production_only_what_is_pending_is_walked(tmp_path: Path, server: Server) -> None:
    project = write_project(tmp_path, [table("a1", "customers"), table("b2", "u")])
    snapshot = production(tmp_path)
    found = run_on_project(
        project,
        server,
        RESTORED_SNAPSHOT,
        STAIRWAY,
        FULL_DOWNGRADE,
        snapshot=snapshot,
        replayable=False,
    )
    assert downgraded(found) == ("b2",)
    both = run_on_project(
        project,
        server,
        UPGRADE_FROM_EMPTY,
        RESTORED_SNAPSHOT,
        UPGRADE_FROM_SNAPSHOT,
        STAIRWAY,
        FULL_DOWNGRADE,
        snapshot=snapshot,
    )
    assert [(walk.start, walk.downgraded) for walk in both.evidence.fact(FullDowngrade).walks] == [
        (Start.EMPTY, ("b2", "a1")),
        (Start.SNAPSHOT, ("b2",)),
    ]
    assert reported(both) == []
    assert {each.start for each in both.evidence.fact(Stairway).round_trips} == set(Start)
