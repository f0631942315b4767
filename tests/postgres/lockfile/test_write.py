"""`rehearsal lock` as people type it, and what a rehearsal says beside the file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.schema.picture import Key
from alembic_rehearsal.lockfile.files import read_lock
from support.cli import rehearsal
from support.projects import Rev, rev, write_project
from support.snapshots import production

ORDERS = rev("a1", 'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))')
TOTAL = rev("b2", 'op.add_column("orders", sa.Column("total", sa.Integer))')
GONE = rev("c3", 'op.drop_column("orders", "total")')
SQL = "CREATE TABLE public.orders (id integer NOT NULL, note text);"


def lock(folder: Path, *options: str) -> tuple[int, str]:
    done = rehearsal("lock", *options, folder=folder)
    return done.returncode, done.stdout + done.stderr


def edited(folder: Path, *revisions: Rev) -> Path:
    shutil.rmtree(folder / "migrations")
    write_project(folder, revisions)
    return folder


def findings(folder: Path, codes: str) -> Sequence[dict[str, Any]]:
    done = rehearsal("run", "--checks", codes, "--format", "json", folder=folder)
    found: Sequence[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return found


def test_it_says_what_each_revision_makes_and_removes(tmp_path: Path) -> None:
    write_project(tmp_path, [ORDERS, TOTAL, GONE])
    code, said = lock(tmp_path)
    assert code == 0, said
    found = read_lock(tmp_path / "snapshots" / "history.lock")
    assert found is not None
    first, second, third = found.revisions
    assert {str(key) for key in first.objects} == {
        "table public.orders",
        "column public.orders.id",
        "constraint public.orders.orders_pkey",
        "sequence public.orders_id_seq",
    }
    total = Key("column", "public.orders.total")
    assert set(second.objects) == set(third.objects) == {total}
    assert second.objects[total] != ""
    assert third.objects[total] == ""


def test_a_second_run_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    write_project(tmp_path, [ORDERS, TOTAL])
    lock(tmp_path)
    before = (tmp_path / "snapshots" / "history.lock").stat().st_ino
    code, said = lock(tmp_path)
    assert code == 0
    assert "as it was" in said
    assert (tmp_path / "snapshots" / "history.lock").stat().st_ino == before


def test_what_production_has_otherwise_is_kept_on_its_way_to_head(tmp_path: Path) -> None:
    write_project(tmp_path, [ORDERS, TOTAL])
    production(tmp_path, SQL, server_version="18.1")
    code, said = lock(tmp_path)
    assert code == 0, said
    found = read_lock(tmp_path / "snapshots" / "history.lock")
    assert found is not None
    assert [each.stamp for each in found.production] == [("a1",), ("b2",)]
    note = Key("column", "public.orders.note")
    assert all(each.objects[note] for each in found.production)


def test_two_heads_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    write_project(tmp_path, [ORDERS, rev("b2", down=("a1",)), rev("c3", down=("a1",))])
    code, said = lock(tmp_path)
    assert code == 1
    assert "2 heads: b2, c3" in said
    assert not (tmp_path / "snapshots").exists()


def test_a_revision_that_does_not_run_is_named_and_the_file_stays(tmp_path: Path) -> None:
    write_project(tmp_path, [ORDERS])
    lock(tmp_path)
    before = (tmp_path / "snapshots" / "history.lock").read_bytes()
    edited(tmp_path, ORDERS, rev("b2", 'op.drop_index("never_made")'))
    code, said = lock(tmp_path)
    assert code == 1
    assert "never_made" in said
    assert (tmp_path / "snapshots" / "history.lock").read_bytes() == before


def test_what_works_in_one_command_alone_is_recorded_all_the_same(tmp_path: Path) -> None:
    temporary = rev("a1", 'op.execute("CREATE TEMP TABLE handed_on AS SELECT 1 AS id")')
    uses = rev("b2", 'op.execute("CREATE TABLE orders AS SELECT id FROM handed_on")')
    write_project(tmp_path, [temporary, uses])
    code, said = lock(tmp_path)
    assert code == 0, said
    found = read_lock(tmp_path / "snapshots" / "history.lock")
    assert found is not None
    assert Key("table", "public.orders") in found.revisions[1].objects


def test_a_history_that_is_not_replayable_begins_with_the_snapshot(tmp_path: Path) -> None:
    write_project(tmp_path, [rev("a1", 'op.drop_index("never_made")'), TOTAL])
    production(tmp_path, SQL, server_version="18.1")
    (tmp_path / "rehearsal.toml").write_text("replayable = false\n")
    code, said = lock(tmp_path)
    assert code == 0, said
    found = read_lock(tmp_path / "snapshots" / "history.lock")
    assert found is not None
    assert found.start.stamp == ("a1",)
    assert Key("column", "public.orders.note") in found.start.objects


# --- what a rehearsal says ---------------------------------------------------------------


def test_an_edit_of_what_production_has_fails_the_run_and_the_lock(tmp_path: Path) -> None:
    write_project(tmp_path, [ORDERS, TOTAL])
    production(tmp_path, SQL, server_version="18.1")
    lock(tmp_path)
    more = rev("a1", f'{ORDERS.up}\nop.execute("ANALYZE")')
    edited(tmp_path, more, TOTAL)
    (found,) = findings(tmp_path, "H4,H6")
    assert (found["code"], found["revision"], found["fails"]) == ("H4", "a1", True)
    assert "its upgrade was edited" in found["what"]
    code, said = lock(tmp_path)
    assert code == 1
    assert "a1: its upgrade was edited" in said
    assert "--accept-edits" in said
    assert lock(tmp_path, "--accept-edits")[0] == 0
    assert findings(tmp_path, "H4,H6") == []


def test_an_edit_of_what_is_pending_is_a_warning(tmp_path: Path) -> None:
    write_project(tmp_path, [ORDERS, TOTAL])
    production(tmp_path, SQL, server_version="18.1")
    lock(tmp_path)
    edited(tmp_path, ORDERS, rev("b2", 'op.add_column("orders", sa.Column("sum", sa.Integer))'))
    (found,) = findings(tmp_path, "H4,H6")
    assert (found["code"], found["fails"]) == ("H6", False)
    assert "b2: its upgrade was edited" in found["what"]


def test_a_lock_of_another_major_than_productions_is_told(tmp_path: Path) -> None:
    write_project(tmp_path, [ORDERS, TOTAL])
    production(tmp_path, SQL, server_version="18.1")
    settings = tmp_path / "rehearsal.toml"
    code, said = lock(tmp_path)
    assert code == 0, said
    assert "production runs" not in said
    assert findings(tmp_path, "H") == []
    production(tmp_path, SQL, server_version="13.2")
    settings.write_text('server = "embedded"\n')
    code, said = lock(tmp_path)
    assert code == 0, said
    assert "production runs PostgreSQL 13: a deploy there compares nothing" in said
    assert "rehearsal lock --server docker" in said
    (found,) = findings(tmp_path, "H6")
    assert (found["code"], found["severity"], found["fails"]) == ("H6", "warning", False)
    assert "was written on PostgreSQL 18, and production runs 13" in found["what"]
    assert "rehearsal lock" in found["do"]


def test_a_conflict_that_git_left_in_it_is_told(tmp_path: Path) -> None:
    write_project(tmp_path, [ORDERS])
    lock(tmp_path)
    path = tmp_path / "snapshots" / "history.lock"
    path.write_text("<<<<<<< HEAD\n" + path.read_text())
    done = rehearsal("run", "--checks", "H", folder=tmp_path)
    assert done.returncode == 3
    assert "two branches have added revisions" in done.stderr
    code, said = lock(tmp_path)
    assert code == 0
    assert "It is written again." in said


def test_a_revision_that_makes_another_schema_without_an_edit_is_told(tmp_path: Path) -> None:
    column = rev("b2", f"op.execute(open({str(tmp_path / 'total.sql')!r}).read())")
    sql = tmp_path / "total.sql"
    sql.write_text("ALTER TABLE orders ADD COLUMN total integer")
    write_project(tmp_path, [ORDERS, column])
    lock(tmp_path)
    assert findings(tmp_path, "H,U14") == []
    sql.write_text("ALTER TABLE orders ADD COLUMN total bigint")
    (found,) = findings(tmp_path, "H,U14")
    assert (found["code"], found["fails"]) == ("U14", True)
    assert "column public.orders.total differs from the expected one" in found["what"]
