"""The page of the scoreboard: its counts, and its list of missed mutants."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoreboard.edits import apply
from scoreboard.memory import Remembering
from scoreboard.mutant import Create, Kind, Mutant, Remove, Replace
from scoreboard.table import Row, page, said, totals
from scoreboard.verdict import Verdict

QUIET = Verdict()


def row(id: str, kind: Kind, *verdicts: Verdict, why: str = "") -> Row:
    return Row(Mutant(id, f"{id} is broken", "D", (), kind, why), verdicts)


ROWS = (
    row("seen", Kind.FAULT, Verdict(("D1", "D3")), QUIET, Verdict(("up and down",))),
    row("unseen", Kind.FAULT, QUIET, QUIET, QUIET),
    row("crashing", Kind.FAULT, Verdict(trouble="exit 3: no"), Verdict(("upgrade",)), QUIET),
    row("same", Kind.HARMLESS, QUIET, Verdict(("check",)), QUIET, why="it is the same"),
)


def test_faults_and_false_alarms_are_counted_apart() -> None:
    assert list(totals(ROWS))[2:] == [
        "| D downgrade | 3 | 1 | 1 | 1 |",
        "| **faults found** | **3** | **1** | **1** | **1** |",
        "| false alarms | 1 | 0 | 1 | 0 |",
    ]


def test_what_is_missed_stays_on_the_page_by_name() -> None:
    text = page(ROWS, ("PostgreSQL 18.6",))
    assert "Missed by the rehearsal, 2: unseen, crashing." in text
    assert "| seen | D | seen is broken | D1, D3 | - | up and down |" in text
    assert "| same | D | same is broken | it is the same | - | check | - |" in text


def test_breaking_off_is_no_finding() -> None:
    verdict = Verdict(trouble="exit 3: there is no server")
    assert not verdict.found
    assert said(verdict) == "(exit 3)"


@pytest.mark.parametrize(
    "edit",
    [Replace("a", "x", "y"), Replace("a", "one", "one"), Create("a", ""), Remove("b")],
    ids=str,
)
def test_an_edit_that_does_not_fit_is_refused(
    edit: Replace | Create | Remove, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("one")
    with pytest.raises(ValueError, match=edit.path):
        apply([edit], tmp_path)


def test_a_judge_is_asked_again_only_about_another_project(tmp_path: Path) -> None:
    asked = []

    def judge(folder: Path) -> Verdict:
        asked.append(folder)
        return Verdict((f"objection {len(asked)}",))

    project, memory, pins = tmp_path / "project", tmp_path / "memory", tmp_path / "pins.txt"
    project.mkdir()
    memory.mkdir()
    pins.write_text("")
    (project / "alembic.ini").write_text("[alembic]")
    remembering = Remembering(judge, "a judge", pins, memory)
    assert [remembering(project), remembering(project)] == [Verdict(("objection 1",))] * 2
    (project / "alembic.ini").write_text("[other]")
    assert remembering(project) == Verdict(("objection 2",))
