"""Where a history begins: one decision, for every command that makes a database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alembic_rehearsal.building.schemas import read_schema
from alembic_rehearsal.building.start import (
    Bootstrap,
    Empty,
    FromSnapshot,
    HistoryStart,
    choose_start,
)
from alembic_rehearsal.building.template import migrated_schema
from alembic_rehearsal.core.settings.files import find_settings
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.errors import Refused, UsageError
from alembic_rehearsal.development.migrate import reset
from support.evidence import FOLDER, history, revision, snapshot
from support.projects import table, write_project

LINE = history(revision("a1"), revision("b2", "a1"), revision("c3", "b2"))
AT_B2 = snapshot("b2")
NOT_REPLAYABLE = {"replayable": False, "source": FOLDER / "rehearsal.toml"}


def settings(**values: Any) -> Settings:
    return Settings(FOLDER / "alembic.ini", **values)


@pytest.mark.parametrize(
    ("values", "prefer_snapshot", "start"),
    [
        ({}, False, Empty()),
        ({"bootstrap": "older.sql"}, False, Bootstrap("older.sql")),
        (NOT_REPLAYABLE, False, FromSnapshot(AT_B2)),
        ({**NOT_REPLAYABLE, "bootstrap": "older.sql"}, False, FromSnapshot(AT_B2)),
        ({}, True, FromSnapshot(AT_B2)),
        ({"bootstrap": "older.sql"}, True, FromSnapshot(AT_B2)),
    ],
)
def test_a_history_begins_with_the_snapshot_where_it_must_or_is_wanted(
    values: dict[str, Any], prefer_snapshot: bool, start: HistoryStart
) -> None:
    chosen = choose_start(settings(**values), AT_B2, LINE, prefer_snapshot=prefer_snapshot)
    assert chosen == start


def test_a_snapshot_that_is_wanted_and_not_there_is_not_needed() -> None:
    assert choose_start(settings(), None, LINE, prefer_snapshot=True) == Empty()


@pytest.mark.parametrize("prefer_snapshot", [True, False])
def test_a_history_that_is_not_replayable_needs_a_snapshot(prefer_snapshot: bool) -> None:
    with pytest.raises(UsageError, match=r"rehearsal\.toml declares the history not replayable"):
        choose_start(settings(**NOT_REPLAYABLE), None, LINE, prefer_snapshot=prefer_snapshot)


def test_a_snapshot_of_an_unknown_revision_is_refused() -> None:
    with pytest.raises(Refused, match="at revision z9, which the history does not contain"):
        choose_start(settings(**NOT_REPLAYABLE), snapshot("z9"), LINE, ["c3"])


@pytest.mark.parametrize("destination", ["a1", "a"])
def test_what_is_older_than_the_snapshot_is_refused(destination: str) -> None:
    with pytest.raises(Refused, match=r"^a1 is older than .*production\.sql \(at b2\)"):
        choose_start(settings(**NOT_REPLAYABLE), AT_B2, LINE, [destination])


@pytest.mark.parametrize("destination", ["b2", "c3", "head"])
def test_what_is_as_new_as_the_snapshot_is_not(destination: str) -> None:
    start = choose_start(settings(**NOT_REPLAYABLE), AT_B2, LINE, [destination])
    assert start == FromSnapshot(AT_B2)


# --- in every command --------------------------------------------------------------------


def ignore(line: str) -> None:
    """What a command tells of its progress; nobody listens here."""


def schema_show(settings: Settings) -> None:
    read_schema("head", settings.project(), settings, tell=ignore)


def make_reset(settings: Settings) -> None:
    reset(settings.project(), settings, tell=ignore)


def databases_for_tests(settings: Settings) -> None:
    with migrated_schema(settings.project(), settings, tell=ignore):
        raise AssertionError("there is no such schema")


@pytest.mark.parametrize("command", [schema_show, make_reset, databases_for_tests])
def test_every_command_refuses_it_in_the_same_words_before_a_server_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Callable[[Settings], None]
) -> None:
    def no_server(*_: object, **__: object) -> None:
        raise AssertionError("a server is started that cannot be used")

    for where in ("building.builder.throwaway_server", "building.template.throwaway_server"):
        monkeypatch.setattr(f"alembic_rehearsal.{where}", no_server)
    monkeypatch.setattr("alembic_rehearsal.development.migrate.start_database", no_server)
    monkeypatch.setattr("alembic_rehearsal.development.migrate.drop_database_or_server", no_server)
    write_project(tmp_path, [table("a1", "customers")])
    (tmp_path / "rehearsal.toml").write_text("replayable = false\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        command(find_settings(None))
    assert caught.value.what == (
        f"{tmp_path}/rehearsal.toml declares the history not replayable, and there is no snapshot "
        "to start from."
    )
