"""`rehearsal run` on the sample project, and what is left when it is interrupted."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg2
import pytest

from alembic_rehearsal.core.postgres.connections import fetch_rows
from alembic_rehearsal.core.values.databases import Database, Server
from conftest import MakeServer
from sample.commands import CHECKOUT, copy_of_the_project
from support.cli import REHEARSAL, plain_environment, rehearsal
from support.projects import table, write_project
from support.snapshots import CUSTOMERS, production

CONCURRENT = "58f9a3d6c0e1"
SLOW = '\n    op.execute("SELECT pg_sleep(60)")\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The sample with its snapshot, in a folder that a test may spoil."""
    copy_of_the_project(tmp_path)
    shutil.copytree(CHECKOUT / "snapshots", tmp_path / "snapshots")
    (tmp_path / "snapshots" / "history.lock").unlink()  # which every edit would meet
    (tmp_path / "rehearsal.toml").write_text('config = "alembic.ini"\n')
    return tmp_path


def revision(checkout: Path, id: str) -> Path:
    return next((checkout / "alembic" / "versions").glob(f"*-{id}_*.py"))


def test_the_sample_is_clean_and_every_check_is_judged(checkout: Path) -> None:
    shutil.copy(CHECKOUT / "snapshots" / "history.lock", checkout / "snapshots")
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


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Production is at a1, b2 is pending."""
    write_project(tmp_path, [table("a1", "customers"), table("b2", "orders")])
    production(tmp_path)
    return tmp_path


def spoil(project: Path) -> None:
    """Let the upgrade of b2 fail."""
    path = next((project / "migrations" / "versions").glob("*_b2.py"))
    path.write_text(path.read_text().replace("CREATE TABLE orders", "CREATE TABEL orders"))


def lend(project: Path, server: Server) -> None:
    url = Database(server, "postgres").url("")
    (project / "rehearsal.toml").write_text(f'server = "{url}"\ndisposable = true\n')


def kept(text: str) -> list[str]:
    """The URLs of the databases that a command says are kept."""
    return re.findall(r"^kept: (?:psql ')?(postgresql://[^'\n]*)", text, re.MULTILINE)


def left_on(server: Server) -> set[str]:
    found = fetch_rows(Database(server, "postgres"), "SELECT datname FROM pg_database")
    return {name for (name,) in found if name.startswith("rehearsal_")}


def read_until(descriptor: int, text: str) -> str:
    """What comes from a terminal, up to the end of `text`."""
    seen = ""
    while text not in seen:
        assert select.select([descriptor], [], [], 60)[0], seen
        seen += os.read(descriptor, 4096).decode()
    return seen


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("end", [b"\n", b"\x03"])
@pytest.mark.parametrize(("is_spoilt", "code"), [(False, 0), (True, 1)])
def test_keep_shows_the_report_first_and_ends_with_its_exit_code(
    small: Path, end: bytes, is_spoilt: bool, code: int
) -> None:
    if is_spoilt:
        spoil(small)
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(small)
        os.execve(REHEARSAL, [REHEARSAL, "run", "--keep"], plain_environment())
    seen = read_until(terminal, "kept until Enter or Ctrl-C").replace("\r\n", "\n")
    assert ("findings to mend" if is_spoilt else "clean") in seen
    urls = kept(seen)
    assert len(urls) >= 2
    for url in urls:
        psycopg2.connect(url).close()
    os.write(terminal, end)
    with suppress(OSError):  # what a terminal gives at its end
        while said := os.read(terminal, 4096):
            assert b"Traceback" not in said
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == code
    os.close(terminal)
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(urls[0])


@pytest.mark.usefixtures("nothing_left")
def test_keep_through_a_pipe_writes_the_whole_report_before_it_waits(small: Path) -> None:
    process = subprocess.Popen(
        [REHEARSAL, "run", "--keep", "--format", "json"],
        cwd=small,
        env=plain_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stdout is not None
    while "kept until" not in process.stderr.readline():
        assert process.poll() is None
    os.set_blocking(process.stdout.fileno(), False)
    report = json.loads(process.stdout.read())
    assert report["findings"] == []
    assert process.poll() is None
    process.communicate("\n", timeout=60)
    assert process.returncode == 0


def test_on_a_lent_server_only_what_failed_is_kept(small: Path, make_server: MakeServer) -> None:
    lent = make_server()
    lend(small, lent)
    assert rehearsal("run", folder=small).returncode == 0
    assert left_on(lent) == set()
    spoil(small)
    done = rehearsal("run", folder=small)
    assert done.returncode == 1
    assert lent.password not in done.stdout + done.stderr
    urls = kept(done.stderr)
    assert {url.rpartition("/")[2] for url in urls} == left_on(lent)
    assert len(urls) == 2  # from empty and from the snapshot
    assert all(":***@" in url for url in urls)


def test_keep_prints_no_password_of_a_lent_server(small: Path, make_server: MakeServer) -> None:
    lent = make_server()
    lend(small, lent)
    done = rehearsal("run", "--keep", folder=small)
    assert done.returncode == 0
    assert len(kept(done.stderr)) >= 2
    assert lent.password not in done.stdout + done.stderr
    assert left_on(lent) == set()


@pytest.mark.parametrize("disposable", ["true", "false"])
def test_a_role_of_production_is_made_on_a_throwaway_server_whatever_is_disposable(
    small: Path, disposable: str
) -> None:
    policy = "CREATE POLICY theirs ON public.customers FOR SELECT TO reporting;"
    production(small, f"{CUSTOMERS}\n{policy}")
    (small / "rehearsal.toml").write_text(f"replayable = false\ndisposable = {disposable}\n")
    done = rehearsal("run", folder=small)
    assert done.returncode == 0, done.stdout + done.stderr
