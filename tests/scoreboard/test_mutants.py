"""Every mutant still fits the files of the sample."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from scoreboard.edits import apply, copy_project
from scoreboard.mutant import Kind, Mutant
from scoreboard.mutants import MUTANTS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.id)
def test_every_edit_of_a_mutant_fits_one_place(mutant: Mutant, tmp_path: Path) -> None:
    copy_project(ROOT, tmp_path, locked=False)
    apply(mutant.edits, tmp_path)
    if mutant.id != "syntax-error":
        for edit in mutant.edits:
            path = tmp_path / edit.path
            if path.suffix == ".py" and path.exists():
                ast.parse(path.read_text())


def test_there_are_many_mutants_and_each_has_an_id_of_its_own() -> None:
    assert sum(each.kind is Kind.FAULT for each in MUTANTS) >= 65
    assert [id for id, times in Counter(each.id for each in MUTANTS).items() if times > 1] == []


def test_every_mutant_says_who_should_find_it_or_why_nobody_should() -> None:
    assert {each.family for each in MUTANTS} <= set("HUDBRSFC")
    assert [each.id for each in MUTANTS if (each.kind is Kind.FAULT) is bool(each.why)] == []
