"""The command line: what it refuses, in which words, with which exit code."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import typer.main

from alembic_rehearsal.cli import options
from alembic_rehearsal.cli import rehearsal as cli
from alembic_rehearsal.core.values.error_text import error_text
from alembic_rehearsal.core.values.errors import (
    DatabaseNotEmpty,
    MigrationFailed,
    NoServer,
    ProjectDoesNotLoad,
    Refused,
    RehearsalError,
    SnapshotUnreadable,
    SystemCallFailed,
    ToolFailed,
    UsageError,
    WrongServer,
)
from alembic_rehearsal.rehearsal.checks.all_checks import CHECKS
from alembic_rehearsal.rehearsal.report.check_pages import index, page
from support.projects import table, write_project


class Done(NamedTuple):
    """How a command ended, and what it said where."""

    code: int | str | None
    out: str
    err: str


Typed = Callable[..., Done]


@pytest.fixture
def typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    """A function that types a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("TERM", "dumb")

    def type_(*arguments: str) -> Done:
        monkeypatch.setattr("sys.argv", ["rehearsal", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        said = capsys.readouterr()
        return Done(caught.value.code, said.out, said.err)

    return type_


def commands() -> set[str]:
    group = typer.main.get_command(cli.app)
    return set(group.list_commands(None))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["migrat"], "No such command 'migrat'. Did you mean 'migrate'?"),
        (["snapshot", "tak"], "No such command 'tak'. Did you mean 'take'?"),
        (["run", "--confg", "x"], "--confg"),
        (["run", "--confg", "x"], "--config"),
        (["run", "extra"], "unexpected extra argument"),
        (["run", "--format", "jsn"], "unknown format 'jsn' (did you mean 'json'?)."),
        (["run", "--format", "pdf"], "unknown format 'pdf'."),
        (["run", "--checks", "D33"], "no check or family 'D33' (did you mean 'D3'?)."),
        (["run", "--skip", "x"], "--skip: there is no check or family 'x'."),
        (["run", "--shard", "9/8"], "--shard '9/8': the first number must be between 1 and 8."),
        (["run", "--shard", "0/8"], "--shard '0/8': the first number must be between 1 and 8."),
        (["run", "--shard", "2"], "--shard '2': it must be N/M."),
        (["run", "--postgres", "x"], "--postgres"),
        (["report", "merg"], "No such command 'merg'. Did you mean 'merge'?"),
        (["report", "merge"], "Missing argument"),
        (["report", "merge", "x.json"], "x.json cannot be read: No such file or directory."),
        (["report", "merge", "--format", "pdf", "x.json"], "unknown format 'pdf'."),
        (["explain", "D99"], "there is no check 'D99'"),
        (["explain", "d"], "there is no check 'd'"),
        (["snapshot", "take"], "Missing option '--from'"),
    ],
)
def test_what_is_not_known_is_a_usage_error_with_the_nearest_word(
    typed: Typed, arguments: list[str], said: str
) -> None:
    done = typed(*arguments)
    assert done.code == 2
    assert said in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        (["run"], "text | json | junit | markdown | github"),
        (["report", "merge", "x.json"], "text | json | junit | markdown | github"),
        (["schema", "show", "models"], "text | json"),
        (["schema", "diff", "head", "models"], "text | json"),
        (["servers"], "text | json"),
    ],
)
def test_an_unknown_format_names_those_that_there_are(
    typed: Typed, arguments: list[str], known: str
) -> None:
    done = typed(*arguments, "--format", "pdf")
    assert done.code == 2
    assert f"try: --format {known}\n" in done.err


def test_a_variable_that_is_not_set_says_what_can_be_given(typed: Typed, tmp_path: Path) -> None:
    write_project(tmp_path, [table("a1", "t")])
    done = typed("snapshot", "take", "--from", "NOWHERE_URL")
    assert done.code == 2
    assert "NOWHERE_URL is no URL, and no variable of this name is set." in done.err
    assert "--from postgresql://USER:PASSWORD@HOST/NAME" in done.err


def test_without_a_command_the_menu_names_every_one(typed: Typed) -> None:
    done = typed()
    assert done.code == 2
    for name in commands():
        assert f"\n  {name}" in done.out + done.err


