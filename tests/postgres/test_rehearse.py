"""`rehearsal run` on the sample project, and what is left when it is interrupted."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import REHEARSAL, plain_environment, rehearsal
from sample.commands import CHECKOUT, copy_of_the_project

CONCURRENT = "58f9a3d6c0e1"
SLOW = '\n    op.execute("SELECT pg_sleep(60)")\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The sample with its snapshot, in a folder that a test may spoil."""
    copy_of_the_project(tmp_path)
    shutil.copytree(CHECKOUT / "snapshots", tmp_path / "snapshots")
    (tmp_path / "rehearsal.toml").write_text('config = "alembic.ini"\n')
    return tmp_path


def revision(checkout: Path, id: str) -> Path:
    return next((checkout / "alembic" / "versions").glob(f"*-{id}_*.py"))


def test_the_sample_is_clean_and_every_check_is_judged(checkout: Path) -> None:
    done = rehearsal("run", "--format", "json", folder=checkout)
    report = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert report["findings"] == []
    assert report["not_judged"] == []
    assert report["summary"]["production"] == ["b85d21fc7ae3"]
    assert len(report["summary"]["pending"]) == 6
    assert {act["skipped"] for act in report["acts"]} == {None}


def test_one_run_names_every_broken_downgrade_of_a_forked_history(checkout: Path) -> None:
    for id, old, new in (
        ("d7e2b4a85c06", "op.drop_column", "op.drop_columm"),
        ("1a6f0c93e7d2", "op.drop_column", "op.drop_table"),
    ):
        path = revision(checkout, id)
        source = path.read_text()
        assert old in source
        path.write_text(source.replace(old, new))
    done = rehearsal("run", "--format", "json", folder=checkout)
    report = json.loads(done.stdout)
    assert done.returncode == 1
    found = {(each["code"], each["revision"]) for each in report["findings"]}
    assert found == {("D3", "d7e2b4a85c06"), ("D3", "1a6f0c93e7d2")}
    assert all(each["line"] for each in report["findings"])


def test_a_waived_finding_is_shown_and_fails_nothing(checkout: Path) -> None:
    path = revision(checkout, "1a6f0c93e7d2")
    path.write_text(path.read_text().replace("op.drop_column", "op.drop_table"))
    (checkout / "rehearsal.toml").write_text(
        'waive = [{code = "D3", revision = "1a6f0c93e7d2", reason = "rolled forward only"}]\n'
    )
    done = rehearsal("run", "--format", "json", folder=checkout)
    (finding,) = json.loads(done.stdout)["findings"]
    assert done.returncode == 0
    assert (finding["waived"], finding["fails"]) == ("rolled forward only", False)


def test_a_finding_on_an_applied_revision_fails_only_with_all(checkout: Path) -> None:
    path = revision(checkout, "24c7e9b0d1f6")
    source = path.read_text()
    path.write_text(
        source[: source.index("def downgrade")] + "def downgrade() -> None:\n    pass\n"
    )
    done = rehearsal("run", "--format", "json", folder=checkout)
    (finding,) = json.loads(done.stdout)["findings"]
    assert (done.returncode, finding["code"], finding["applied"]) == (0, "D1", True)
    assert rehearsal("run", "--all", folder=checkout).returncode == 1


def test_a_model_without_its_migration_is_found(checkout: Path) -> None:
    models = checkout / "src" / "api" / "utils" / "user_models.py"
    models.write_text(
        models.read_text()
        + "\n\nclass Forgotten(Base):\n"
        + '    __tablename__ = "forgotten"\n'
        + "    id: Mapped[int] = mapped_column(primary_key=True)\n"
    )
    done = rehearsal("run", "--format", "json", folder=checkout)
    (finding,) = json.loads(done.stdout)["findings"]
    assert (done.returncode, finding["code"]) == (1, "U4")
    assert "forgotten" in finding["what"]


def test_a_schema_that_differs_only_when_built_from_production_is_found(checkout: Path) -> None:
    path = revision(checkout, "6d81e5c2f40b")
    source = path.read_text()
    body = source[source.index("def upgrade") : source.index("def downgrade")]
    path.write_text(
        source.replace(
            body,
            "def upgrade() -> None:\n"
            '    columns = sa.inspect(op.get_bind()).get_columns("users")\n'
            '    if "last_login_at" not in {each["name"] for each in columns}:\n'
            '        op.add_column("users", sa.Column("last_login_at", sa.DateTime()))\n\n\n',
        )
    )
    done = rehearsal("run", "--format", "json", folder=checkout)
    found = {each["code"]: each["what"] for each in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    assert "last_login_at" in found["U3"]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_run_leaves_no_server(checkout: Path, sent: signal.Signals) -> None:
    path = revision(checkout, "24c7e9b0d1f6")
    source = path.read_text()
    marker = "def upgrade() -> None:"
    assert marker in source
    path.write_text(source.replace(marker, marker + SLOW))
    process = subprocess.Popen(
        [REHEARSAL, "run"],
        cwd=checkout,
        env=plain_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "f0138d5a6e9c" in line:  # the revision before the one that sleeps
                break
        ours = list(descendants(process.pid))
        assert len(ours) > 2, "the interpreter, the watchdog and the server should be running"
        process.send_signal(sent)
        process.communicate(timeout=30)
    finally:
        process.kill()
    if sent is signal.SIGINT:
        assert process.returncode == 130
    for _ in range(100):
        alive = [pid for pid in ours if Path(f"/proc/{pid}").exists() and not is_zombie(pid)]
        if not alive:
            break
        signal.sigtimedwait([], 0.1)
    assert alive == []


def descendants(pid: int) -> Iterator[int]:
    """Every process that descends from `pid`, as the kernel lists them."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)
            yield from descendants(int(child))


def is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_two_runs_at_once_do_not_disturb_each_other(checkout: Path) -> None:
    both = [
        subprocess.Popen(
            [REHEARSAL, "run", "--format", "json"],
            cwd=checkout,
            env=plain_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(2)
    ]
    reports = [json.loads(each.communicate(timeout=120)[0]) for each in both]
    assert [each.returncode for each in both] == [0, 0]
    assert [report["findings"] for report in reports] == [[], []]
