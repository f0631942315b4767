"""The sample's history, squashed to the revision of its production."""

from __future__ import annotations

import shutil
from pathlib import Path

from sample.commands import CHECKOUT, copy_of_the_project
from support.cli import rehearsal


def test_the_sample_can_be_squashed_to_its_production_and_its_rehearsal_stays_clean(
    tmp_path: Path,
) -> None:
    copy_of_the_project(tmp_path)
    shutil.copytree(CHECKOUT / "snapshots", tmp_path / "snapshots")
    done = rehearsal("squash", "--to", "b85d21fc7ae3", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "11 revisions up to b85d21fc7ae3 become one" in done.stdout
    run = rehearsal("run", folder=tmp_path)
    assert run.returncode == 0, run.stdout
    assert "\nclean; " in run.stdout


def test_a_branch_of_the_sample_cannot_be_squashed_alone(tmp_path: Path) -> None:
    copy_of_the_project(tmp_path)
    shutil.copytree(CHECKOUT / "snapshots", tmp_path / "snapshots")
    done = rehearsal("squash", "--to", "c46e8f12a9d0", folder=tmp_path)
    assert done.returncode == 1
    assert "starts from 0d94be61f7c3, older than c46e8f12a9d0" in done.stderr
    assert "rehearsal squash --to f0138d5a6e9c   (which joins them)" in done.stderr
