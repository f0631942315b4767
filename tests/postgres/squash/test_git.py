"""A squash removes only files that git has."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.squash import files, four, squash, versions

pytestmark = pytest.mark.usefixtures("nothing_left")


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=someone", "-c", "user.email=someone@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def committed(folder: Path) -> None:
    (folder / ".gitignore").write_text("__pycache__/\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "all")


def test_files_that_git_has_are_removed_and_no_copies_are_kept(tmp_path: Path) -> None:
    four(tmp_path)
    committed(tmp_path)
    done = squash(tmp_path, "c3")
    assert done.returncode == 0, done.stderr
    assert versions(tmp_path) == ["0002_c3_baseline.py", "0003_d4.py"]
    assert "next     git add -A && rehearsal run" in done.stdout
    assert not list((tmp_path / "migrations").glob("squashed_*"))


@pytest.mark.parametrize("change", ["edited", "untracked", "ignored"])
def test_a_file_that_git_does_not_have_is_not_removed(tmp_path: Path, change: str) -> None:
    four(tmp_path)
    path = tmp_path / "migrations" / "versions" / "0001_b2.py"
    if change != "edited":
        text = path.read_text()
        path.unlink()
    committed(tmp_path)
    if change == "edited":
        path.write_text(path.read_text() + "# another line\n")
    else:
        path.write_text(text)
    if change == "ignored":
        (tmp_path / ".git" / "info" / "exclude").write_text("0001_b2.py\n")
    before = files(tmp_path)
    done = squash(tmp_path, "c3")
    assert done.returncode == 1
    assert "git does not have the present content of " in done.stderr
    assert files(tmp_path) == before
