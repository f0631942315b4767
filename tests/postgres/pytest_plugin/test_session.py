"""`pytest --rehearsal`: the rehearsal as tests that can be chosen, one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.projects import rev, table, write_project
from support.pytest_plugin import Run, pytest_run, section
from support.snapshots import production

ORDINARY = "def test_ordinary(): pass\n"
LEANS = 'import datetime\nop.execute(f"SELECT {datetime.datetime.now().year}")'
# Of a1, which production has, and of b2 and d4 the downgrade fails; c3 leans on the clock.
REVISIONS = (
    rev("a1", 'op.execute("CREATE TABLE customers (id int)")', 'op.execute("DROP TABLE customer")'),
    rev("b2", 'op.execute("CREATE TABLE orders (id int)")', 'op.execute("DROP TABLE ordrs")'),
    rev("c3", LEANS),
    rev("d4", 'op.execute("CREATE TABLE notes (id int)")', 'op.execute("DROP TABLE note")'),
)
WAIVER = 'waive = [{code = "D3", revision = "d4", reason = "rolled forward only"}]\n'
pytestmark = pytest.mark.usefixtures("nothing_left")


def shop(folder: Path) -> Path:
    write_project(folder, REVISIONS, files={"test_shop.py": ORDINARY})
    production(folder)
    (folder / "rehearsal.toml").write_text(WAIVER)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All of a history that has something of everything; warnings are errors to this project."""
    return pytest_run(shop(tmp_path_factory.mktemp("shop")), "--rehearsal", "-rs", "-W", "error")


def first_lines(run: Run) -> dict[str, list[str]]:
    return {name: text.splitlines()[:1] for name, text in run.texts.items()}


def test_each_check_and_each_revision_is_a_test_like_the_ordinary_ones(whole: Run) -> None:
    assert whole.code == pytest.ExitCode.TESTS_FAILED
    assert whole.outcomes["test_shop::test_ordinary"] == "passed"
    assert {"rehearsal::H1", "rehearsal::U3", "rehearsal::D2::a1"} < set(whole.outcomes)
    assert whole.of("failure") == ["rehearsal::D3::b2"]
    assert whole.of("error") == []


def test_a_finding_has_the_text_of_the_rehearsal(whole: Run) -> None:
    assert "D3 b2: down and up again works ____" in whole.said
    assert (
        "\nD3  migrations/versions/0001_b2.py:17   b2\n"
        '    b2 cannot be taken down: table "ordrs" does not exist (SQLSTATE 42P01)\n'
        "    statement: DROP TABLE ordrs\n"
        "    why  a rollback of the deploy"
    ) in whole.said
    assert "\n    do   mend the downgrade" in whole.said
    assert "\n         rehearsal explain D3\n" in whole.said
    assert "Traceback" not in whole.said
    assert "alembic_rehearsal/" not in whole.said


def test_findings_that_fail_no_test_are_shown_at_the_end(whole: Run) -> None:
    shown = section(whole.said)
    assert "history     4 revisions, head d4\n" in shown
    assert "server      PostgreSQL " in shown
    assert "   a1\n    a1 cannot be taken down" in shown
    assert "production has this revision already: the finding does not fail the run" in shown
    assert "H5  migrations/versions/0002_c3.py" in shown
    assert "   d4\n    waived: rolled forward only\n" in shown
    assert "ordrs" not in shown
    passed = {f"rehearsal::{each}" for each in ("D3::a1", "D3::d4", "H5::c3")}
    assert passed <= set(whole.of("passed"))


def test_what_was_not_judged_is_skipped_with_its_reason_and_its_place(whole: Run) -> None:
    assert whole.outcomes["rehearsal::U4"] == "skipped"
    assert "U4 is not judged: " in whole.texts["rehearsal::U4"]
    assert "0001_b2.py:16: D2 is not judged: D3 reports it" in whole.said


def test_workers_hold_it_once_and_say_the_same(whole: Run, tmp_path: Path) -> None:
    spread = pytest_run(shop(tmp_path), "--rehearsal", "-n", "2", "-v")
    assert spread.outcomes == whole.outcomes
    assert first_lines(spread) == first_lines(whole)
    assert section(spread.said) == section(whole.said)
    assert spread.said.count("\nfrom head down and up again") == 1


def test_findings_on_what_production_has_fail_where_that_is_asked_for(tmp_path: Path) -> None:
    run = pytest_run(shop(tmp_path), "--rehearsal", "--rehearsal-all", "rehearsal::D3")
    assert run.of("failure") == ["rehearsal::D3::a1", "rehearsal::D3::b2"]
    assert run.outcomes["rehearsal::D3::d4"] == "passed"


# --- choosing ----------------------------------------------------------------------------


def test_one_test_can_be_chosen_and_runs_what_it_needs(tmp_path: Path) -> None:
    run = pytest_run(shop(tmp_path), "--rehearsal", "-v", "-k", "D3 and b2")
    assert run.outcomes == {"rehearsal::D3::b2": "failure"}
    assert "each revision up, down and up again" in run.said
    assert "upgrade from empty" not in run.said


