"""The printed SQL, run as psql would, against the upgrade."""

from __future__ import annotations

from pathlib import Path

from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.rehearsal.experiments.offline import OFFLINE_SQL
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.offline import OfflineSql
from support.experiments import WAYS_UP, found, run_on_project
from support.projects import ENV_PY, Rev, rev, table, write_project
from support.snapshots import production

EACH_ALONE = ENV_PY.replace(
    "target_metadata=target_metadata", "transaction_per_migration=True"
).replace("literal_binds=True", "literal_binds=True, transaction_per_migration=True")
NAMED = ENV_PY.replace(
    "literal_binds=True", 'literal_binds=True, dialect_opts={"paramstyle": "named"}'
)
ONLINE_ONLY = "if not op.get_context().as_sql:\n    op.execute({sql!r})"
ASKS = 'assert op.get_bind().execute(sa.text("SELECT 1")).scalar() == 1\n'
MOOD = """
op.create_table(
    "t",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("mood", sa.Enum("x", "it's;", name="mood"), server_default="x"),
    sa.Column("at", sa.Date),
)
"""
FUNCTION = """
op.execute(
    "CREATE FUNCTION f(a int) RETURNS text LANGUAGE plpgsql AS $$BEGIN RETURN '5%;' || a; END$$;"
    " COMMENT ON TABLE t IS 'a;b'; -- ;"
)
"""
ROWS = """
from datetime import date
mood = sa.Enum("x", "it's;", name="mood")
moods = sa.table("t", sa.column("mood", mood), sa.column("at", sa.Date))
op.bulk_insert(moods, [{"mood": "it's;", "at": date(2026, 1, 2)}, {"mood": "x", "at": None}])
op.execute(moods.update().where(moods.c.mood == "x").values(at=date(2026, 3, 4)))
"""
CONCURRENTLY = """
with op.get_context().autocommit_block():
    op.create_index("i", "t", ["mood"], postgresql_concurrently=True)
"""


def ran(folder: Path, server: Server, *revisions: Rev, env_py: str = NAMED) -> Evidence:
    project = write_project(folder, revisions, env_py=env_py)
    return run_on_project(project, server, *WAYS_UP, OFFLINE_SQL).evidence


def of(evidence: Evidence) -> OfflineSql:
    return evidence.fact(OfflineSql)


def test_what_is_printed_does_what_the_upgrade_does(tmp_path: Path, server: Server) -> None:
    """From empty and from the snapshot, with a revision in between that asks the database."""
    revisions = [
        rev("a1", MOOD),
        rev("b2", FUNCTION),
        rev("c3", ASKS + 'op.execute("CREATE TABLE asked (id int)")'),
        rev("d4", ROWS),
        rev("e5", CONCURRENTLY),
        rev("f6", 'op.add_column("asked", sa.Column("name", sa.Text))'),
    ]
    evidence = run_on_project(
        write_project(tmp_path, revisions, env_py=NAMED),
        server,
        *WAYS_UP,
        OFFLINE_SQL,
        snapshot=production(
            tmp_path,
            "CREATE TYPE mood AS ENUM ('x', 'it''s;');"
            "CREATE TABLE t (id serial PRIMARY KEY, mood mood DEFAULT 'x', at date);",
        ),
    ).evidence
    assert of(evidence).divergences == ()
    assert [(each.revision, each.is_declared) for each in of(evidence).unprintable] == [
        ("c3", False)
    ]
    assert found("U7", evidence) == []
    (note,) = found("U8", evidence)
    assert (note.revision, note.fails) == ("c3", False)
    assert note.do == "alembic upgrade b2:c3 --sql   (shows where)"


def test_what_only_the_upgrade_does_is_found_in_each_revision(
    tmp_path: Path, server: Server
) -> None:
    revisions = [
        table("a1", "t"),
        rev("b2", ONLINE_ONLY.format(sql="CREATE INDEX i ON t (id)")),
        rev("c3", ONLINE_ONLY.format(sql="ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0)")),
        rev("d4", ONLINE_ONLY.format(sql="INSERT INTO t VALUES (1)")),
        rev("e5", 'op.execute("INSERT INTO t VALUES (2)")'),
    ]
    evidence = ran(tmp_path, server, *revisions)
    texts = {each.revision: [d.text for d in each.differences] for each in of(evidence).divergences}
    assert texts == {
        "b2": ["index public.i is gone"],
        "c3": ["constraint public.t.c is gone"],
        "d4": ["rows of public.t: number 2 became 1"],
    }
    first, *_ = found("U7", evidence)
    assert first.what == (
        "from an empty database, the SQL of b2 has another result than the upgrade: "
        "index public.i is missing."
    )
    assert first.do == "alembic upgrade a1:b2 --sql   (prints it)"


def test_each_revision_whose_sql_fails_is_found(tmp_path: Path, server: Server) -> None:
    insert = 'sa.text("INSERT INTO t VALUES (:id)").bindparams(sa.bindparam("id", 1))'
    revisions = [
        table("a1", "t"),
        rev("b2", f"op.execute({insert})"),
        table("c3", "u"),
        rev("d4", ONLINE_ONLY.format(sql="CREATE TABLE v (id int)")),
        rev("e5", 'op.execute("ALTER TABLE v ADD COLUMN a int")'),
        table("f6", "w"),
    ]
    env_py = NAMED.replace("literal_binds=True, ", "")
    divergences = of(ran(tmp_path, server, *revisions, env_py=env_py)).divergences
    assert [(each.revision, each.failure and each.failure.sqlstate) for each in divergences] == [
        ("b2", "42601"),
        ("e5", "42P01"),
        ("d4", None),
    ]
    assert [each.text for each in divergences[2].differences] == ["table public.v is gone"]
    assert divergences[0].failure is not None
    assert divergences[0].failure.statement == "INSERT INTO t VALUES (:id::INTEGER)"


