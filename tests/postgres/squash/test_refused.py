"""Cases in which `rehearsal squash` writes nothing: refused, a proof fails, or interrupted."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from support.cli import REHEARSAL, plain_environment, rehearsal
from support.projects import rev, table, write_project
from support.running_commands import ended, underway
from support.snapshots import production
from support.squash import CUSTOMERS, files, four, squash

pytestmark = pytest.mark.usefixtures("nothing_left")


def test_one_of_two_branches_cannot_be_squashed_alone(tmp_path: Path) -> None:
    revisions = [table("a1", "t"), table("b2", "u", down="a1"), table("c3", "v", down="a1")]
    write_project(tmp_path, [*revisions, rev("m4", down=("b2", "c3"))])
    production(tmp_path, "", revisions=("m4",), server_version="18.1")
    before = files(tmp_path)
    done = squash(tmp_path, "b2")
    assert done.returncode == 1
    assert "c3 (0002_c3.py) starts from a1, older than b2" in done.stderr
    assert "rehearsal squash --to m4   (which joins them)" in done.stderr
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("to", "code", "words"),
    [
        ("d4", 1, "production is at c3 and has not applied d4: it lacks d4."),
        ("c33", 2, "'c33' is no revision of this history (did you mean 'c3'?)."),
        ("", 2, "is no revision of this history"),
    ],
)
def test_what_cannot_be_squashed_is_refused_with_the_reason(
    tmp_path: Path, to: str, code: int, words: str
) -> None:
    four(tmp_path)
    before = files(tmp_path)
    done = squash(tmp_path, to)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert files(tmp_path) == before


def test_without_a_snapshot_it_is_refused(tmp_path: Path) -> None:
    write_project(tmp_path, [table("a1", "t"), table("b2", "u")])
    done = squash(tmp_path, "b2")
    assert done.returncode == 1
    assert "it is unknown which revisions production has applied" in done.stderr
    assert "rehearsal snapshot take --from URL" in done.stderr


@pytest.mark.parametrize("line", ["replayable = false", 'bootstrap = "schema.sql"'])
def test_a_history_that_does_not_begin_with_an_empty_database_is_refused(
    tmp_path: Path, line: str
) -> None:
    four(tmp_path)
    (tmp_path / "rehearsal.toml").write_text(f"{line}\n")
    before = files(tmp_path)
    done = squash(tmp_path, "c3")
    assert done.returncode == 1
    assert "an empty database" in done.stderr
    assert files(tmp_path) == before


def test_an_edit_of_an_applied_revision_is_not_hidden_in_a_baseline(
    tmp_path: Path,
) -> None:
    four(tmp_path)
    assert rehearsal("lock", folder=tmp_path).returncode == 0
    path = tmp_path / "migrations" / "versions" / "0001_b2.py"
    path.write_text(path.read_text().replace("(id int)", "(id bigint)"))
    before = files(tmp_path)
    done = squash(tmp_path, "c3")
    assert done.returncode == 1
    assert (
        "revisions were edited after production applied them: b2: its upgrade was edited"
        in done.stderr
    )
    assert files(tmp_path) == before


def test_a_snapshot_of_an_unknown_revision_is_refused(tmp_path: Path) -> None:
    four(tmp_path)
    production(tmp_path, CUSTOMERS, revisions=("zz",), server_version="18.1")
    done = squash(tmp_path, "c3")
    assert done.returncode == 1
    assert "is at revision zz, which the history does not contain" in done.stderr


def test_a_history_that_does_not_load_is_an_error(tmp_path: Path) -> None:
    four(tmp_path)
    (tmp_path / "migrations" / "versions" / "0001_b2.py").unlink()
    done = squash(tmp_path, "c3")
    assert done.returncode == 1
    assert "revises b2, which no file defines" in done.stderr


def test_a_difference_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    """A dump leaves the version of an extension to the server that it is loaded on."""
    four(tmp_path)
    path = tmp_path / "migrations" / "versions" / "0001_b2.py"
    older = """op.execute("CREATE EXTENSION hstore VERSION '1.6'")"""
    path.write_text(path.read_text().replace("upgrade():", f"upgrade():\n    {older}"))
    before = files(tmp_path)
    done = squash(tmp_path, "c3")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "from empty to c3: 1 difference" in done.stdout
    assert "extension hstore: version 1.6 became" in done.stdout
    assert done.stdout.endswith("nothing was written\n")
    assert files(tmp_path) == before


def test_a_failure_of_only_the_new_history_is_refused_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    """A later revision that asks Alembic for one that is gone."""
    asks = "op.get_context().script.get_revision('b2') or 1 / 0"
    four(tmp_path, rev("e5", asks))
    before = files(tmp_path)
    done = squash(tmp_path, "c3")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "the squashed history cannot be built to heads, but the old one can" in done.stderr
    assert files(tmp_path) == before


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_command_that_is_ended_has_written_nothing(tmp_path: Path, how: signal.Signals) -> None:
    four(tmp_path)
    before = files(tmp_path)
    command = [REHEARSAL, "squash", "--to", "c3"]
    with underway(command, tmp_path, plain_environment(), stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert any("from empty to head" in line for line in process.stderr)
        process.send_signal(how)
        ended(process)
    assert process.returncode in (130, -signal.SIGKILL)
    assert files(tmp_path) == before
    assert squash(tmp_path, "c3", "--dry-run").returncode == 0
