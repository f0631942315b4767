"""The contents of a lock file: the schema of a stamp, the file itself, and edits since."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.history.revisions import Downgrade, History, Revision
from alembic_rehearsal.core.history.source_hash import SourceHash
from alembic_rehearsal.core.schema.object_hashes import ExpectedSchema, Fault, find_mismatches
from alembic_rehearsal.core.schema.picture import Key
from alembic_rehearsal.core.values.errors import LockFileUnreadable
from alembic_rehearsal.lockfile.edits import EditKind, find_edits
from alembic_rehearsal.lockfile.files import lock_text, read_lock, write_lock
from alembic_rehearsal.lockfile.values import HistoryLock, LockedRevision, LockedState

TABLE = Key("table", "public.orders")
ID = Key("column", "public.orders.id")
TOTAL = Key("column", "public.orders.total")
NOTE = Key("column", "public.orders.note")
KIND = Key("enum", "public.kind")
START = LockedState((), {Key("schema", "public"): "s"})


def hashes(id: str, **parts: str) -> SourceHash:
    return SourceHash(**{"upgrade": f"up {id}", "downgrade": f"down {id}", "rest": "", **parts})


def locked(revision: str, /, *down: str, **objects: str) -> LockedRevision:
    keys = {"table": TABLE, "id": ID, "total": TOTAL, "note": NOTE, "kind": KIND}
    contents = {keys[name]: content for name, content in objects.items()}
    return LockedRevision(revision, down, (), hashes(revision), contents)


FORKED = HistoryLock(
    18,
    ("m4",),
    (
        locked("a1", table="t1", id="i1", kind="k1"),
        locked("b2", "a1", total="t1", kind="k2"),
        locked("c3", "a1", note="n1", kind="k3"),
        locked("m4", "b2", "c3", note=""),
    ),
    START,
)


def test_the_schema_of_a_stamp_is_what_its_revisions_made_and_did_not_remove() -> None:
    expected = FORKED.expected(("m4",))
    assert expected is not None
    assert expected.hashes == {
        **START.objects, TABLE: "t1", ID: "i1", TOTAL: "t1", KIND: "k3",
    }  # fmt: skip
    assert expected.unsure == frozenset()


def test_an_object_that_an_earlier_unapplied_revision_changes_is_unsure() -> None:
    expected = FORKED.expected(("c3",))
    assert expected is not None
    assert expected.unsure == {KIND}
    assert TOTAL not in expected.hashes


def test_a_stamp_that_the_lock_lacks_or_that_is_older_than_its_start_is_unknown() -> None:
    assert FORKED.expected(("z9",)) is None
    late = HistoryLock(18, ("b2",), FORKED.revisions[:2], LockedState(("a1",), {}))
    assert late.expected(()) is None
    assert late.expected(("a1",)) is not None


def test_every_stamp_that_a_database_can_have_is_named_once() -> None:
    assert set(FORKED.stamps()) == {(), ("a1",), ("b2",), ("c3",), ("b2", "c3"), ("m4",)}
    assert len(list(FORKED.stamps())) == 6


def test_a_revision_that_another_one_depends_on_has_no_row_as_in_alembic() -> None:
    apart = LockedRevision("b1", (), ("a1",), None, {})
    by_hand = LockedState(("b1",), {NOTE: "n9"})
    lock = HistoryLock(18, ("b1",), (locked("a1"), apart), START, (by_hand,))
    assert list(lock.stamps()) == [(), ("a1",), ("b1",)]
    assert lock.expected_in_production(("b1",)) is not None
    assert lock.expected_in_production(("a1", "b1")) == lock.expected_in_production(("b1",))


def test_the_stamps_of_a_wide_fork_are_limited() -> None:
    wide = tuple(locked(f"r{number}") for number in range(16))
    stamps = list(HistoryLock(18, (), wide, START).stamps())
    assert len(stamps) == len(set(stamps)) == 4_096
    assert tuple(sorted(each.id for each in wide)) in stamps


def test_production_may_differ_at_its_own_stamps() -> None:
    by_hand = LockedState(("b2",), {NOTE: "n9", TOTAL: ""})
    lock = HistoryLock(18, FORKED.heads, FORKED.revisions, START, (by_hand,))
    expected = lock.expected_in_production(("b2",))
    assert expected is not None
    assert expected.hashes[NOTE] == "n9"
    assert TOTAL not in expected.hashes
    assert lock.expected_in_production(("m4",)) is None


# --- compared with a database -----------------------------------------------------------


def test_mismatches_are_named_and_parts_of_a_missing_table_are_not_listed() -> None:
    expected = ExpectedSchema({TABLE: "t", ID: "i", KIND: "k", Key("index", "public.i"): "x"})
    found = find_mismatches(expected, {KIND: "other", NOTE: "n"})
    assert [(each.key, each.fault) for each in found] == [
        (NOTE, Fault.EXTRA),
        (KIND, Fault.DIFFERENT),
        (Key("index", "public.i"), Fault.MISSING),
        (TABLE, Fault.MISSING),
    ]


def test_a_generated_name_is_no_difference() -> None:
    first, second = Key("constraint", "public.t.t_a_fkey"), Key("constraint", "public.t.t_a_fkey1")
    assert find_mismatches(ExpectedSchema({first: "same"}), {second: "same"}) == ()


def test_what_is_unsure_or_was_not_read_is_left_out() -> None:
    expected = ExpectedSchema({TABLE: "t", KIND: "k"}, frozenset({KIND}))
    assert find_mismatches(expected, {KIND: "z"}, {"table": "closed to this role"}) == ()


# --- the file ----------------------------------------------------------------------------


def test_a_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    odd = Key("table", 'public."my ""odd"": \\ täble"')
    revisions = (*FORKED.revisions, LockedRevision("n5", ("m4",), ("c3",), None, {odd: "x"}))
    lock = HistoryLock(16, ("n5",), revisions, START, (LockedState(("m4",), {NOTE: ""}),))
    write_lock(lock, tmp_path / "history.lock")
    assert read_lock(tmp_path / "history.lock") == lock
    assert lock_text(lock) == (tmp_path / "history.lock").read_text()


def test_no_file_is_no_lock(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "history.lock") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "is no lock file"),
        ("format = 99\n", "its format is 99"),
        ("<<<<<<< HEAD\nheads = ['a']\n=======\n", "is no lock file"),
    ],
)
def test_another_file_is_no_lock_file(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "history.lock").write_text(text)
    with pytest.raises(LockFileUnreadable) as error:
        read_lock(tmp_path / "history.lock")
    assert message in error.value.what
    assert any("rehearsal lock" in each for each in error.value.remedies)
    assert ("two branches" in error.value.why) is text.startswith("<")


# --- edits -------------------------------------------------------------------------------


def history(tmp_path: Path, *revisions: tuple[str, tuple[str, ...]]) -> History:
    made = (
        Revision(id, down, (), "", tmp_path / f"{id}.py", 1, Downgrade.REAL, has_upgrade=True)
        for id, down in revisions
    )
    return History(tuple(made), (revisions[-1][0],), tmp_path)


LINE = HistoryLock(18, ("c3",), (locked("a1"), locked("b2", "a1"), locked("c3", "b2")), START)


def test_an_unchanged_history_has_no_edit(tmp_path: Path) -> None:
    now = history(tmp_path, ("a1", ()), ("b2", ("a1",)), ("c3", ("b2",)))
    assert find_edits(LINE, now, {id: hashes(id) for id in ("a1", "b2", "c3")}) == ()


def test_each_kind_of_edit_is_named(tmp_path: Path) -> None:
    now = history(tmp_path, ("a1", ()), ("c3", ("a1",)), ("d4", ("c3",)))
    found = find_edits(
        LINE,
        now,
        {
            "a1": hashes("a1", upgrade="edited", downgrade="edited"),
            "c3": hashes("c3"),
            "d4": hashes("d4"),
        },
        stamp=("b2",),
    )
    assert [(each.revision, each.kind, each.text, each.applied) for each in found] == [
        ("a1", EditKind.UPGRADE, "its upgrade was edited", True),
        ("a1", EditKind.DOWNGRADE, "its downgrade was edited", True),
        ("b2", EditKind.PLACE, "the history does not have it any more", True),
        ("c3", EditKind.PLACE, "it depends on a1, and depended on b2", False),
        ("d4", EditKind.NEW, "the lock file does not have it", False),
    ]


def test_a_revision_with_a_new_id_is_named_and_its_child_has_no_edit(
    tmp_path: Path,
) -> None:
    now = history(tmp_path, ("a1", ()), ("x7", ("a1",)), ("c3", ("x7",)))
    found_hashes = {"a1": hashes("a1"), "x7": hashes("b2"), "c3": hashes("c3")}
    (found,) = find_edits(LINE, now, found_hashes)
    assert (found.revision, found.text) == ("b2", "its id is x7 now")
