"""A history that does not load: one text and one exit code, before any server is started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from alembic_rehearsal.building.schemas import read_schema
from alembic_rehearsal.building.template import migrated_schema
from alembic_rehearsal.core.settings.files import find_settings
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.errors import RehearsalError
from alembic_rehearsal.development.migrate import migrate, reset
from alembic_rehearsal.drift.find import find_drift
from alembic_rehearsal.identify.identify import identify_schema
from alembic_rehearsal.lockfile.write import lock_history
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.judging.selection import choose_checks
from alembic_rehearsal.rehearsal.rehearse import rehearse
from alembic_rehearsal.squash.squash import squash_history
from support.projects import Rev, rev, table, write_project
from support.snapshots import production

MakeProject = Callable[..., Settings]


def ignore(line: str) -> None:
    """What a command tells of its progress; nobody listens here."""


def drift(settings: Settings) -> None:
    find_drift(str(settings.snapshot), settings.project(), settings, tell=ignore)


def identify(settings: Settings) -> None:
    identify_schema(str(settings.snapshot), settings.project(), settings, tell=ignore)


def lock(settings: Settings) -> None:
    lock_history(settings.project(), settings, tell=ignore)


def squash(settings: Settings) -> None:
    squash_history(settings.project(), settings, "a1", dry_run=True, tell=ignore)


def schema_of_head(settings: Settings) -> None:
    read_schema("head", settings.project(), settings, tell=ignore)


def schema_of_models(settings: Settings) -> None:
    read_schema("models", settings.project(), settings, tell=ignore)


def development_migrate(settings: Settings) -> None:
    migrate(settings.project(), settings, tell=ignore)


def development_reset(settings: Settings) -> None:
    reset(settings.project(), settings, tell=ignore)


def databases_for_tests(settings: Settings) -> None:
    with migrated_schema(settings.project(), settings, tell=ignore):
        raise AssertionError("there is no such schema")


COMMANDS = (
    drift,
    identify,
    lock,
    squash,
    schema_of_head,
    schema_of_models,
    development_migrate,
    development_reset,
    databases_for_tests,
)


@pytest.fixture
def project_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeProject:
    """Projects of some revisions, with a snapshot; no server can be started."""

    def no_server(*_: object, **__: object) -> None:
        raise AssertionError("a server is started for a history that does not load")

    def make(*revisions: Rev) -> Settings:
        write_project(tmp_path, revisions)
        return find_settings(None)

    for where in ("building.builder", "building.template"):
        monkeypatch.setattr(f"alembic_rehearsal.{where}.throwaway_server", no_server)
    monkeypatch.setattr("alembic_rehearsal.development.migrate.start_database", no_server)
    monkeypatch.setattr("alembic_rehearsal.development.migrate.drop_database_or_server", no_server)
    production(tmp_path)
    monkeypatch.chdir(tmp_path)
    return make


@pytest.fixture
def settings(project_of: MakeProject) -> Settings:
    return project_of(table("a1", "customers"), rev("b2", text="this is no Python\n"))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.__name__)
def test_every_command_says_the_same_and_ends_with_1(
    settings: Settings, command: Callable[[Settings], None]
) -> None:
    with pytest.raises(RehearsalError) as caught:
        command(settings)
    path = settings.folder / "migrations" / "versions" / "0001_b2.py"
    assert caught.value.exit_code == 1
    assert caught.value.what.startswith(f"{path}:1: ")
    assert caught.value.why.startswith("Alembic refuses every command")
    assert caught.value.remedies == ("mend that file, then: alembic history",)


@pytest.mark.parametrize(
    "command", [lock, schema_of_head, development_migrate, databases_for_tests]
)
def test_two_heads_are_refused_before_a_server_is_started(
    project_of: MakeProject, command: Callable[[Settings], None]
) -> None:
    settings = project_of(table("a1", "one"), table("b2", "two"), rev("c3", down="a1"))
    with pytest.raises(RehearsalError, match="the history has 2 heads: b2, c3") as caught:
        command(settings)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("options", [("U", None), (None, "H"), ("D,B", "H2"), (None, None)])
def test_a_rehearsal_finds_it_whatever_checks_were_chosen(
    settings: Settings, options: tuple[str | None, str | None]
) -> None:
    scope = Scope(choose_checks(*options))
    with rehearse(settings.project(), settings, tell=ignore, scope=scope) as held:
        report = held.report
    assert [each.code for each in report.findings] == ["H2"]
    assert report.failed
