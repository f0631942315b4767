"""A wrong baseline is noticed: each kind of statement removed from one, or changed in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alembic_rehearsal.core.postgres.psql_script import statements_of
from alembic_rehearsal.core.settings.files import find_settings
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.core.values.errors import Refused
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.squash import squash as squash_module
from alembic_rehearsal.squash.baseline_sql import baseline_statements
from alembic_rehearsal.squash.proof import sample_evenly
from alembic_rehearsal.squash.values import SquashResult
from support.cli import rehearsal
from support.databases import scratch
from support.projects import rev, table, write_project
from support.squash import upgraded
from support.wide_schema import WIDE

Edit = Callable[[str], str]


@pytest.fixture(scope="module")
def project(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("wide")
    run = "op.get_bind().exec_driver_sql(each, execution_options={'no_parameters': True})"
    wide = rev("a1", f"for each in {list(statements_of(WIDE))!r}:\n    {run}")
    project = write_project(folder, [wide, table("b2", "second")])
    with scratch(server, "production") as database:
        upgraded(project, database, "b2")
        taken = rehearsal("snapshot", "take", "--from", database.url(""), folder=folder)
    assert taken.returncode == 0, taken.stderr
    return project


def squashed(project: Project, edit: Edit, monkeypatch: pytest.MonkeyPatch) -> SquashResult:
    """A dry run of a squash whose baseline is the right one, changed by `edit`."""

    def edited(database: Database) -> tuple[str, ...]:
        return tuple(kept for each in baseline_statements(database) if (kept := edit(each)))

    monkeypatch.setattr(squash_module, "baseline_statements", edited)
    settings = find_settings(project.config)
    return squash_module.squash_history(
        project, settings, "b2", dry_run=True, tell=lambda line: None
    )


def without(beginning: str) -> Edit:
    return lambda statement: "" if statement.startswith(beginning) else statement


def replaced(old: str, new: str) -> Edit:
    return lambda statement: statement.replace(old, new)


@pytest.mark.parametrize(
    ("edit", "difference"),
    [
        (without("INSERT INTO public.log"), "rows of public.log: number 3 became 0"),
        (replaced("'one'", "'two'"), "values of public.parts.v: checksum"),
        (
            replaced("'Bob', 'ok', NULL, NULL, 3", "'Bob', 'ok', 'x', NULL, 3"),
            "values of app.people.likes: checksum",
        ),
        (
            replaced("setval('public.b_id_seq', 77", "setval('public.b_id_seq', 78"),
            "77 used became",
        ),
        (without("SELECT pg_catalog.setval('public.again'"), "sequence public.again: value 9"),
        (without("GRANT"), "table public.log lost its privileges"),
        (without("ALTER TABLE public.owned OWNER"), "owner pg_monitor became postgres"),
        (without("ALTER DEFAULT PRIVILEGES"), "default privileges"),
        (without("CREATE TRIGGER"), "trigger public.parts.noted is gone"),
        (without("REFRESH"), "materialized view public.counted: content filled became never"),
        (without("COMMENT ON TABLE"), "lost its comment"),
        (replaced("\t-- a tab before", "    -- a tab before"), "function public.noted()"),
    ],
)
def test_what_a_baseline_lacks_is_a_difference(
    project: Project, monkeypatch: pytest.MonkeyPatch, edit: Edit, difference: str
) -> None:
    found = squashed(project, edit, monkeypatch)
    assert not found.holds
    assert difference in "; ".join(each.text for each in found.proofs[-1].differences)
    assert not found.is_written


def test_values_in_another_row_are_noticed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swapped(statement: str) -> str:
        names = {"(2, 'Bob'": "(2, 'Ann'", "(1, 'Ann'": "(1, 'Bob'"}
        for old, new in names.items():
            statement = statement.replace(old, new)
        return statement

    found = squashed(project, swapped, monkeypatch)
    texts = [each.text for proof in found.proofs for each in proof.differences]
    assert [each.split(":")[0] for each in texts] == ["whole rows of app.people"]


def test_a_search_path_that_is_not_restored_is_noticed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept(statement: str) -> str:
        return "" if "current_setting('squash.search_path', true)" in statement else statement

    with pytest.raises(Refused, match="cannot be built to b2, but the old one can"):
        squashed(project, kept, monkeypatch)


def test_of_many_later_revisions_the_first_the_last_and_some_between_are_tried() -> None:
    assert sample_evenly(["a"]) == ["a"]
    many = [str(number) for number in range(100)]
    chosen = sample_evenly(many)
    assert (len(chosen), chosen[0], chosen[-1]) == (12, "0", "99")
    assert len(set(chosen)) == 12
