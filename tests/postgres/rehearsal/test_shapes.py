"""Histories and projects of every shape, rehearsed as a whole: one finding for one root cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg2
import pytest

from alembic_rehearsal.core.settings.files import find_settings
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.core.values.errors import ProjectDoesNotLoad
from alembic_rehearsal.rehearsal.facts.downgrade import Stairway
from alembic_rehearsal.rehearsal.facts.report import Report
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.rehearse import RehearsalResult, rehearse
from alembic_rehearsal.rehearsal.runner import checkpoints
from support.projects import ENV_PY, Rev, rev, table, write_project
from support.snapshots import production

Hold = Callable[..., AbstractContextManager[RehearsalResult]]


def sql(*statements: str) -> str:
    return "\n".join(f"op.execute({each!r})" for each in statements)


@pytest.fixture
def hold(tmp_path: Path, server: Server) -> Hold:
    """A function that holds a rehearsal of these revisions, on the test's server."""

    @contextmanager
    def held(
        revisions: list[Rev],
        env_py: str = ENV_PY,
        schema: str = "",
        at: tuple[str, ...] = ("a1",),
        scope: Scope | None = None,
        settings: str = "",
    ) -> Iterator[RehearsalResult]:
        project = write_project(tmp_path, revisions, env_py=env_py)
        if schema:
            production(tmp_path, schema, revisions=at)
        url = Database(server, "postgres").url("")
        lines = [f'server = "{url}"', "disposable = true", settings]
        (tmp_path / "rehearsal.toml").write_text("\n".join(lines))
        found = find_settings(project.config)
        with rehearse(project, found, tell=lambda _: None, scope=scope) as rehearsal:
            yield rehearsal

    return held


def reported(report: Report) -> list[tuple[str, str]]:
    return [(each.code, each.revision) for each in report.findings]


def test_a_history_without_revisions_is_one_finding_and_starts_nothing(hold: Hold) -> None:
    with hold([]) as held:
        assert reported(held.report) == [("H2", "")]
        assert held.report.run.server is None


def test_a_first_revision_that_fails_is_one_finding(hold: Hold) -> None:
    with hold([rev("a1", sql("CREATE TABEL t ()")), table("b2", "u"), rev("c3")]) as held:
        assert reported(held.report) == [("U1", "a1")]
        not_reached = [each for each in held.report.not_judged if each.why.startswith("not rea")]
        assert {each.code for each in not_reached} >= {"D1", "D2", "D3", "D4"}
        assert not_reached[0].why == "not reached: a1, b2, c3"


def test_a_history_that_starts_from_production_alone_is_judged_from_there(hold: Hold) -> None:
    """Its first revision asks for a table that somebody made by hand."""
    revisions = [rev("a1", sql("ALTER TABLE shop ADD n int")), table("b2", "u")]
    schema = "CREATE TABLE public.shop (n integer);"
    with hold(revisions, schema=schema, settings="replayable = false") as held:
        assert reported(held.report) == []
        stairway = held.report.run.evidence.fact(Stairway)
        assert [each.revision for each in stairway.round_trips] == ["b2"]
        assert stairway.unreached == ()


def test_production_at_head_has_nothing_to_take(hold: Hold) -> None:
    with hold([table("a1", "customers")], schema="CREATE TABLE public.customers (id int);") as held:
        assert reported(held.report) == []
        assert held.report.pending == ()


def test_two_sound_heads_are_one_finding(hold: Hold) -> None:
    revisions = [table("a1", "t"), table("b2", "u"), table("c3", "v", down="a1")]
    with hold(revisions) as held:
        assert [code for code, _ in reported(held.report)] == ["H1"]


def test_a_history_that_depends_across_its_branches_is_taken_in_its_order(hold: Hold) -> None:
    revisions = [
        table("a1", "t", labels="shop"),
        rev("x1", sql("CREATE TABLE x ()"), sql("DROP TABLE x"), down=(), labels="stock"),
        rev(
            "b2",
            sql("ALTER TABLE x ADD n int"),
            sql("ALTER TABLE x DROP n"),
            down="a1",
            depends_on="x1",
        ),
        rev("m3", down=("b2", "x1")),
    ]
    with hold(revisions) as held:
        assert reported(held.report) == []


