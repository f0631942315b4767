"""The cache of `rehearsal identify`: what it keeps of a history, and when it is not used."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.values.databases import Database
from support.identify import as_data, identify
from support.projects import rev, write_project

ORDERS = "CREATE TABLE orders (id integer PRIMARY KEY)"
PASS = "one pass over the history"


@pytest.fixture
def orders(empty_database: Database) -> Database:
    with connect(empty_database) as connection:
        connection.cursor().execute(ORDERS)
    return empty_database


def unseen(up: str) -> str:
    """`up` in a revision that no other run of this test has seen."""
    return f"# {secrets.token_hex(8)}\n{up}"


def test_a_history_that_has_not_changed_is_not_run_again(tmp_path: Path, orders: Database) -> None:
    write_project(tmp_path, [rev("a1", unseen(f"op.execute({ORDERS!r})"))])
    first, second = (identify(tmp_path, orders.url()) for _ in range(2))
    assert (first[0], second[0]) == (0, 0)
    assert PASS in first[1]
    assert PASS not in second[1]


def test_a_history_whose_alembic_ini_was_edited_is_run_again(
    tmp_path: Path, orders: Database
) -> None:
    table = "CREATE TABLE {} (id integer PRIMARY KEY)"
    named = f"op.execute({table!r}.format(context.config.get_main_option('table')))"
    write_project(tmp_path, [rev("a1", unseen(f"from alembic import context\n{named}"))])
    ini = tmp_path / "alembic.ini"
    before = ini.read_text()
    ini.write_text(f"{before}\ntable = customers\n")
    assert as_data(tmp_path, orders.url())["alike"] == []
    ini.write_text(f"{before}\ntable = orders\n")
    assert as_data(tmp_path, orders.url())["alike"] == [["a1"]]


@pytest.mark.parametrize(
    "up",
    [
        "op.execute(open('orders.sql').read())",
        "from pathlib import Path\nop.execute(Path('orders.sql').read_text())",
        "import texts\nop.execute(texts.sql())",
    ],
)
def test_a_history_that_reads_a_file_is_run_each_time(
    up: str, tmp_path: Path, orders: Database
) -> None:
    write_project(tmp_path, [rev("a1", unseen(up))])
    with (tmp_path / "alembic.ini").open("a") as ini:
        ini.write("\nprepend_sys_path = .\n")
    (tmp_path / "texts.py").write_text("def sql():\n    return open('orders.sql').read()\n")
    (tmp_path / "orders.sql").write_text("CREATE TABLE orders (id bigint PRIMARY KEY)")
    assert as_data(tmp_path, orders.url())["alike"] == []
    (tmp_path / "orders.sql").write_text(ORDERS)
    assert as_data(tmp_path, orders.url())["alike"] == [["a1"]]


def test_an_outdated_entry_is_found_out(tmp_path: Path, orders: Database) -> None:
    hidden = "op.execute(getattr(__import__('io'), 'op' + 'en')('orders.sql').read())"
    write_project(tmp_path, [rev("a1", unseen(hidden))])
    (tmp_path / "orders.sql").write_text("CREATE TABLE orders (id bigint PRIMARY KEY)")
    assert as_data(tmp_path, orders.url())["alike"] == []
    (tmp_path / "orders.sql").write_text(ORDERS)
    assert as_data(tmp_path, orders.url())["alike"] == [["a1"]]
