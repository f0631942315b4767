"""Files that are replaced in a single step: old or new content, and no part file afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from alembic_rehearsal.core.values.atomic_write import (
    READABLE_BY_OWNER,
    replace_file,
    write_part_file,
)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.parametrize(
    ("content", "expected"),
    [("one\r\ntwo ☃\n", "one\r\ntwo ☃\n".encode()), (b"Ren\xe9", b"Ren\xe9")],
)
def test_a_file_is_replaced_by_exactly_this_content(
    content: str | bytes, expected: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    replace_file(path, content)
    assert path.read_bytes() == expected
    assert names(tmp_path) == ["a.txt"]


def test_the_new_file_has_the_permissions_of_any_new_file_or_those_asked_for(
    tmp_path: Path,
) -> None:
    usual, private = tmp_path / "usual", tmp_path / "private"
    private.write_text("old")
    private.chmod(0o644)
    (tmp_path / "any").write_text("")
    replace_file(usual, "new")
    replace_file(private, "new", mode=READABLE_BY_OWNER)
    assert usual.stat().st_mode == (tmp_path / "any").stat().st_mode
    assert private.stat().st_mode & 0o777 == 0o600


def fail_before_the_rename(path: Path) -> None:
    with write_part_file(path, "new") as part:
        assert part.read_text() == "new"
        assert part.parent == path.parent
        raise RuntimeError


def test_an_error_before_the_rename_leaves_the_old_file_and_no_part_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError):
        fail_before_the_rename(path)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_part_file_that_is_not_renamed_is_removed(tmp_path: Path) -> None:
    with write_part_file(tmp_path / "a.txt", "new", keep_on_error=True):
        pass
    assert names(tmp_path) == []


def test_a_part_file_is_kept_after_an_error_where_that_is_asked_for(tmp_path: Path) -> None:
    given = tmp_path / "a.txt.part"
    given.write_text("left by a run that was killed")
    with (
        pytest.raises(RuntimeError),
        write_part_file(tmp_path / "a.txt", "new", part=given, keep_on_error=True),
    ):
        raise RuntimeError
    assert given.read_text() == "new"
    assert names(tmp_path) == ["a.txt.part"]


def test_a_link_in_the_place_of_the_part_file_is_not_followed(tmp_path: Path) -> None:
    given, other = tmp_path / "a.new", tmp_path / "other"
    other.write_text("untouched")
    given.symlink_to(other)
    replace_file(tmp_path / "a", "new", part=given)
    assert other.read_text() == "untouched"
    assert names(tmp_path) == ["a", "other"]


def test_content_that_cannot_be_encoded_leaves_no_part_file(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        replace_file(tmp_path / "a", "\udcff")
    assert names(tmp_path) == []
    replace_file(tmp_path / "a", os.fsencode("\udcff"))
    assert (tmp_path / "a").read_bytes() == b"\xff"
