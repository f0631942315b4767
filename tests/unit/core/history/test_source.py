"""What the source of a revision file shows, read without importing it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from alembic_rehearsal.core.history.revisions import Downgrade
from alembic_rehearsal.core.history.source import RevisionSource, read_source

UP = "def upgrade():\n    op.drop_table('t')\n"


def kind(folder: Path, text: str) -> Downgrade:
    return source(folder, text).downgrade


def source(folder: Path, text: str) -> RevisionSource:
    path = folder / "a1.py"
    path.write_text(dedent(text))
    return read_source(path)


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "...",
        "return",
        "return None",
        '"""Nothing to undo."""',
        '"""Nothing."""\n    pass',
        "# later\n    pass",
    ],
)
def test_a_downgrade_that_does_nothing_is_empty(tmp_path: Path, body: str) -> None:
    assert kind(tmp_path, f"{UP}\ndef downgrade():\n    {body}\n") is Downgrade.EMPTY


@pytest.mark.parametrize(
    "body",
    [
        "op.drop_column('t', 'c')",
        "pass\n    op.execute('')",
        "if False:\n        op.drop_table('t')",
        "for name in ():\n        pass",
        "return op.drop_table('t')",
    ],
)
def test_a_downgrade_that_does_something_is_real(tmp_path: Path, body: str) -> None:
    assert kind(tmp_path, f"{UP}\ndef downgrade():\n    {body}\n") is Downgrade.REAL


@pytest.mark.parametrize(
    "body",
    [
        "raise NotImplementedError",
        "raise NotImplementedError('why')",
        "raise Exception('no way back')",
        '"""Why."""\n    raise RuntimeError("one-way")',
    ],
)
def test_a_downgrade_that_raises_is_one_way(tmp_path: Path, body: str) -> None:
    assert kind(tmp_path, f"{UP}\ndef downgrade():\n    {body}\n") is Downgrade.ONE_WAY


def test_the_lines_of_a_conditional_raise_are_kept(tmp_path: Path) -> None:
    body = "if rows():\n        raise ValueError(\n            'rows')\n    op.drop_table('t')"
    found = source(tmp_path, f"{UP}\ndef downgrade():\n    {body}\n")
    assert (found.downgrade, found.raise_lines) == (Downgrade.REAL, (6, 7))


def test_a_raise_elsewhere_than_in_the_downgrade_declares_nothing(tmp_path: Path) -> None:
    text = "def upgrade():\n    raise ValueError\n\ndef refuse():\n    raise ValueError\n"
    found = source(tmp_path, f"{text}\ndef downgrade():\n    refuse()\n")
    assert (found.downgrade, found.raise_lines) == (Downgrade.REAL, ())


def test_a_raise_below_a_condition_is_not_a_declaration(tmp_path: Path) -> None:
    body = "if rows():\n        raise ValueError\n    op.drop_table('t')"
    assert kind(tmp_path, f"{UP}\ndef downgrade():\n    {body}\n") is Downgrade.REAL


@pytest.mark.parametrize("line", ["irreversible = True", "irreversible: bool = True"])
@pytest.mark.parametrize("down", ["", "\ndef downgrade():\n    pass\n"])
def test_a_declared_revision_is_one_way_whatever_its_downgrade(
    tmp_path: Path, line: str, down: str
) -> None:
    assert kind(tmp_path, f"{line}\n{UP}{down}") is Downgrade.ONE_WAY


@pytest.mark.parametrize(
    "line", ["irreversible = False", "irreversible = 1 > 0", "irreversible: bool"]
)
def test_anything_but_true_declares_nothing(tmp_path: Path, line: str) -> None:
    assert kind(tmp_path, f"{line}\n{UP}\ndef downgrade():\n    pass\n") is Downgrade.EMPTY


def test_a_file_without_downgrade_is_missing_it(tmp_path: Path) -> None:
    found = source(tmp_path, UP)
    assert found.downgrade is Downgrade.MISSING
    assert found.line == 1


def test_the_line_is_where_downgrade_begins(tmp_path: Path) -> None:
    assert source(tmp_path, f"import os\n{UP}\ndef downgrade():\n    pass\n").line == 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [(UP, True), ("def upgrade():\n    pass\n", False), ("def downgrade():\n    pass\n", False)],
)
def test_an_upgrade_that_does_nothing_changes_nothing(
    tmp_path: Path, text: str, expected: bool
) -> None:
    assert source(tmp_path, text).has_upgrade is expected


def test_newer_syntax_than_ours_counts_as_real_both_ways(tmp_path: Path) -> None:
    found = source(tmp_path, "def upgrade(:\n")
    assert (found.downgrade, found.has_upgrade, found.line) == (Downgrade.REAL, True, 1)


def test_functions_inside_others_do_not_count(tmp_path: Path) -> None:
    text = f"{UP}\nclass Old:\n    def downgrade(self):\n        op.drop_table('t')\n"
    assert kind(tmp_path, text) is Downgrade.MISSING


def test_a_file_in_another_encoding_is_read_by_its_own_declaration(tmp_path: Path) -> None:
    path = tmp_path / "a1.py"
    text = f"# -*- coding: latin-1 -*-\n# Größe\n{UP}\ndef downgrade():\n    pass\n"
    path.write_bytes(text.encode("latin-1"))
    assert read_source(path).downgrade is Downgrade.EMPTY


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE ROLE reporting",
        "  create user reporting with password 'x'",
        "DROP ROLE IF EXISTS reporting",
        "ALTER ROLE reporting SET search_path = app",
        "CREATE GROUP staff",
        "CREATE TABLESPACE fast LOCATION '/ssd'",
        "CREATE DATABASE other",
        "GRANT SELECT ON t TO public; DROP USER reporting",
        "DO $$BEGIN CREATE ROLE reporting; END$$",
        "DO $$ BEGIN IF NOT EXISTS (SELECT 1) THEN CREATE ROLE reporting; END IF; END $$",
        "DO $$ BEGIN EXECUTE 'CREATE ROLE reporting'; END $$",
        "-- who reads\nCREATE ROLE reporting",
    ],
)
def test_sql_for_objects_of_the_whole_server_is_seen(tmp_path: Path, statement: str) -> None:
    assert source(tmp_path, f"{UP}\ndef downgrade():\n    op.execute({statement!r})\n").cluster_wide


def test_a_role_whose_name_is_formatted_in_is_seen(tmp_path: Path) -> None:
    text = 'def upgrade():\n    op.execute(f"CREATE ROLE {name}")\n'
    assert source(tmp_path, text).cluster_wide


@pytest.mark.parametrize(
    "text",
    [
        '"""Create user table."""',
        "# CREATE ROLE reporting",
        "op.execute('CREATE USER MAPPING FOR public SERVER other')",
        "op.execute('CREATE TABLE user (id int)')",
        "op.execute('GRANT SELECT ON t TO reporting')",
        "op.execute('ALTER DATABASE CURRENT SET work_mem = 1')",
        "op.create_table('roles', comment='who may create roles')",
        "doc = 'we drop role based access'",
    ],
)
def test_what_belongs_to_one_database_is_not_cluster_wide(tmp_path: Path, text: str) -> None:
    assert not source(tmp_path, f"{text}\n{UP}\n").cluster_wide


@pytest.mark.parametrize(
    "statement",
    [
        "sa.inspect(op.get_bind()).get_columns('t')",
        "op.create_index('i', 't', ['a'], if_not_exists=True)",
        "op.drop_index('i', if_exists=True)",
        "op.execute('CREATE TABLE IF NOT EXISTS t ()')",
        "op.execute('drop table if exists t')",
        "op.execute('SELECT to_regclass($1)')",
        "op.execute('DO $$ BEGIN CREATE TYPE t; EXCEPTION WHEN duplicate_object THEN END $$')",
        "helpers.column_exists('t', 'a') or op.add_column('t', a)",
        "_has_table('t')",
        "add_column_if_missing('t', a)",
    ],
)
def test_an_upgrade_that_inspects_the_database_is_seen(tmp_path: Path, statement: str) -> None:
    assert source(tmp_path, f"def upgrade():\n    {statement}\n").inspects_database


def test_a_downgrade_that_inspects_the_database_does_not_count(tmp_path: Path) -> None:
    text = f"{UP}\ndef downgrade():\n    op.execute('DROP TABLE IF EXISTS t')\n"
    assert not source(tmp_path, text).inspects_database


@pytest.mark.parametrize(
    "statement",
    [
        "op.execute('CREATE TABLE t ()')",
        "op.execute('INSERT INTO t SELECT 1 WHERE NOT EXISTS (SELECT FROM t)')",
        "op.execute(t.insert().where(~sa.exists(q)))",
        '"""Not CREATE TABLE IF NOT EXISTS: it must not be there."""\n    op.create_table("t")',
    ],
)
def test_an_upgrade_that_does_not_inspect_is_not_taken_for_one_that_does(
    tmp_path: Path, statement: str
) -> None:
    assert not source(tmp_path, f"def upgrade():\n    {statement}\n").inspects_database
