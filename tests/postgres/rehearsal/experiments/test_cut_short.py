"""Experiments that somebody ends early: each says what it has not seen, or that it saw nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.rehearsal.experiments.branches import orders
from alembic_rehearsal.rehearsal.experiments.full_downgrade import descent
from alembic_rehearsal.rehearsal.experiments.missing_rows import missing_rows
from alembic_rehearsal.rehearsal.experiments.stairway import stairway
from alembic_rehearsal.rehearsal.experiments.upgrade import FROM_EMPTY, FROM_SNAPSHOT, RESTORED
from alembic_rehearsal.rehearsal.facts.branches import Fork, Orders
from alembic_rehearsal.rehearsal.facts.downgrade import Stairway, WayDown
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.runner.context import INTERRUPTED, Context, Skip
from alembic_rehearsal.rehearsal.runner.scheduler import perform
from support.experiments import databases_on, staged
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
    with staged(project, databases_on(server)) as (stage, scene):
        stage.ended.set()
        assert set(stairway(stage, scene).missed) == {"a1", "b1", "c1"}
        assert descent(stage, scene).ways == (WayDown(Start.EMPTY, planned=3, is_cut_short=True),)
        assert orders(stage, scene).forks == (_cut_short(stage, 0),)


def test_a_fork_that_was_cut_short_does_not_claim_all_its_orders(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended while the plan's own order is run: the only other one never is."""
    project = write_project(tmp_path, FORKED)
    with staged(project, databases_on(server)) as (stage, scene):
        (ladder,) = stage.ladders(scene)
        keep = ladder.keep

        def keep_and_end(count: int) -> None:
            keep(count)
            stage.ended.set()

        monkeypatch.setattr(ladder, "keep", keep_and_end)
        found = orders(stage, scene)
        assert found == Orders((_cut_short(stage, 1),))
        assert found.note == "1 order, interrupted"


def test_a_search_for_missing_rows_that_was_ended_proves_nothing(
    tmp_path: Path, server: Server
) -> None:
    project = write_project(tmp_path, NEEDS_ROWS)
    snapshot = production(tmp_path, "CREATE TABLE public.t (id int);")
    with staged(project, databases_on(server), snapshot) as (stage, scene):
        seen = perform([FROM_EMPTY, RESTORED, FROM_SNAPSHOT], stage, scene).scene
        assert missing_rows(stage, seen).tables == ("public.t",)
        stage.ended.set()
        with pytest.raises(Skip, match=INTERRUPTED):
            missing_rows(stage, seen)


def test_what_was_looked_at_in_time_misses_nothing(tmp_path: Path, server: Server) -> None:
    project = write_project(tmp_path, FORKED[:2])
    with staged(project, databases_on(server)) as (stage, scene):
        found = stairway(stage, scene)
        stage.ended.set()
        assert (found.missed, len(found.stairs)) == ((), 2)
        assert Stairway.joined([found, Stairway((), missed=("b1",))]).missed == ("b1",)


def _cut_short(stage: Context, count: int) -> Fork:
    ids = tuple(each.id for each in stage.history.revisions[1:])
    return Fork(Start.EMPTY, ids, orders=count, is_all=False, is_cut_short=True)
