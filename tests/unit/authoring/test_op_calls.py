"""Advice on what to write into a revision: lines to paste, and none for what is not simple."""

from __future__ import annotations

import ast

import pytest

from alembic_rehearsal.authoring.op_calls import (
    downgrade_calls,
    guard_advice,
    self_contained_advice,
)
from alembic_rehearsal.core.history.revisions import OutsideUse
from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.schema.difference import YES, Change, Difference


def left(kind: str, name: str) -> Difference:
    return Difference(kind, name, Change.ADDED)


def became(attribute: str, first: str, second: str) -> Difference:
    return Difference("column", "public.t.c", Change.CHANGED, attribute, first, second)


@pytest.mark.parametrize(
    ("difference", "line"),
    [
        (left("table", "public.t"), 'op.drop_table("t")'),
        (left("table", 'shop."My t"'), 'op.drop_table("My t", schema="shop")'),
        (left("index", "public.ix"), 'op.drop_index("ix")'),
        (left("column", "public.t.c"), 'op.drop_column("t", "c")'),
        (left("constraint", "public.t.ck"), 'op.drop_constraint("ck", "t")'),
        (left("enum", "public.tier"), 'op.execute("DROP TYPE public.tier")'),
        (left("function", "public.f(integer)"), 'op.execute("DROP FUNCTION public.f(integer)")'),
        (left("view", 'public."V"'), 'op.execute("DROP VIEW public.\\"V\\"")'),
        (became("not null", YES, ""), 'op.alter_column("t", "c", nullable=False)'),
        (became("not null", "", YES), 'op.alter_column("t", "c", nullable=True)'),
        (became("default", "0", ""), 'op.alter_column("t", "c", server_default=sa.text("0"))'),
        (became("default", "", "0"), 'op.alter_column("t", "c", server_default=None)'),
    ],
)
def test_what_is_simple_to_undo_is_a_line_of_python(difference: Difference, line: str) -> None:
    assert downgrade_calls([difference]) == [line]
    ast.parse(line)


@pytest.mark.parametrize(
    "difference",
    [
        Difference("index", "public.ix", Change.REMOVED),
        became("type", "integer", "text"),
        left("trigger", "public.t.tr"),
        left("constraint", "public.domain_check"),
    ],
)
def test_what_is_not_simple_to_undo_is_no_line(difference: Difference) -> None:
    assert downgrade_calls([difference]) == []


def test_there_are_at_most_five_lines_and_none_twice() -> None:
    assert len(downgrade_calls(left("table", f"public.t{number}") for number in range(9))) == 5
    assert len(downgrade_calls([left("table", "public.t")] * 2)) == 1


@pytest.mark.parametrize(
    ("sqlstate", "statement", "begins"),
    [
        ("42P07", "CREATE TABLE t ()", "op.create_table(..., if_not_exists=True)"),
        ("42P07", "\nCREATE UNIQUE INDEX i ON t", "op.create_index(..., if_not_exists=True)"),
        ("42701", "ALTER TABLE t ADD c int", "op.add_column(..., if_not_exists=True)"),
        ("42710", "CREATE TYPE mood AS ENUM ()", "sa.Enum(..., name=...).create(op.get_bind(), "),
        ("42703", "ALTER TABLE t DROP c", "op.drop_column(..., if_exists=True)"),
        ("23505", "INSERT", "if NAME not in sa.inspect(op.get_bind()).get_table_names():"),
    ],
)
def test_what_fails_the_second_time_is_guarded(sqlstate: str, statement: str, begins: str) -> None:
    failure = Failure('type "mood" exists', "E", statement=statement, sqlstate=sqlstate)
    assert guard_advice(failure, ()).startswith(begins)


def test_rows_that_are_written_twice_are_guarded_by_their_statement() -> None:
    rows = Difference("rows of", "public.t", Change.CHANGED, "number", "1", "2")
    assert guard_advice(None, (rows,)).startswith("INSERT ... ON CONFLICT DO NOTHING")
    assert guard_advice(None, (left("index", "public.i"),)).startswith("if NAME not in")


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("imports app.models", 'customers = sa.table("customers", sa.column("id")'),
        ("calls datetime.now()", "sa.func.now()"),
        ("calls time.time()", "sa.func.now()"),
        ("calls uuid.uuid4()", 'sa.text("gen_random_uuid()")'),
        ("calls secrets.token_hex()", 'sa.text("gen_random_uuid()")'),
        ("calls random.choice()", 'sa.text("gen_random_uuid()")'),
        ("calls os.getenv()", 'CURRENCY = "EUR"'),
        ("reads os.environ", 'CURRENCY = "EUR"'),
        ("calls platform.node()", 'CURRENCY = "EUR"'),
    ],
)
def test_every_outside_use_has_a_replacement(text: str, begins: str) -> None:
    (line,) = self_contained_advice([OutsideUse(3, text), OutsideUse(9, text)])
    assert line.startswith(begins)
