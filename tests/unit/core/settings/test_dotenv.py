from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from alembic_rehearsal.core.settings.dotenv import read_variables, set_variable, text_with_variable


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "U=new\n"),
        ("A=1\n", "A=1\nU=new\n"),
        ("A=1", "A=1\nU=new\n"),
        ("# mine\nU=old\n\nB=2\n", "# mine\nU=new\n\nB=2\n"),
        ("export U=old\nB=2\n", "export U=new\nB=2\n"),
        ("  export   U = 'old'\n", "export   U=new\n"),
        ("U=first\nB=2\nU=second\n", "U=new\nB=2\n"),
        ("# U=old\nMY_U=1\nU_2=1\n", "# U=old\nMY_U=1\nU_2=1\nU=new\n"),
    ],
)
def test_one_variable_is_set_where_it_stood_and_nothing_else_moves(before: str, after: str) -> None:
    assert text_with_variable(before, "U", "new") == after


def test_what_is_set_is_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# U=no\nU=first\n  export\tU = 'old'\nnonsense\nB=\"a=b\"\n")
    assert read_variables(path) == {"U": "old", "B": "a=b"}
    set_variable(path, "U", "new")
    assert read_variables(path) == {"U": "new", "B": "a=b"}
    assert read_variables(tmp_path / "missing") == {}


def test_the_file_is_never_readable_for_others(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\n")
    path.chmod(0o644)
    set_variable(path, "U", "new")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == "A=1\nU=new\n"
    assert [each.name for each in tmp_path.iterdir()] == [".env"]


def test_bytes_that_are_no_utf_8_and_links_stay(tmp_path: Path) -> None:
    real = tmp_path / "shared.env"
    real.write_bytes(b"NAME=Ren\xe9\r\n")
    (tmp_path / ".env").symlink_to(real)
    set_variable(tmp_path / ".env", "U", "new")
    assert (tmp_path / ".env").is_symlink()
    assert real.read_bytes() == b"NAME=Ren\xe9\r\nU=new\n"


def test_a_file_that_cannot_be_written_whole_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("SECRET=1\n")
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from alembic_rehearsal.core.settings.dotenv import set_variable\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))  # bytes: a disk that is nearly full\n"
        "set_variable(Path(sys.argv[1]), 'U', 'x' * 100)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    assert "OSError" in done.stderr
    assert path.read_text() == "SECRET=1\n"
    assert [each.name for each in tmp_path.iterdir()] == [".env"]
