"""Family U, second half, as pure functions: other modes, a second upgrade, a second run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from alembic_rehearsal.core.project.steps import Failure, UpgradeRun, WalkMode
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.rehearsal.facts.downgrade import RoundTrip, Stairway
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.findings import Finding, Severity
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import (
    OtherModeUpgrade,
    OtherModeUpgrades,
    SecondRun,
    SecondRuns,
    UpgradeFromEmpty,
    UpgradeFromSnapshot,
)
from alembic_rehearsal.rehearsal.judging.judge import judge
from support.evidence import FOLDER, evidence, history, revision, walked

LINE = history(revision("a1"), replace(revision("b2", "a1"), inspects_database=True))
ENV_PY = FOLDER / "versions" / "env.py"
MADE = Difference("table", "public.audit", Change.ADDED)
GONE = Difference("view", "public.v", Change.REMOVED)
EXISTS = Failure(
    'type "mood" already exists',
    "ProgrammingError",
    path=FOLDER / "versions" / "b2.py",
    line=13,
    revision="b2",
    statement="CREATE TYPE mood AS ENUM ('a')",
    sqlstate="42710",
)
AT_HEAD = walked("b2")
STUCK = walked("a1", failure=EXISTS)


def reported(known: Evidence, code: str) -> list[Finding]:
    return [each for each in judge(known)[0] if each.code == code]


# --- U9 ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (
            SecondRun(Start.EMPTY, differences=(MADE,)),
            "changes the database: table public.audit is",
        ),
        (SecondRun(Start.EMPTY, planned=("b2",)), "would run b2 once more."),
        (SecondRun(Start.EMPTY, failure=replace(EXISTS, revision="")), "fails: type"),
    ],
)
def test_a_second_upgrade_that_does_anything_is_a_finding(run: SecondRun, said: str) -> None:
    (found,) = reported(evidence(LINE, SecondRuns((run,))), "U9")
    assert found.what.startswith(f"from an empty database, a second `upgrade head` {said}")
    assert (found.path, found.object) == (ENV_PY, "from an empty database")


def test_a_second_upgrade_that_does_nothing_is_no_finding() -> None:
    runs = SecondRuns((SecondRun(Start.EMPTY), SecondRun(Start.SNAPSHOT)))
    assert reported(evidence(LINE, runs), "U9") == []


def test_what_env_py_does_from_both_starts_is_one_finding() -> None:
    runs = SecondRuns(tuple(SecondRun(start, differences=(MADE,)) for start in Start))
    assert len(reported(evidence(LINE, runs), "U9")) == 1


# --- U10 ---------------------------------------------------------------------------------


def modes(*upgrades: OtherModeUpgrade, own: UpgradeRun = AT_HEAD, **other: Any) -> Evidence:
    return evidence(LINE, UpgradeFromEmpty(own), OtherModeUpgrades(upgrades), **other)


def upgrade(
    mode: WalkMode, seen: UpgradeRun = AT_HEAD, start: Start = Start.EMPTY, **other: Any
) -> OtherModeUpgrade:
    return OtherModeUpgrade(start, mode, seen, **other)


def test_modes_that_end_in_one_schema_are_no_finding() -> None:
    assert (
        reported(
            modes(
                upgrade(WalkMode.TRANSACTION_PER_MIGRATION), upgrade(WalkMode.COMMAND_PER_MIGRATION)
            ),
            "U10",
        )
        == []
    )


def test_a_mode_in_which_a_revision_fails_is_named_with_that_revision() -> None:
    (found,) = reported(
        modes(
            upgrade(WalkMode.TRANSACTION_PER_MIGRATION),
            upgrade(WalkMode.COMMAND_PER_MIGRATION, STUCK),
        ),
        "U10",
    )
    assert found.what == (
        "with one command per migration, from an empty database, upgrade of b2 fails: "
        'type "mood" already exists (SQLSTATE 42710)\n'
        "statement: CREATE TYPE mood AS ENUM ('a')"
    )
    assert (found.path, found.line, found.revision) == (EXISTS.path, 13, "b2")
    assert found.do.startswith("rehearsal run --checks U10 --keep ")


def test_one_revision_that_fails_in_two_modes_and_from_two_starts_is_one_finding() -> None:
    upgrades = [
        upgrade(mode, STUCK, start)
        for start in Start
        for mode in (WalkMode.TRANSACTION_PER_MIGRATION, WalkMode.COMMAND_PER_MIGRATION)
    ]
    known = evidence(
        LINE,
        *(
            UpgradeFromEmpty(AT_HEAD),
            UpgradeFromSnapshot(AT_HEAD),
            OtherModeUpgrades(tuple(upgrades)),
        ),
        production=("a1",),
    )
    assert len(reported(known, "U10")) == 1


def test_a_mode_that_ends_in_another_schema_says_which_way_round() -> None:
    (found,) = reported(
        modes(upgrade(WalkMode.TRANSACTION_PER_MIGRATION, differences=(MADE, GONE))), "U10"
    )
    assert found.what == (
        "with one command, one transaction per migration, from an empty database, the result "
        "is another schema: table public.audit is there as well; view public.v is missing."
    )
    assert found.do.startswith("transaction_per_migration=True ")


def test_what_fails_as_env_py_runs_it_is_reported_once_and_says_how_it_works() -> None:
    known = modes(
        upgrade(WalkMode.TRANSACTION_PER_MIGRATION),
        upgrade(WalkMode.COMMAND_PER_MIGRATION),
        own=STUCK,
    )
    (found,) = reported(known, "U1")
    assert reported(known, "U10") == []
    assert found.what.endswith(
        "\nthe same upgrade works with one command, one transaction per migration; "
        "or with one command per migration"
    )


def test_what_fails_in_every_mode_is_reported_once() -> None:
    known = modes(
        upgrade(WalkMode.TRANSACTION_PER_MIGRATION, STUCK),
        upgrade(WalkMode.COMMAND_PER_MIGRATION, STUCK),
        own=STUCK,
    )
    assert reported(known, "U10") == []
    (found,) = reported(known, "U1")
    assert "the same upgrade works" not in found.what


def test_what_works_in_another_mode_from_production_is_said_of_that_start() -> None:
    upgrades = OtherModeUpgrades(
        (
            upgrade(WalkMode.TRANSACTION_PER_MIGRATION, start=Start.SNAPSHOT),
            upgrade(WalkMode.TRANSACTION_PER_MIGRATION, STUCK),
        )
    )
    known = evidence(
        LINE, UpgradeFromEmpty(STUCK), UpgradeFromSnapshot(STUCK), upgrades, production=("a1",)
    )
    assert "the same upgrade works with one command, one tr" in reported(known, "U2")[0].what
    assert "the same upgrade works" not in reported(known, "U1")[0].what


def test_an_env_py_that_keeps_nothing_is_not_reported_for_every_mode() -> None:
    nothing = walked()
    known = modes(
        upgrade(WalkMode.TRANSACTION_PER_MIGRATION, nothing),
        upgrade(WalkMode.COMMAND_PER_MIGRATION, STUCK),
        own=nothing,
    )
    assert reported(known, "U10") == []
    assert len(reported(known, "U1")) == 1


# --- U11 ---------------------------------------------------------------------------------


def again(**other: Any) -> Stairway:
    return Stairway((RoundTrip("b2", Start.EMPTY, changed_schema=True, wrote=True, **other),))


def test_a_revision_that_looks_and_does_nothing_the_second_time_is_no_finding() -> None:
    assert reported(evidence(LINE, again()), "U11") == []


def test_a_revision_that_looks_and_fails_the_second_time_is_a_warning_at_its_line() -> None:
    (found,) = reported(evidence(LINE, again(repeat_failure=EXISTS)), "U11")
    assert (found.severity, found.fails, found.line) == (Severity.WARNING, False, 13)
    assert found.what.startswith(
        "run again on a schema that has its change, the upgrade fails: type"
    )


def test_a_revision_that_looks_and_changes_something_the_second_time_says_what() -> None:
    (found,) = reported(evidence(LINE, again(repeat_differences=(MADE,))), "U11")
    assert found.what == (
        "run again on a schema that has its change, the upgrade changes it: "
        "table public.audit is made."
    )


def test_a_second_run_from_both_starts_is_one_finding() -> None:
    trips = [
        RoundTrip("b2", start, changed_schema=True, wrote=True, repeat_differences=(MADE,))
        for start in Start
    ]
    assert len(reported(evidence(LINE, Stairway(tuple(trips))), "U11")) == 1