def test_help_is_no_error_and_every_command_has_a_sentence(typed: Typed) -> None:
    done = typed("--help")
    assert done.code == 0
    for name in commands():
        assert any(line.startswith(f"  {name} ") for line in done.out.splitlines()), name


def test_explain_prints_the_page_of_a_check_in_any_case(typed: Typed) -> None:
    check = next(each for each in CHECKS if each.code == "D1")
    assert typed("explain", "d1") == (0, page(check), "")


def test_explain_alone_lists_every_check(typed: Typed) -> None:
    assert typed("explain") == (0, index(CHECKS), "")


def test_explain_writes_every_page_into_a_folder(typed: Typed, tmp_path: Path) -> None:
    assert typed("explain", "--to", "docs/checks").code == 0
    written = {each.name for each in (tmp_path / "docs" / "checks").iterdir()}
    assert written == {"README.md", *(f"{each.code}.md" for each in CHECKS)}


@pytest.mark.parametrize("command", ["run", "migrate", "up", "down", "reset", "url", "env"])
def test_every_command_names_the_alembic_ini_that_it_looked_for(
    typed: Typed, tmp_path: Path, command: str
) -> None:
    done = typed(command)
    assert done.code == 2
    assert f"there is no Alembic configuration at {tmp_path / 'alembic.ini'}" in done.err
    assert "try: rehearsal run --config path/to/alembic.ini" in done.err


@pytest.mark.parametrize("command", ["run", "migrate", "up", "down", "reset", "url", "env"])
def test_every_command_refuses_an_unknown_setting(
    typed: Typed, tmp_path: Path, command: str
) -> None:
    (tmp_path / "alembic.ini").touch()
    (tmp_path / "rehearsal.toml").write_text('snapshots = "live.sql"\n')
    done = typed(command)
    assert done.code == 2
    assert "has an unknown setting 'snapshots' (did you mean 'snapshot'?)." in done.err
    assert not (tmp_path / ".rehearsal").exists()


def test_a_revision_of_since_that_does_not_exist_is_refused(typed: Typed, tmp_path: Path) -> None:
    write_project(tmp_path, [table("4b1d0c7e92a5", "customers")])
    done = typed("run", "--since", "4b1d0c7e92a6")
    assert done.code == 2
    assert "the revision '4b1d0c7e92a6' is not in the history" in done.err
    assert "did you mean '4b1d0c7e92a5'?" in done.err


def test_a_waiver_of_a_check_that_does_not_exist_is_refused(typed: Typed, tmp_path: Path) -> None:
    write_project(tmp_path, [table("a1", "customers")])
    waiver = 'waive = [{code = "D9", revision = "a1", reason = "old"}]\n'
    (tmp_path / "rehearsal.toml").write_text(waiver)
    done = typed("run")
    assert done.code == 2
    assert "a waiver names the check 'D9', which does not exist" in done.err


def test_a_waiver_of_a_revision_that_does_not_exist_is_refused(
    typed: Typed, tmp_path: Path
) -> None:
    write_project(tmp_path, [table("4b1d0c7e92a5", "customers")])
    waiver = 'waive = [{code = "D1", revision = "4b1d0c7e92a6", reason = "old"}]\n'
    (tmp_path / "rehearsal.toml").write_text(waiver)
    done = typed("run")
    assert done.code == 2
    assert "the waiver of D1 names the revision '4b1d0c7e92a6', which the history" in done.err
    assert "did you mean '4b1d0c7e92a5'?" in done.err


def test_a_server_that_is_no_choice_is_refused(typed: Typed, tmp_path: Path) -> None:
    write_project(tmp_path, [table("a1", "customers")])
    done = typed("run", "--server", "dokcer")
    assert done.code == 2
    assert "'dokcer'" in done.err
    assert "docker" in done.err


def test_a_server_by_url_must_be_declared_disposable(typed: Typed, tmp_path: Path) -> None:
    write_project(tmp_path, [table("a1", "customers")])
    done = typed("run", "--server", "postgresql://shop:s3cret@db.invalid/shop")
    assert done.code == 2
    assert "disposable = true" in done.err
    assert "s3cret" not in done.err


