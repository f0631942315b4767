"""`make test` leaves out no command, no check and no name that it means to run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from alembic_rehearsal.cli import rehearsal
from alembic_rehearsal.rehearsal.checks.all_checks import CODES
from everyday import EVERYDAY, is_everyday

ROOT = Path(__file__).parents[2]
POSTGRES = "tests/postgres"
# Every command that `rehearsal --help` lists, and an everyday test that types it.
COMMANDS = {
    "run": f"{POSTGRES}/rehearsal/test_rehearse.py::"
    "test_the_sample_is_clean_and_every_check_is_judged",
    "report merge": f"{POSTGRES}/rehearsal/test_shards.py::"
    "test_the_joined_shards_give_the_report_of_a_whole_run[make_broken]",
    "migrate": f"{POSTGRES}/development/test_migrate.py::"
    "test_a_fresh_checkout_is_brought_from_production_to_head",
    "up": f"{POSTGRES}/development/test_migrate.py::test_down_keeps_the_data_and_the_port",
    "down": f"{POSTGRES}/development/test_migrate.py::test_down_keeps_the_data_and_the_port",
    "reset": f"{POSTGRES}/development/test_migrate.py::"
    "test_a_revision_of_another_branch_is_refused_and_reset_cures_it",
    "url": f"{POSTGRES}/development/test_migrate.py::"
    "test_url_prints_what_psql_takes_and_nothing_else",
    "env": f"{POSTGRES}/development/test_migrate.py::"
    "test_env_writes_the_url_and_keeps_the_other_lines",
    "psql": f"{POSTGRES}/development/test_migrate.py::test_psql_runs_on_the_development_database",
    "snapshot take": f"{POSTGRES}/snapshot/test_take.py::test_no_row_leaves_production",
    "snapshot show": f"{POSTGRES}/snapshot/test_verify.py::test_show_prints_the_provenance_as_text",
    "snapshot verify": f"{POSTGRES}/snapshot/test_verify.py::"
    "test_a_snapshot_of_a_living_database_holds",
    "schema show": f"{POSTGRES}/cli/test_schema.py::"
    "test_the_sample_is_shown_with_the_past_that_its_production_has",
    "schema diff": f"{POSTGRES}/cli/test_schema.py::"
    "test_two_revisions_differ_by_what_lies_between_them",
    "drift": f"{POSTGRES}/drift/test_find.py::test_what_was_done_by_hand_is_named",
    "identify": f"{POSTGRES}/identify/test_identify.py::"
    "test_an_unstamped_database_is_identified_by_its_schema",
    "squash": f"{POSTGRES}/squash/test_squash.py::"
    "test_revisions_that_production_has_applied_become_one",
    "lock": f"{POSTGRES}/lockfile/test_write.py::"
    "test_it_records_what_each_revision_makes_and_removes",
    "servers": f"{POSTGRES}/core/postgres/servers/test_matrix.py::"
    "test_the_command_lists_the_servers_of_this_machine_newest_first",
    "explain": "tests/unit/cli/test_rehearsal.py::"
    "test_explain_prints_the_page_of_a_check_in_any_case",
}

# It has no subcommands, and is no command of `rehearsal`.
REHEARSAL_INIT = (
    f"{POSTGRES}/deploy/test_initialize.py::test_a_missing_database_is_created_and_brought_to_head"
)
# One test for each check, by its code.
OF_EACH_CHECK = (
    f"{POSTGRES}/rehearsal/checks/test_examples.py::"
    "test_the_bad_example_yields_its_finding_and_no_other"
)


def functions(path: str) -> dict[str, str]:
    """The source of each test function of a file."""
    text = (ROOT / path).read_text()
    return {
        node.name: ast.get_source_segment(text, node) or ""
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("path", EVERYDAY)
def test_each_name_is_that_of_a_test(path: str) -> None:
    names = {each.partition("[")[0] for each in EVERYDAY[path]}
    assert names <= set(functions(path))


def test_each_command_has_an_everyday_test() -> None:
    assert {*COMMANDS} == {*typed_commands(get_command(rehearsal.app))}
    for nodeid in (*COMMANDS.values(), REHEARSAL_INIT):
        path, _, name = nodeid.partition("::")
        assert is_everyday(nodeid), nodeid
        assert name.partition("[")[0] in functions(path), nodeid


@pytest.mark.parametrize("code", CODES)
def test_each_check_has_an_everyday_test(code: str) -> None:
    path, _, name = OF_EACH_CHECK.partition("::")
    assert is_everyday(f"{OF_EACH_CHECK}[{code}]")
    assert name in functions(path)


def typed_commands(command: Any, before: str = "") -> Iterator[str]:
    """What can be typed after `rehearsal`."""
    for name, each in command.commands.items():
        typed = f"{before} {name}".strip()
        yield from typed_commands(each, typed) if hasattr(each, "commands") else [typed]


def test_a_test_against_postgres_is_slow_unless_it_is_named() -> None:
    path, names = next(iter(EVERYDAY.items()))
    assert is_everyday(f"{path}::{names[0]}")
    assert is_everyday(f"{path}::{names[0]}[D1]")
    assert not is_everyday(f"{path}::test_another")
    assert is_everyday("tests/unit/core/values/test_urls.py::test_any")
