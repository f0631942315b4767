"""Incremental pictures on the project's own connection, between two steps, with every driver."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.project.answers import StepFailed
from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.project.steps import WalkMode
from alembic_rehearsal.core.project.walk import Walk
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.incremental import IncrementalReader
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.core.schema.read import read_database_picture, read_picture
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.project import Project
from support.env_pys import ASYNC, AUTOCOMMIT, SYNC
from support.projects import rev, table, write_project

ENV_PYS = {
    "psycopg2": SYNC.format(driver="psycopg2", options=""),
    "psycopg": SYNC.format(driver="psycopg", options=""),
    "pg8000": SYNC.format(driver="pg8000", options=""),
    "asyncpg": ASYNC.format(driver="asyncpg", options=""),
    "psycopg, async": ASYNC.format(driver="psycopg", options=""),
    "psycopg, prepared at once": SYNC.format(
        driver="psycopg", options=', connect_args={"prepare_threshold": 0}'
    ),
    "asyncpg without a cache": ASYNC.format(
        driver="asyncpg", options=', connect_args={"prepared_statement_cache_size": 0}'
    ),
}
OF_EACH_STATEMENT = {
    "psycopg2": SYNC.format(driver="psycopg2", options=AUTOCOMMIT),
    "psycopg": SYNC.format(driver="psycopg", options=AUTOCOMMIT),
    "pg8000": SYNC.format(driver="pg8000", options=AUTOCOMMIT),
    "asyncpg": ASYNC.format(driver="asyncpg", options=AUTOCOMMIT),
}

# Texts that a driver could read as parameters, types whose values it decodes, and kinds of
# objects that are read by statements with a %.
AWKWARD = r"""
    for each in (
        "CREATE TYPE mood AS ENUM ('sad', 'o%k', ':name', '$1', '?')",
        "CREATE TABLE awkward (id serial PRIMARY KEY, m mood DEFAULT 'o%k', j jsonb DEFAULT '{}',"
        " x bytea DEFAULT '\\x00ff', t text DEFAULT ':name %s %(a)s ? $1' CHECK (t LIKE '%a\\d%'))",
        "CREATE VIEW seen AS SELECT id % 7 AS rest, t || ':b' AS t FROM awkward WHERE t LIKE '5%'",
        "COMMENT ON TABLE awkward IS 'naïve \U0001F40D :x %s 100%'",
        'CREATE TABLE "a:b %s" (id bigint GENERATED ALWAYS AS IDENTITY, n numeric(8, 2))',
        "CREATE TEXT SEARCH CONFIGURATION words (COPY = simple)",
        "CREATE OPERATOR CLASS numbers FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 3 =,"
        " FUNCTION 1 btint4cmp(int, int)",
    ):
        op.get_bind().exec_driver_sql(each, execution_options={"no_parameters": True})
"""
AWKWARD_UNDO = """
    for each in (
        "DROP VIEW seen", "DROP TABLE awkward", "DROP TYPE mood", 'DROP TABLE "a:b %s"',
        "DROP TEXT SEARCH CONFIGURATION words", "DROP OPERATOR FAMILY numbers USING btree CASCADE",
    ):
        op.get_bind().exec_driver_sql(each, execution_options={"no_parameters": True})
"""
INDEXED = """
    op.execute("CREATE INDEX first_id ON first (id)")
    op.get_bind().exec_driver_sql("SET search_path = 'it''s %s :a', public",
                                  execution_options={"no_parameters": True})