def test_a_database_that_cannot_be_reached_is_named_without_its_password(
    typed: Typed, tmp_path: Path
) -> None:
    write_project(tmp_path, [table("a1", "customers")])
    url = "postgresql://shop:s3cret@127.0.0.1:1/shop"
    done = typed("snapshot", "take", "--from", url, "--to", "live.sql")
    assert done.code == 3
    assert "postgresql://shop:***@127.0.0.1:1/shop cannot be reached" in done.err
    assert "s3cret" not in done.err
    assert not Path("live.sql").exists()


def test_an_interpreter_that_does_not_exist_is_named(typed: Typed, tmp_path: Path) -> None:
    write_project(tmp_path, [table("a1", "customers")])
    done = typed("run", "--python", "/nowhere/python")
    assert done.code == 3
    assert "/nowhere/python" in done.err


def test_a_section_that_does_not_exist_is_named(typed: Typed, tmp_path: Path) -> None:
    write_project(tmp_path, [table("a1", "customers")])
    done = typed("run", "--name", "alembik")
    assert done.code == 2
    config = tmp_path / "alembic.ini"
    assert f"there is no section [alembik] in {config} (did you mean 'alembic'?); " in done.err
    assert "sections: alembic" in done.err
    assert "Traceback" not in done.err


def test_the_url_of_a_server_that_does_not_run_is_an_error(typed: Typed, tmp_path: Path) -> None:
    write_project(tmp_path, [table("a1", "customers")])
    done = typed("url")
    assert done.code == 3
    assert "no development Postgres is running" in done.err
    assert done.out == ""


TELL = """
from concurrent.futures import ThreadPoolExecutor
from alembic_rehearsal.cli.options import tell

with ThreadPoolExecutor(8) as pool:
    list(pool.map(lambda number: tell(f"{number} " + "x" * 90), range(2000)))
"""


def test_lines_that_are_printed_at_once_stay_whole() -> None:
    done = subprocess.run([sys.executable, "-c", TELL], stderr=subprocess.PIPE, text=True)
    told = done.stderr.splitlines()
    assert sorted(int(line.split()[0]) for line in told) == list(range(2000))
    assert {len(line.split()[1]) for line in told} == {90}


# --- errors as text ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError, 2),
        (Refused, 1),
        (MigrationFailed, 1),
        (NoServer, 3),
        (WrongServer, 3),
        (SnapshotUnreadable, 3),
        (DatabaseNotEmpty, 3),
        (ProjectDoesNotLoad, 3),
        (SystemCallFailed, 3),
        (ToolFailed, 3),
    ],
)
def test_each_error_has_its_exit_code(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, error: type[RehearsalError], code: int
) -> None:
    monkeypatch.setattr(options, "find_settings", raising(error("it is so.")))
    assert typed("url") == (code, "", "rehearsal: it is so.\n")


def test_ctrl_c_ends_with_130(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "find_settings", raising(KeyboardInterrupt()))
    done = typed("url")
    assert done.code == 130
    assert "Traceback" not in done.err


def test_an_error_of_the_system_is_quoted(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    full = OSError(28, "No space left on device", "/srv/x")
    monkeypatch.setattr(options, "find_settings", raising(full))
    done = typed("url")
    assert done.code == 3
    assert done.err.startswith("rehearsal: /srv/x: No space left on device.\n  try: df -h")


def test_an_error_is_one_block_with_its_ways_out() -> None:
    error = RehearsalError("a is b.", why="it was c.\nand d.", remedies=("e", "f\ng"))
    assert error_text(error) == (
        "rehearsal: a is b.\n  it was c.\n  and d.\n  try: e\n   or: f\n       g"
    )


def test_a_password_in_an_error_is_masked() -> None:
    error = RehearsalError("postgresql://shop:s3cret@db/shop is down.", why="password=s3cret")
    assert "s3cret" not in error_text(error)


def test_a_remedy_with_a_placeholder_is_shown_unchanged() -> None:
    way = "postgresql://USER:PASSWORD@HOST:5432/NAME"
    assert f"  try: {way}" in error_text(RehearsalError("no URL.", remedies=(way,)))


def raising(error: BaseException) -> Callable[..., None]:
    def raise_(*_: object, **__: object) -> None:
        raise error

    return raise_
