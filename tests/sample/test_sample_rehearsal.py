"""The checks of the sample's migrations as tests: `pytest --rehearsal`."""

from __future__ import annotations

import shutil
from pathlib import Path

from sample.commands import CHECKOUT, copy_of_the_project
from sample.history import HEAD
from support.pytest_plugin import pytest_run


def test_one_check_of_the_rehearsal_can_be_chosen(tmp_path: Path) -> None:
    copy_of_the_project(tmp_path)
    shutil.copytree(CHECKOUT / "snapshots", tmp_path / "snapshots")
    run = pytest_run(tmp_path, "--rehearsal", "-k", "rehearsal::D1")
    assert run.code == 0, run.said
    assert run.outcomes[f"rehearsal::D1::{HEAD}"] == "passed"
    assert {name.split("::")[1] for name in run.outcomes} == {"D1"}
    assert "production  at b85d21fc7ae3, 6 pending" in run.said
