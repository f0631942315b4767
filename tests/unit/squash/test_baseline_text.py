"""The file of a baseline: Python whose literals are exactly the SQL statements."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_rehearsal.core.history.revisions import Downgrade, History, Revision
from alembic_rehearsal.core.history.source import read_source
from alembic_rehearsal.squash.baseline_text import baseline_source, statement_literal
from alembic_rehearsal.squash.values import Bounds

AWKWARD = st.sampled_from(['"', "'", '"""', "\\", "\r", "\n", "\t", "$$", "%", ":a", "{x}", "\x0c"])
TEXTS = st.lists(AWKWARD | st.text(max_size=3)).map("".join).filter(lambda text: "\0" not in text)


def revision(id: str, doc: str = "a step") -> Revision:
    path = Path(f"{id}.py")
    return Revision(id, (), (), doc, path, line=1, downgrade=Downgrade.REAL, has_upgrade=True)


def bounds(doc: str = "a step", labels: tuple[str, ...] = ()) -> Bounds:
    old, to = revision("a1"), revision("b2", doc)
    return Bounds(History((old, to), ("b2",), Path()), to, (old, to), (), labels)


@given(TEXTS)
def test_a_literal_is_the_statement_between_two_newlines(statement: str) -> None:
    assert ast.literal_eval(statement_literal(statement)) == f"\n{statement}\n"


@given(st.lists(TEXTS.filter(lambda text: text == text.strip() and text), max_size=4))
def test_a_file_runs_exactly_its_statements(statements: list[str]) -> None:
    scope: dict[str, object] = {}
    tree = ast.parse(baseline_source(bounds(), statements))
    tree.body = [node for node in tree.body if not isinstance(node, ast.ImportFrom)]
    exec(compile(tree, "baseline", "exec"), scope)
    ran: list[str] = []
    scope["run"] = ran.append
    exec("upgrade()", scope)
    assert ran == statements


def test_sql_that_is_plain_text_is_read_as_it_is() -> None:
    assert statement_literal("CREATE TABLE t (a int)") == '"""\nCREATE TABLE t (a int)\n"""'
    assert statement_literal(r"SELECT '\d'").startswith('r"""')


@pytest.mark.parametrize("doc", ["", 'three """ of them', "ends in a \\", "two\nlines"])
def test_a_title_of_any_kind_makes_a_file_that_can_be_read(doc: str) -> None:
    assert ast.parse(baseline_source(bounds(doc), ["SELECT 1"]))


def test_a_baseline_is_one_way_and_does_not_inspect_the_database(tmp_path: Path) -> None:
    path = tmp_path / "b2_baseline.py"
    path.write_text(baseline_source(bounds(), ["CREATE SCHEMA IF NOT EXISTS app"]))
    source = read_source(path)
    assert (source.downgrade, source.inspects_database, source.has_upgrade) == (
        Downgrade.ONE_WAY,
        False,
        True,
    )


@pytest.mark.parametrize("labels", [(), ("main",), ("main", "shop")])
def test_labels_are_kept(labels: tuple[str, ...]) -> None:
    text = baseline_source(bounds(labels=labels), [])
    (line,) = (each for each in text.splitlines() if each.startswith("branch_labels"))
    assert ast.literal_eval(line.partition(" = ")[2]) == (labels or None)
