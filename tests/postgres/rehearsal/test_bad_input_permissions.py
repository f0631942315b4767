"""Folders that may be read and not written, for an account that is not root."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from alembic_rehearsal.core.values.databases import Database
from support.cli import REHEARSAL, TIMEOUT, plain_environment
from support.projects import table, write_project
from support.snapshots import production
from support.sql import run

pytestmark = pytest.mark.usefixtures("nothing_left")
AT_A1 = "CREATE TABLE alembic_version (version_num text);INSERT INTO alembic_version VALUES ('a1')"
IS_ROOT = os.geteuid() == 0


@pytest.fixture
def project() -> Iterator[Path]:
    """Production is at a1, b2 is pending; nobody may write there."""
    with tempfile.TemporaryDirectory(prefix="project-") as name:
        folder = Path(name)
        write_project(folder, [table("a1", "customers"), table("b2", "orders")])
        production(folder)
        for each in (folder, folder / "snapshots"):
            each.chmod(0o555)
        yield folder
        for each in (folder, folder / "snapshots"):
            each.chmod(0o755)


def unprivileged(
    *arguments: str, folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run `rehearsal` with this account's rights, and without root's right to write anywhere."""
    bound = ("setpriv", "--bounding-set=-dac_override") if IS_ROOT else ()
    return subprocess.run(
        [*bound, REHEARSAL, *arguments],
        cwd=folder,
        env={**plain_environment(), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )


def test_migrate_in_a_checkout_that_may_not_be_written_names_the_folder(project: Path) -> None:
    done = unprivileged("migrate", folder=project)
    assert done.returncode == 3
    assert f"{project}/.rehearsal: Permission denied" in done.stderr
    assert "ls -ld" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(
    IS_ROOT, reason="root's server has an account of its own; test_bad_input_folders.py has root's"
)
def test_run_works_in_a_checkout_that_may_not_be_written(project: Path) -> None:
    done = unprivileged("run", folder=project)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_snapshot_for_a_folder_that_may_not_be_written_leaves_the_old_one(
    project: Path, empty_database: Database
) -> None:
    run(empty_database, AT_A1)
    before = {path.name: path.read_bytes() for path in (project / "snapshots").iterdir()}
    done = unprivileged(
        *("snapshot", "take", "--from", "PRODUCTION"),
        folder=project,
        PRODUCTION=empty_database.url(""),
    )
    assert done.returncode == 3
    assert f"{project}/snapshots/production.sql" in done.stderr
    assert "Permission denied" in done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name: path.read_bytes() for path in (project / "snapshots").iterdir()} == before