def test_what_alembic_runs_itself_is_not_said_to_be_sql_that_fails(
    tmp_path: Path, server: Server
) -> None:
    revisions = [
        table("a1", "t"),
        rev("b2", ONLINE_ONLY.format(sql="CREATE TABLE v (id int)")),
        rev("c3", ASKS + 'op.execute("ALTER TABLE v ADD COLUMN a int")'),
        rev("d4", ASKS),
    ]
    evidence = ran(tmp_path, server, *revisions)
    assert of(evidence).note == "2 revisions without SQL run by Alembic: c3, d4"
    whats = {each.revision: each.what for each in found("U7", evidence)}
    assert whats["c3"].startswith(
        "from an empty database, after the SQL of the revisions before it, the upgrade of c3 "
        'fails: relation "v" does not exist'
    )


def test_a_table_that_only_looks_like_alembics_is_the_projects(
    tmp_path: Path, server: Server
) -> None:
    env_py = NAMED.replace("literal_binds=True", "version_table='stand', literal_binds=True")
    env_py = env_py.replace("target_metadata=target_metadata", "version_table='stand'")
    revisions = [
        rev("a1", 'op.execute("CREATE TABLE releases (version_num int)")'),
        rev("b2", ONLINE_ONLY.format(sql="INSERT INTO releases VALUES (1)")),
    ]
    (deviation,) = of(ran(tmp_path, server, *revisions, env_py=env_py)).divergences
    assert deviation.revision == "b2"
    assert [each.text for each in deviation.differences] == [
        "rows of public.releases: number 1 became 0"
    ]


def test_a_doubled_percent_sign_is_found(tmp_path: Path, server: Server) -> None:
    """Without `paramstyle` "named" SQLAlchemy prints what psycopg2 would read as one."""
    revisions = [
        table("a1", "t"),
        rev("b2", "op.execute(\"COMMENT ON TABLE t IS '5%'\")"),
        rev("c3", "op.execute(\"CREATE TABLE u AS SELECT '5%' AS a\")"),
    ]
    divergences = of(ran(tmp_path, server, *revisions, env_py=ENV_PY)).divergences
    texts = {each.revision: [d.text for d in each.differences] for each in divergences}
    assert texts["b2"] == ["table public.t: comment 5% became 5%%"]
    (values,) = texts["c3"]
    assert values.startswith("values of public.u.a: checksum ")


def test_rows_that_differ_by_the_clock_or_by_chance_are_no_difference(
    tmp_path: Path, server: Server
) -> None:
    revisions = [
        rev("a1", 'op.execute("CREATE TABLE t (id serial, at timestamptz, token text)")'),
        rev("b2", 'op.execute("INSERT INTO t (at, token) VALUES (now(), md5(random()::text))")'),
    ]
    assert of(ran(tmp_path / "a", server, *revisions)).divergences == ()
    fails = rev("c3", "op.execute('SELECT 1' if not op.get_context().as_sql else 'SELECT no')")
    divergences = of(ran(tmp_path / "b", server, *revisions, fails)).divergences
    assert [each.revision for each in divergences] == ["c3"]


def test_a_script_counts_as_psql_would_send_it(tmp_path: Path, server: Server) -> None:
    """Statements of one string are sent one by one; a failing COMMIT is the revision's."""
    revisions = [
        rev("a1", 'op.execute("CREATE TABLE t (id int); CREATE TABLE u (id int)")'),
        rev(
            "b2",
            "with op.get_context().autocommit_block():\n"
            '    op.execute("CREATE INDEX CONCURRENTLY i ON t (id)")',
        ),
    ]
    assert of(ran(tmp_path, server, *revisions, env_py=EACH_ALONE)).divergences == ()


def test_an_env_py_that_always_connects_is_not_judged(tmp_path: Path, server: Server) -> None:
    env_py = ENV_PY.replace("if context.is_offline_mode()", "if False")
    evidence = ran(tmp_path, server, table("a1", "t"), env_py=env_py)
    assert OfflineSql not in evidence.facts
    assert evidence.skipped[OfflineSql] == (
        "env.py connects to the database although SQL alone is asked for "
        f"({tmp_path}/migrations/env.py:12)"
    )


def test_where_no_upgrade_gets_to_head_nothing_is_printed(tmp_path: Path, server: Server) -> None:
    evidence = ran(tmp_path, server, rev("a1", 'op.execute("SELECT nothing")'))
    assert evidence.skipped[OfflineSql] == "no upgrade got to head"


def test_production_at_head_has_nothing_to_print(tmp_path: Path, server: Server) -> None:
    evidence = run_on_project(
        write_project(tmp_path, [table("a1", "t")], env_py=NAMED),
        server,
        *WAYS_UP,
        OFFLINE_SQL,
        snapshot=production(tmp_path, "CREATE TABLE t (id int);"),
    ).evidence
    assert of(evidence) == OfflineSql()