@pytest.mark.parametrize(
    "typed", [("-k", "rehearsal::H5::c3"), ("rehearsal::H5::c",), ("-k", "H5 and c3")], ids=str
)
def test_what_judges_files_alone_starts_no_server(tmp_path: Path, typed: tuple[str, ...]) -> None:
    run = pytest_run(shop(tmp_path), "--rehearsal", *typed)
    assert run.outcomes == {"rehearsal::H5::c3": "passed"}
    assert "H5  migrations/versions/0002_c3.py" in section(run.said)
    assert "server " not in section(run.said)


def test_a_name_of_the_rehearsal_and_a_path_are_both_collected(tmp_path: Path) -> None:
    run = pytest_run(shop(tmp_path), "--rehearsal", "rehearsal::H1", "test_shop.py")
    assert run.outcomes == {"test_shop::test_ordinary": "passed", "rehearsal::H1": "passed"}
    assert run.code == 0


def test_the_first_failure_ends_it_with_x(tmp_path: Path) -> None:
    write_project(tmp_path, [table("a1", "customers"), table("b2", "orders", down=())])
    run = pytest_run(tmp_path, "--rehearsal", "-x", "rehearsal::H1", "rehearsal::H2")
    assert run.outcomes == {"rehearsal::H1": "failure"}


def test_collecting_runs_nothing(tmp_path: Path) -> None:
    loud = rev("e5", 'import pathlib; pathlib.Path("was_run").touch()')
    write_project(tmp_path, (*REVISIONS, loud))
    run = pytest_run(tmp_path, "--rehearsal", "--collect-only", "-q", "rehearsal")
    assert run.code == 0
    assert {"rehearsal::U3", "rehearsal::D1::e5"} <= set(run.said.split())
    assert not (tmp_path / "was_run").exists()


def test_nothing_is_collected_unasked(tmp_path: Path) -> None:
    assert pytest_run(shop(tmp_path)).outcomes == {"test_shop::test_ordinary": "passed"}


def test_what_the_settings_skip_is_not_collected(tmp_path: Path) -> None:
    (shop(tmp_path) / "rehearsal.toml").write_text('skip = ["D", "U"]\n')
    run = pytest_run(tmp_path, "--rehearsal", "rehearsal")
    assert {name.split("::")[1][0] for name in run.outcomes} == {"H", "B"}
    assert "chosen      checks B1, H1, H2, H3, H4, H5, H6\n" in section(run.said)


def test_a_folder_that_is_called_rehearsal_is_a_folder(tmp_path: Path) -> None:
    (shop(tmp_path) / "rehearsal").mkdir()
    (tmp_path / "rehearsal" / "test_inner.py").write_text("def test_inner(): pass\n")
    run = pytest_run(tmp_path, "--rehearsal", "rehearsal", "-k", "test_inner")
    assert run.of("passed") == ["rehearsal::test_inner::test_inner"]


def test_a_name_of_no_test_is_an_error_that_says_how_to_list_them(tmp_path: Path) -> None:
    run = pytest_run(shop(tmp_path), "--rehearsal", "rehearsal::D3::z9")
    assert run.code == pytest.ExitCode.INTERRUPTED  # as pytest has errors of collecting
    assert "no test of the rehearsal is called D3::z9" in run.said
    assert "pytest --rehearsal --collect-only -q rehearsal" in run.said


# --- where it cannot be held -------------------------------------------------------------


def test_a_history_that_does_not_load_fails_one_test_and_skips_the_others(tmp_path: Path) -> None:
    write_project(tmp_path, [rev("a1", text="revision = 'a1'\ndown_revision = 'z9'\n")])
    run = pytest_run(tmp_path, "--rehearsal")
    assert run.of("failure") == ["rehearsal::H2"]
    assert run.of("passed") == []
    assert "the history does not load" in run.texts["rehearsal::U1"]


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_rehearsal_that_could_not_run_is_reported_once_in_full(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    wrong = WAIVER.replace("D3", "D33")
    (shop(tmp_path) / "rehearsal.toml").write_text(wrong)
    run = pytest_run(tmp_path, "--rehearsal", *workers, "rehearsal::D1")
    assert set(run.outcomes.values()) == {"error"}
    assert len(run.outcomes) == 4
    assert run.said.count("\nrehearsal: a waiver names the check 'D33', which does not exist") == 1
    assert run.said.count("try: rehearsal explain") == 1
    assert run.said.count("\nrehearsal: the rehearsal could not be held: a waiver names") == 3
    assert "Traceback" not in run.said


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_without_a_configuration_it_says_where_it_looked(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    (tmp_path / "test_shop.py").write_text(ORDINARY)
    run = pytest_run(tmp_path, "--rehearsal", *workers)
    assert "ERROR collecting rehearsal" in run.said
    assert f"rehearsal: there is no Alembic configuration at {tmp_path}/alembic.ini." in run.said
    assert "--rehearsal-config" in run.said
    assert "Traceback" not in run.said
