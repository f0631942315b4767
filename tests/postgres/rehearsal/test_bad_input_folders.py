"""Folders that cannot be written and disks that are full: which, what to do, and nothing lost.

What is mounted here is seen by the command alone, in a mount namespace of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.servers.development import stop_development_server
from alembic_rehearsal.core.values.databases import Database
from support.cli import REHEARSAL, plain_environment
from support.projects import table, write_project
from support.snapshots import production
from support.sql import run

pytestmark = [
    pytest.mark.usefixtures("nothing_left"),
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("unshare") is None,
        reason="only root with util-linux can mount a small or read-only disk for one command",
    ),
]
FILLS = (
    "CREATE UNLOGGED TABLE orders AS "
    "SELECT lpad(id::text, 1000) AS line FROM generate_series(1, 400000) id"
)
SMALL = "mount -t tmpfs -o size={size} none {place}\n"
READ_ONLY = "mount --bind . .; mount -o remount,ro,bind .; cd $PWD\n"


@pytest.fixture
def project() -> Iterator[Path]:
    """Production is at a1, b2 is pending; the server's own account can enter the folder."""
    with tempfile.TemporaryDirectory(prefix="project-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        write_project(folder, [table("a1", "customers"), table("b2", "orders")])
        production(folder, server_version="18.1")
        yield folder
        stop_development_server(folder / ".rehearsal", erase=True)


@pytest.fixture
def live(empty_database: Database) -> Database:
    """A database at a1, of which a snapshot can be taken."""
    run(
        empty_database,
        "CREATE TABLE alembic_version (version_num text);INSERT INTO alembic_version VALUES ('a1')",
    )
    return empty_database


def shell(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script whose mounts nobody else sees; `$REHEARSAL` is the command."""
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        cwd=folder,
        env={**plain_environment(), "REHEARSAL": REHEARSAL, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def small(place: Path | str, size: str = "20m") -> str:
    return SMALL.format(place=place, size=size)


def test_migrate_in_a_checkout_that_cannot_be_written_names_the_file(project: Path) -> None:
    done = shell(f"{READ_ONLY} exec $REHEARSAL migrate", project)
    assert done.returncode == 3
    assert f"{project}/.rehearsal: Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr


def test_run_needs_nothing_written_in_the_checkout(project: Path) -> None:
    done = shell(f"{READ_ONLY} exec $REHEARSAL run", project)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_snapshot_for_a_folder_that_cannot_be_written_names_the_file(
    project: Path, live: Database
) -> None:
    take = "$REHEARSAL snapshot take --from $PRODUCTION"
    done = shell(f"{READ_ONLY} exec {take}", project, PRODUCTION=live.url(""))
    assert done.returncode == 3
    assert f"{project}/snapshots/production.sql" in done.stderr
    assert "Read-only file system" in done.stderr
    assert live.server.password not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_snapshot_on_a_full_disk_leaves_the_old_one(project: Path, live: Database) -> None:
    (project / "disk").mkdir()
    take = "$REHEARSAL snapshot take --to disk/production.sql --from $PRODUCTION"
    script = (
        f"{small('disk', '64k')}cp snapshots/* disk\n"
        "cat /dev/zero >disk/filler\n"
        f"{take}; echo exit $?; cat disk/*.sql; ls disk\n"
    )
    done = shell(script, project, PRODUCTION=live.url(""))
    assert "exit 3" in done.stdout
    assert "CREATE TABLE public.customers" in done.stdout
    assert ".part" not in done.stdout
    assert "No space left on device" in done.stderr
    assert "df -h" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_cache_that_cannot_be_written_is_named(project: Path) -> None:
    (project / "cache").mkdir(mode=0o755)
    script = f"{READ_ONLY} exec $REHEARSAL run --server embedded"
    done = shell(script, project, REHEARSAL_CACHE=str(project / "cache"))
    assert done.returncode == 3
    assert str(project / "cache") in done.stderr
    assert "Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr


def test_run_without_room_for_a_server_lists_every_place(project: Path) -> None:
    checkout = Path(REHEARSAL).parents[2]
    here = f"mount --bind {project} /mnt; mount --bind '{checkout}' /srv; cd /mnt\n"
    places = "".join(map(small, ("/dev/shm", "/tmp", "/var/tmp")))
    back = f"mkdir -p '{checkout}' && mount --bind /srv '{checkout}'\n"  # it may lie in /tmp
    cache = "/mnt/cache"
    script = f"{here}{places}{back}exec $REHEARSAL run --server embedded"
    done = shell(script, project, REHEARSAL_CACHE=cache, TMPDIR="/tmp")
    assert done.returncode == 3
    for place in ("/dev/shm", "/tmp", "/var/tmp"):
        assert f"{place}: less than " in done.stderr
    assert "Traceback" not in done.stderr


def test_migrate_on_a_full_disk_says_so_and_works_when_there_is_room_again(project: Path) -> None:
    (project / ".rehearsal").mkdir()
    script = (
        f"{small('.rehearsal')}$REHEARSAL migrate --server embedded; echo exit $?\n"
        "mount -o remount,size=400m .rehearsal\n"
        "$REHEARSAL migrate --server embedded; echo exit $?\n"
        "$REHEARSAL down\n"
    )
    done = shell(script, project)
    assert "exit 3\n" in done.stdout
    assert "No space left on device" in done.stderr
    assert "production at a1, 1 revision applied, head b2" in done.stdout, done.stderr
    assert "Traceback" not in done.stderr


def test_a_disk_that_a_migration_fills_is_a_failed_migration(project: Path) -> None:
    fills = project / "migrations/versions/0001_b2.py"
    fills.write_text(fills.read_text().replace("CREATE TABLE orders (id int)", FILLS))
    (project / ".rehearsal").mkdir()
    script = (
        f"{small('.rehearsal', '150m')}$REHEARSAL migrate --server embedded; echo exit $?\n"
        "$REHEARSAL url; $REHEARSAL down\n"
    )
    done = shell(script, project)
    assert "exit 1\n" in done.stdout
    assert "migrations/versions/0001_b2.py:13" in done.stderr
    assert "No space left on device" in done.stderr
    assert "postgresql://postgres:" in done.stdout  # the server still runs, the database is kept
    assert "Traceback" not in done.stderr