"""
HISTORY = (
    table("a1", "first"),
    rev("b2", AWKWARD, AWKWARD_UNDO),
    rev(
        "c3",
        'op.execute("ALTER TABLE awkward RENAME COLUMN id TO number")',
        'op.execute("ALTER TABLE awkward RENAME COLUMN number TO id")',
    ),
    rev("d4", INDEXED, 'op.execute("DROP INDEX first_id")'),
)


def assert_same(seen: Picture, truth: Picture) -> None:
    assert [each.text for each in compare(seen, truth, rights=True)] == []
    assert seen == truth


def pictures_of(walk: Walk) -> list[Picture]:
    """A picture after each step up, down and up again, each compared with a complete read."""
    reader = IncrementalReader(walk.run_sql)
    pictures = [reader.read_picture()]
    up, down = ("a1", "b2", "c3", "d4"), ("d4", "c3", "b2")
    for move, revisions in ((walk.up, up), (walk.down, down), (walk.up, up[1:3])):
        for revision in revisions:
            move(revision)
            pictures.append(reader.read_picture())
            assert_same(pictures[-1], read_picture(walk.run_sql))
    return pictures


@pytest.mark.parametrize("each_alone", [False, True], ids=["one transaction", "one each"])
@pytest.mark.parametrize("env_py", ENV_PYS.values(), ids=ENV_PYS)
def test_pictures_between_the_steps_equal_complete_reads(
    *, env_py: str, each_alone: bool, tmp_path: Path, empty_database: Database
) -> None:
    project = write_project(tmp_path, HISTORY, env_py=env_py)
    with (
        open_project(project) as child,
        child.walk(
            empty_database, mode=WalkMode.COMMAND_PER_MIGRATION if each_alone else WalkMode.PROJECT
        ) as walk,
    ):
        pictures = pictures_of(walk)
        if each_alone:
            assert_same(pictures[-1], read_database_picture(empty_database))
    assert_same(pictures[-1], read_database_picture(empty_database))
    prints = [each.fingerprint for each in pictures]
    assert prints[:8] == prints[:4] + prints[4:0:-1]
    assert prints[8:] == prints[2:4]
    assert len(set(prints)) == 5


@pytest.mark.parametrize("env_py", OF_EACH_STATEMENT.values(), ids=OF_EACH_STATEMENT)
def test_pictures_if_each_statement_is_committed_on_its_own(
    env_py: str, tmp_path: Path, empty_database: Database
) -> None:
    project = write_project(tmp_path, HISTORY[:3], env_py=env_py)
    with open_project(project) as child, child.walk(empty_database) as walk:
        reader = IncrementalReader(walk.run_sql)
        for revision in ("a1", "b2", "c3"):
            walk.up(revision)
            assert_same(reader.read_picture(), read_database_picture(empty_database))


CONCURRENTLY = """
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY first_id ON first (id)")
"""


# Without pg8000: Alembic's own autocommit_block fails with it.
@pytest.mark.parametrize("driver", ["psycopg2", "psycopg", "asyncpg"])
def test_pictures_are_right_after_an_autocommit_block(
    driver: str, tmp_path: Path, empty_database: Database
) -> None:
    history = (HISTORY[0], rev("b2", CONCURRENTLY), table("c3", "third"))
    project = write_project(tmp_path, history, env_py=ENV_PYS[driver])
    with open_project(project) as child, child.walk(empty_database) as walk:
        reader = IncrementalReader(walk.run_sql)
        for revision in ("a1", "b2", "c3"):
            walk.up(revision)
            assert_same(reader.read_picture(), read_picture(walk.run_sql))


def test_statements_that_a_migration_discards_are_prepared_again(
    tmp_path: Path, empty_database: Database
) -> None:
    discard = rev("b2", 'op.execute("CREATE TABLE t (a int)")\nop.execute("DEALLOCATE ALL")')
    project = write_project(
        tmp_path, (HISTORY[0], discard, table("c3", "third")), env_py=ENV_PYS["psycopg2"]
    )
    with open_project(project) as child, child.walk(empty_database) as walk:
        reader = IncrementalReader(walk.run_sql)
        for revision in ("a1", "b2", "c3"):
            walk.up(revision)
            assert_same(reader.read_picture(), read_picture(walk.run_sql))


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg", "pg8000", "asyncpg"])
def test_a_picture_in_a_transaction_that_has_failed_is_an_error_and_changes_nothing(
    driver: str, tmp_path: Path, empty_database: Database
) -> None:
    project = write_project(tmp_path, HISTORY[:2], env_py=ENV_PYS[driver])
    before = read_database_picture(empty_database)
    with (
        open_project(project) as child,
        pytest.raises(StepFailed) as caught,
        child.walk(empty_database) as walk,
    ):
        read_after_an_error(walk)
    assert caught.value.failure.sqlstate == "25P02"  # in_failed_sql_transaction
    assert_same(read_database_picture(empty_database), before)


def read_after_an_error(walk: Walk) -> None:
    reader = IncrementalReader(walk.run_sql)
    walk.up("a1")
    reader.read_picture()
    with pytest.raises(StepFailed, match="division by zero"):
        walk.run_sql("SELECT 1 / 0")
    reader.read_picture()


def test_a_reader_continues_after_an_error_if_each_step_has_its_own_transaction(
    tmp_path: Path, empty_database: Database
) -> None:
    project: Project = write_project(tmp_path, HISTORY[:2], env_py=ENV_PYS["psycopg"])
    with (
        open_project(project) as child,
        child.walk(empty_database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
    ):
        reader = IncrementalReader(walk.run_sql)
        walk.up("a1")
        reader.read_picture()
        with pytest.raises(StepFailed, match="division by zero"):
            walk.run_sql("SELECT 1 / 0")
        walk.up("b2")
        assert_same(reader.read_picture(), read_database_picture(empty_database))
