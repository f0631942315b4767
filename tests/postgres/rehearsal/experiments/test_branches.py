"""Forked histories run in their other orders: which pair matters, and which does not."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import fetch_rows
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.rehearsal.experiments.branches import FORK_ORDERS
from alembic_rehearsal.rehearsal.experiments.upgrade import RESTORED_SNAPSHOT
from alembic_rehearsal.rehearsal.facts.branches import Fork, ForkOrders
from alembic_rehearsal.rehearsal.facts.start import Start
from support.cli import rehearsal
from support.experiments import run_on_project
from support.projects import Rev, rev, table, write_project
from support.snapshots import production

CUSTOMERS = "CREATE TABLE public.customers (id integer);"


def sql(id: str, up: str, **more: str) -> Rev:
    return rev(id, f"op.execute({up!r})", **more)  # type: ignore[arg-type]


def run(folder: Path, server: Server, revisions: list[Rev], **settings: object) -> ForkOrders:
    project = write_project(folder, revisions)
    done = run_on_project(project, server, FORK_ORDERS, **settings)
    found: ForkOrders = done.evidence.facts[ForkOrders]
    return found


def fork_of(orders: ForkOrders) -> Fork:
    (fork,) = orders.forks
    return fork


def branch(letter: str, length: int, *, down: str = "r0") -> list[Rev]:
    """Tables that have nothing to do with each other, one on top of the other."""
    ids = [down, *(f"{letter}{number}" for number in range(length))]
    return [table(id, f"t_{id}", down=below) for below, id in pairwise(ids)]


def test_a_line_has_no_order_to_run(tmp_path: Path, server: Server) -> None:
    orders = run(tmp_path, server, [table("a1", "t"), table("b2", "u")])
    assert (orders.forks, orders.note) == ((), "the history does not fork")


def test_branches_that_do_not_touch_each_other_are_run_in_every_order(
    tmp_path: Path, server: Server
) -> None:
    heads = rev("m", down=("a1", "b1"))
    orders = run(tmp_path, server, [table("r0", "t"), *branch("a", 2), *branch("b", 2), heads])
    fork = fork_of(orders)
    assert (fork.start, fork.order_count, fork.is_all, fork.clashes) == (Start.EMPTY, 6, True, ())
    assert set(fork.revisions) == {"a0", "a1", "b0", "b1"}
    assert orders.note == "6 orders"


def test_of_long_branches_the_pair_that_matters_is_named(tmp_path: Path, server: Server) -> None:
    base = sql("r0", "CREATE TABLE t (c text)")
    left = [*branch("a", 2), sql("a2", "ALTER TABLE t ALTER c SET DEFAULT 'left'", down="a1")]
    right = [*branch("b", 1), sql("b1", "ALTER TABLE t ALTER c SET DEFAULT 'right'", down="b0")]
    more = [table("b2", "t_b2", down="b1"), rev("m", down=("a2", "b2"))]
    fork = fork_of(run(tmp_path, server, [base, *left, *right, *more]))
    (clash,) = fork.clashes
    assert {clash.first, clash.second} == {"a2", "b1"}
    assert [each.attribute for each in clash.differences] == ["default"]
    assert clash.failure is None


def test_an_order_that_fails_names_who_needs_whom_and_the_words_of_postgres(
    tmp_path: Path, server: Server
) -> None:
    revisions = [
        table("r0", "t"),
        sql("a1", "ALTER TABLE u ADD n int", down="r0"),
        sql("b1", "CREATE TABLE u (id int)", down="r0"),
        rev("m", down=("a1", "b1")),
    ]
    (clash,) = fork_of(run(tmp_path, server, revisions)).clashes
    assert (clash.first, clash.second) == ("b1", "a1")  # Alembic's own order
    assert clash.failure is not None
    assert (clash.failure.revision, clash.failure.sqlstate) == ("a1", "42P01")


def test_two_pairs_that_matter_are_both_found(tmp_path: Path, server: Server) -> None:
    def default(id: str, column: str, value: str, down: str) -> Rev:
        return sql(id, f"ALTER TABLE t ALTER {column} SET DEFAULT {value}", down=down)

    revisions = [
        sql("r0", "CREATE TABLE t (c int, d int)"),
        default("a1", "c", "1", "r0"),
        default("a2", "d", "1", "a1"),
        default("b1", "c", "2", "r0"),
        default("b2", "d", "2", "b1"),
        rev("m", down=("a2", "b2")),
    ]
    clashes = fork_of(run(tmp_path, server, revisions)).clashes
    found = {frozenset((each.first, each.second)) for each in clashes}
    assert found == {frozenset(("a1", "b1")), frozenset(("a2", "b2"))}


def test_a_dependency_takes_the_order_away(tmp_path: Path, server: Server) -> None:
    revisions = [
        sql("r0", "CREATE TABLE t (c text DEFAULT 'none')"),
        sql("a1", "ALTER TABLE t ALTER c SET DEFAULT 'left'", down="r0"),
        sql("b1", "ALTER TABLE t ALTER c SET DEFAULT 'right'", down="r0", depends_on="a1"),
        rev("m", down=("a1", "b1")),
    ]
    assert run(tmp_path, server, revisions).forks == ()


def test_heads_that_nobody_has_merged_are_run_in_every_order(
    tmp_path: Path, server: Server
) -> None:
    base = sql("r0", "CREATE TYPE tier AS ENUM ('free')")
    left = sql("a1", "ALTER TYPE tier ADD VALUE 'left'", down="r0")
    right = sql("b1", "ALTER TYPE tier ADD VALUE 'right'", down="r0")
    fork = fork_of(run(tmp_path, server, [base, left, right]))
    assert [{each.first, each.second} for each in fork.clashes] == [{"a1", "b1"}]


def test_two_trunks_from_nothing_are_a_fork(tmp_path: Path, server: Server) -> None:
    fork = fork_of(run(tmp_path, server, [table("a1", "t"), table("b1", "u", down=())]))  # type: ignore[arg-type]
    assert (set(fork.revisions), fork.order_count) == ({"a1", "b1"}, 2)


def test_the_order_of_columns_is_no_difference(tmp_path: Path, server: Server) -> None:
    base = table("r0", "t")
    left = sql("a1", "ALTER TABLE t ADD a int", down="r0")
    right = sql("b1", "ALTER TABLE t ADD b int", down="r0")
    fork = fork_of(run(tmp_path, server, [base, left, right]))
    assert (fork.order_count, fork.clashes) == (2, ())


def test_beyond_the_bound_a_sample_is_run_and_its_seed_reported(
    tmp_path: Path, server: Server
) -> None:
    revisions = [table("r0", "t"), *branch("a", 4), *branch("b", 4)]
    orders = run(tmp_path, server, revisions, random_seed=7)
    assert (fork_of(orders).order_count, fork_of(orders).is_all) == (24, False)
    assert orders.note == "24 orders, some forks have more; sampled with --seed 7"


def test_a_schema_that_differs_each_time_is_not_blamed_on_the_order(
    tmp_path: Path, server: Server
) -> None:
    chance = "import secrets\nop.execute(f'CREATE TABLE t_{secrets.token_hex(4)} (id int)')"
    revisions = [table("r0", "t"), *branch("a", 1), rev("b1", chance, down="r0")]
    fork = fork_of(run(tmp_path, server, revisions))
    assert (fork.is_nondeterministic, fork.clashes) == (True, ())


def test_a_fork_that_the_plans_own_order_does_not_reach_is_not_blamed_on_any_order(
    tmp_path: Path, server: Server
) -> None:
    revisions = [sql("r0", "CREATE TABEL t ()"), *branch("a", 1), *branch("b", 1)]
    fork = fork_of(run(tmp_path, server, revisions))
    assert (fork.is_unreached, fork.order_count, fork.clashes) == (True, 0, ())


def test_from_the_snapshot_only_what_is_pending_is_run_in_other_orders(
    tmp_path: Path, server: Server
) -> None:
    project = write_project(
        tmp_path,
        [
            table("r0", "customers"),
            *branch("a", 1),
            *branch("b", 1),
            rev("m", down=("a0", "b0")),
            *branch("c", 1, down="m"),
            *branch("d", 1, down="m"),
        ],
    )
    snapshot = production(
        tmp_path,
        f"{CUSTOMERS}\nCREATE TABLE public.t_a0 (id int);\nCREATE TABLE public.t_b0 (id int);",
        revisions=("a0", "b0"),
    )
    done = run_on_project(project, server, RESTORED_SNAPSHOT, FORK_ORDERS, snapshot=snapshot)
    forks = done.evidence.facts[ForkOrders].forks
    assert [(each.start, set(each.revisions)) for each in forks] == [
        (Start.EMPTY, {"a0", "b0"}),
        (Start.EMPTY, {"c0", "d0"}),
        (Start.SNAPSHOT, {"c0", "d0"}),
    ]


def test_no_database_of_an_order_stays(tmp_path: Path, server: Server) -> None:
    def count() -> int:
        beside = Database(server, "postgres")
        return int(fetch_rows(beside, "SELECT count(*) FROM pg_database")[0][0])

    before = count()
    run(tmp_path, server, [table("r0", "t"), *branch("a", 2), *branch("b", 2)])
    assert count() - before <= 1  # where the fork begins


@pytest.mark.parametrize("given", ["option", "variable", "setting"])
def test_the_seed_can_be_given_again(tmp_path: Path, given: str) -> None:
    write_project(tmp_path, [table("r0", "t"), *branch("a", 3), *branch("b", 4)])
    (tmp_path / "rehearsal.toml").write_text("random_seed = 7\n" if given == "setting" else "")
    done = rehearsal(
        "run",
        "--format",
        "json",
        *(("--seed", "7") if given == "option" else ()),
        folder=tmp_path,
        variables={"REHEARSAL_SEED": "7"} if given == "variable" else {},
    )
    notes = [act["note"] for act in json.loads(done.stdout)["acts"]]
    assert "24 orders, some forks have more; sampled with --seed 7" in notes


def test_a_seed_that_is_no_number_is_a_mistake_of_the_environment(tmp_path: Path) -> None:
    write_project(tmp_path, [table("r0", "t")])
    done = rehearsal("run", folder=tmp_path, variables={"REHEARSAL_SEED": "lucky"})
    assert done.returncode == 2
    assert "REHEARSAL_SEED = 'lucky' should be a whole number" in done.stderr
    assert "try: export REHEARSAL_SEED=7\n   or: unset REHEARSAL_SEED" in done.stderr
