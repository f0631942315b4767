"""Interrupted experiments: each says what it did not look at, or that it looked at nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.rehearsal.experiments.branches import run_fork_orders
from alembic_rehearsal.rehearsal.experiments.full_downgrade import walk_full_downgrade
from alembic_rehearsal.rehearsal.experiments.missing_rows import find_missing_rows
from alembic_rehearsal.rehearsal.experiments.stairway import walk_stairway
from alembic_rehearsal.rehearsal.experiments.upgrade import (
    RESTORED_SNAPSHOT,
    UPGRADE_FROM_EMPTY,
    UPGRADE_FROM_SNAPSHOT,
)
from alembic_rehearsal.rehearsal.facts.branches import Fork, ForkOrders
from alembic_rehearsal.rehearsal.facts.downgrade import DowngradeWalk, Stairway
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.runner.context import INTERRUPTED, Context, Skip
from alembic_rehearsal.rehearsal.runner.scheduler import run_experiments
from support.experiments import databases_on, open_context
from support.projects import rev, table, write_project
from support.snapshots import production

FORKED = [table("a1", "t"), table("b1", "u", down="a1"), table("c1", "v", down="a1")]
NEEDS_ROWS = [
    rev("a1", "op.execute('CREATE TABLE t (id int)')\nop.execute('INSERT INTO t VALUES (1)')"),
    rev("b2", "op.get_bind().execute(sa.text('SELECT id FROM t')).scalars().one()"),
]


def test_what_nobody_looked_at_is_named_by_revision_by_start_and_by_fork(
    tmp_path: Path, server: Server
) -> None:
    project = write_project(tmp_path, FORKED)
    with open_context(project, databases_on(server)) as (context, evidence):
        context.interrupted.set()
        assert set(walk_stairway(context, evidence).missed) == {"a1", "b1", "c1"}
        assert walk_full_downgrade(context, evidence).walks == (
            DowngradeWalk(Start.EMPTY, planned=3, is_interrupted=True),
        )
        assert run_fork_orders(context, evidence).forks == (_interrupted_fork(context, 0),)


def test_an_interrupted_fork_does_not_claim_all_its_orders(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted while the plan's own order is run: the only other order is never run."""
    project = write_project(tmp_path, FORKED)
    with open_context(project, databases_on(server)) as (context, evidence):
        (checkpoints,) = context.checkpoints(evidence)
        save = checkpoints.save

        def save_and_interrupt(count: int) -> None:
            save(count)
            context.interrupted.set()

        monkeypatch.setattr(checkpoints, "save", save_and_interrupt)
        found = run_fork_orders(context, evidence)
        assert found == ForkOrders((_interrupted_fork(context, 1),))
        assert found.note == "1 order, interrupted"


def test_a_search_for_missing_rows_that_was_interrupted_proves_nothing(
    tmp_path: Path, server: Server
) -> None:
    project = write_project(tmp_path, NEEDS_ROWS)
    snapshot = production(tmp_path, "CREATE TABLE public.t (id int);")
    with open_context(project, databases_on(server), snapshot) as (context, evidence):
        seen = run_experiments(
            [UPGRADE_FROM_EMPTY, RESTORED_SNAPSHOT, UPGRADE_FROM_SNAPSHOT], context, evidence
        ).evidence
        assert find_missing_rows(context, seen).tables == ("public.t",)
        context.interrupted.set()
        with pytest.raises(Skip, match=INTERRUPTED):
            find_missing_rows(context, seen)


def test_a_stairway_that_ended_before_the_interruption_misses_nothing(
    tmp_path: Path, server: Server
) -> None:
    project = write_project(tmp_path, FORKED[:2])
    with open_context(project, databases_on(server)) as (context, evidence):
        found = walk_stairway(context, evidence)
        context.interrupted.set()
        assert (found.missed, len(found.round_trips)) == ((), 2)
        assert Stairway.join([found, Stairway((), missed=("b1",))]).missed == ("b1",)


def _interrupted_fork(context: Context, count: int) -> Fork:
    ids = tuple(each.id for each in context.history.revisions[1:])
    return Fork(Start.EMPTY, ids, order_count=count, is_all=False, is_interrupted=True)
