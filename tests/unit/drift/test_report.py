"""What `rehearsal drift` prints."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.drift.report import drift_json, drift_text
from alembic_rehearsal.drift.values import Drift, Fix, FixDirection, ModelDrift

FOLDER = Path("/project")
DRIFT = Drift(
    database="postgresql://a:***@b/shop",
    revisions=("a1",),
    pending=("b2",),
    heads=("b2",),
    server="PostgreSQL 18.6 (embedded)",
    note="",
    differences=(
        Difference("index", "public.i", Change.ADDED, second="btree (a)"),
        Difference("table", "public.t", Change.CHANGED, "order of columns", "a", "b", real=False),
    ),
    not_compared=("subscription: this role may not read pg_subscription",),
    models=ModelDrift(
        (
            Difference("column", "public.t.a", Change.CHANGED, "not null", "yes", ""),
            Difference("column", "public.t.b", Change.CHANGED, "type", "text", "integer"),
        ),
        ("table x is in the models, not in the database",),
    ),
)
FIX = Fix(
    FixDirection.DATABASE,
    FOLDER / "versions" / "1_cure.py",
    ("index public.i is gone",),
    ("DATA LOSS: column c",),
    ("cast x: no statement",),
    ("nothing differs",),
)


def test_both_comparisons_are_shown_with_what_each_was_made_with() -> None:
    assert drift_text(DRIFT, folder=FOLDER).splitlines() == [
        "database  postgresql://a:***@b/shop",
        "          at a1, 1 pending",
        "server    PostgreSQL 18.6 (embedded)",
        "",
        "against the history at a1",
        "  index public.i is new",
        "  table public.t: order of columns a became b   (cosmetic)",
        "  1 real, 1 cosmetic",
        "  not compared: subscription: this role may not read pg_subscription",
        "",
        "against the models at b2",
        "  table x is in the models, not in the database",
        "  column public.t.a: not null in the database, nullable in the models",
        "  column public.t.b: type text in the database, type integer in the models",
        "  3 real",
    ]


def test_what_a_fix_does_loses_proves_and_leaves_is_shown() -> None:
    text = drift_text(replace(DRIFT, fix=FIX), folder=FOLDER)
    assert text.splitlines()[-6:] == [
        "fix the database: versions/1_cure.py",
        "  after it: index public.i is gone",
        "  WARNING DATA LOSS: column c",
        "  proven: nothing differs",
        "  not expressed: cast x: no statement",
        "  read it, edit it, and rehearse it: rehearsal run",
    ]


def test_only_real_drift_fails_and_a_fix_that_leaves_something() -> None:
    assert DRIFT.fails
    cosmetic = replace(
        DRIFT, differences=DRIFT.differences[1:], models=ModelDrift(not_judged="why")
    )
    assert not cosmetic.fails
    assert replace(cosmetic, fix=FIX).fails
    assert not replace(DRIFT, fix=replace(FIX, unexpressed=())).fails


def test_programs_get_the_same() -> None:
    content = json.loads(drift_json(replace(DRIFT, fix=FIX), folder=FOLDER))
    assert content["real"] == 4
    assert content["history"][0]["text"] == "index public.i is new"
    assert content["fix"]["not_expressed"] == ["cast x: no statement"]
    assert content["models"]["not_judged"] is None