@pytest.mark.parametrize("cores", ["1", "4"])
def test_the_report_does_not_depend_on_the_number_of_cores(
    hold: Hold, monkeypatch: pytest.MonkeyPatch, cores: str
) -> None:
    monkeypatch.setenv("REHEARSAL_CORES", cores)
    revisions = [
        table("a1", "customers"),
        rev("b2", sql("CREATE TYPE mood AS ENUM ('a')"), sql("SELECT 1")),
        rev("c3", sql("CREATE TABLE v ()"), sql("DROP TABLE w")),
        rev("d4", sql("INSERT INTO customers VALUES (1)"), "pass"),
        rev("e5", sql("CREATE VIEW ids AS SELECT id FROM customers"), "pass"),
    ]
    with hold(revisions, schema="CREATE TABLE public.customers (id integer);") as held:
        assert reported(held.report) == [("D3", "b2"), ("D3", "c3"), ("D1", "e5")]


def test_databases_that_are_shown_can_be_connected_to(
    hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checkpoints are sealed templates, which accept no connection."""
    monkeypatch.setattr(checkpoints, "SPACING", 1)
    revisions = [table("a1", "customers"), table("b2", "u"), table("c3", "v")]
    with hold(revisions, schema="CREATE TABLE public.customers (id integer);") as held:
        assert len(held.databases) >= 2
        for each in held.databases:
            psycopg2.connect(each.url("")).close()


@pytest.mark.parametrize("checks", [None, frozenset({"D2", "D3"})])
def test_an_env_py_that_never_loads_holds_no_rehearsal(
    hold: Hold, checks: frozenset[str] | None
) -> None:
    """Whatever is asked for: nothing could be said of any revision."""
    env_py = "raise RuntimeError('no such setting')\n" + ENV_PY
    with (
        pytest.raises(ProjectDoesNotLoad, match="no such setting"),
        hold([table("a1", "t")], env_py, scope=Scope(checks)),
    ):
        pass


@pytest.mark.parametrize(
    "env_py",
    [
        "from alembic import context\n",
        ENV_PY.replace("            context.run_migrations()\n\n\nif", "            pass\n\n\nif"),
        ENV_PY.replace("    run_migrations_online()\n", "    raise SystemExit(0)\n"),
    ],
)
def test_an_env_py_that_runs_nothing_leaves_both_upgrades_at_their_starts(
    hold: Hold, env_py: str
) -> None:
    revisions = [table("a1", "t"), table("b2", "u")]
    with hold(revisions, env_py, "CREATE TABLE public.t (id integer);") as held:
        assert reported(held.report) == [("U1", ""), ("U2", "")]
        first, second = (each.what for each in held.report.findings)
        assert "the version table holds nothing instead of b2" in first
        assert "the version table holds a1 instead of b2" in second
        assert all(each.path and each.path.name == "env.py" for each in held.report.findings)


def test_an_env_py_that_runs_nothing_where_production_is_at_head_is_reported_for_its_second_run(
    hold: Hold,
) -> None:
    env_py = "from alembic import context\n"
    schema, settings = "CREATE TABLE public.t (id integer);", "replayable = false"
    with hold([table("a1", "t")], env_py, schema, settings=settings) as held:
        assert reported(held.report) == [("U9", "")]


def test_a_version_table_elsewhere_is_not_part_of_the_schema(hold: Hold) -> None:
    env_py = ENV_PY.replace(
        "        context.configure(connection=connection,",
        "        connection.exec_driver_sql('CREATE SCHEMA IF NOT EXISTS ops')\n"
        "        connection.commit()\n"
        "        context.configure(connection=connection, version_table='stamps',\n"
        "            version_table_schema='ops',",
    )
    revisions = [table("a1", "t")]
    with hold(revisions, env_py) as held:
        # Offline mode does not make the schema that env.py makes online: U7 is right.
        assert {code for code, _ in reported(held.report)} == {"U7"}


AUTOCOMMIT = ENV_PY.replace(
    "poolclass=pool.NullPool", 'poolclass=pool.NullPool, isolation_level="AUTOCOMMIT"'
)


def test_an_env_py_in_autocommit_blames_one_revision_for_a_half_done_downgrade(hold: Hold) -> None:
    revisions = [
        table("a1", "t"),
        rev("b2", sql("CREATE INDEX ti ON t (id)"), sql("DROP INDEX ti", "DROP TABLE nothing")),
        rev("c3", sql("CREATE TABLE u (id int)"), sql("DROP TABLE u")),
    ]
    with hold(revisions, AUTOCOMMIT) as held:
        assert reported(held.report) == [("D3", "b2")]


def test_an_upgrade_of_several_transactions_that_fails_half_way_is_one_finding(hold: Hold) -> None:
    half = "with op.get_context().autocommit_block():\n    op.execute('CREATE TABLE u ()')\n"
    revisions = [table("a1", "t"), rev("b2", half + sql("CREATE TABEL v ()"), sql("DROP TABLE u"))]
    with hold(revisions) as held:
        assert reported(held.report) == [("U1", "b2")]
