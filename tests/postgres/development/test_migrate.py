"""`rehearsal migrate` and its siblings, typed in a copy of the sample project."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from alembic_rehearsal.core.postgres.programs.folders import hold_file_lock
from alembic_rehearsal.core.postgres.servers.development import stop_development_server
from alembic_rehearsal.snapshot.files import COMPLETE, digest, read_snapshot, write_snapshot
from sample.commands import CHECKOUT, copy_of_the_project
from support.cli import REHEARSAL, plain_environment, rehearsal

HEAD = "91be77aa0c12"
PRODUCTION = "b85d21fc7ae3"


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """The sample with its snapshot, in a folder of its own; its server goes with the test."""
    copy_of_the_project(tmp_path)
    shutil.copytree(CHECKOUT / "snapshots", tmp_path / "snapshots")
    (tmp_path / "rehearsal.toml").write_text('config = "alembic.ini"\n')
    yield tmp_path
    stop_development_server(tmp_path / ".rehearsal", erase=True)


def exported(text: str) -> str:
    """The URL in the line that `migrate` says to export."""
    found = re.search(r"^export DATABASE_URL='postgresql\+psycopg2(://.*)'$", text, re.MULTILINE)
    assert found, text
    return f"postgresql{found[1]}"


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()
    finally:
        connection.close()


def test_a_fresh_checkout_is_brought_from_production_to_head(checkout: Path) -> None:
    done = rehearsal("migrate", folder=checkout)
    assert done.returncode == 0, done.stderr
    assert f"production at {PRODUCTION}, 6 revisions applied, head {HEAD}, 6 tables" in done.stdout
    steps = [line for line in done.stderr.splitlines() if re.search(r"  \d+\.\d\d s$", line)]
    assert len(steps) == 6
    assert HEAD in steps[-1]
    url = exported(done.stdout)
    assert rows(url, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert rows(
        url, "SELECT 1 FROM pg_indexes WHERE indexname = 'ix_published_content_published_at'"
    )


def test_a_second_migrate_has_nothing_to_do_and_keeps_the_rows(checkout: Path) -> None:
    url = exported(rehearsal("migrate", folder=checkout).stdout)
    rows(url, "SELECT 1")
    connection = psycopg2.connect(url)
    connection.autocommit = True
    connection.cursor().execute("CREATE TABLE mine (id int)")
    connection.close()
    again = rehearsal("migrate", folder=checkout)
    assert again.returncode == 0
    assert again.stdout.startswith(f"was at {HEAD}, nothing pending, head {HEAD}, 7 tables, ")
    assert exported(again.stdout) == url


def test_down_keeps_the_data_and_the_port(checkout: Path) -> None:
    url = exported(rehearsal("migrate", folder=checkout).stdout)
    assert rehearsal("down", folder=checkout).returncode == 0
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(url)
    assert rehearsal("url", folder=checkout).returncode == 3
    assert rehearsal("up", folder=checkout).returncode == 0
    assert rows(url, "SELECT version_num FROM alembic_version") == [(HEAD,)]


def test_url_prints_what_psql_takes_and_nothing_else(checkout: Path) -> None:
    url = exported(rehearsal("migrate", folder=checkout).stdout)
    assert rehearsal("url", folder=checkout).stdout.splitlines() == [url]


def test_env_writes_the_url_and_keeps_the_other_lines(checkout: Path) -> None:
    (checkout / ".env").write_text("SECRET=1\nDATABASE_URL=sqlite:///old.db\n")
    url = exported(rehearsal("migrate", folder=checkout).stdout)
    assert rehearsal("env", folder=checkout).returncode == 0
    lines = (checkout / ".env").read_text().splitlines()
    assert lines == ["SECRET=1", f"DATABASE_URL={url.replace('://', '+psycopg2://', 1)}"]


def test_env_keeps_comments_and_order_and_knows_an_export(checkout: Path) -> None:
    (checkout / ".env").write_text("# mine\nexport DATABASE_URL=sqlite:///old.db\nSECRET=1\n")
    url = exported(rehearsal("migrate", folder=checkout).stdout)
    assert rehearsal("env", folder=checkout).returncode == 0
    written = url.replace("://", "+psycopg2://", 1)
    text = (checkout / ".env").read_text()
    assert text == f"# mine\nexport DATABASE_URL={written}\nSECRET=1\n"
    assert (checkout / ".env").stat().st_mode & 0o777 == 0o600


def test_psql_runs_on_the_development_database(checkout: Path) -> None:
    rehearsal("migrate", folder=checkout)
    done = rehearsal("psql", "-Atc", "SELECT version_num FROM alembic_version", folder=checkout)
    assert done.stdout == f"{HEAD}\n"


def test_psql_goes_there_whatever_the_environment_says(checkout: Path) -> None:
    rehearsal("up", folder=checkout)
    elsewhere = {"PGHOSTADDR": "127.0.0.2", "PGHOST": "nowhere", "PGDATABASE": "theirs"}
    query = ("psql", "-Atc", "SELECT current_database()")
    done = rehearsal(*query, folder=checkout, variables=elsewhere)
    assert done.stdout == "development\n", done.stderr


def test_a_revision_of_another_branch_is_refused_and_reset_cures_it(checkout: Path) -> None:
    url = exported(rehearsal("migrate", folder=checkout).stdout)
    newest = next((checkout / "alembic" / "versions").glob(f"*{HEAD}*"))
    newest.unlink()
    refused = rehearsal("migrate", folder=checkout)
    assert refused.returncode == 1
    assert HEAD in refused.stderr
    assert "make reset" in refused.stderr
    assert rows(url, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    cured = rehearsal("reset", folder=checkout)
    assert cured.returncode == 0, cured.stderr
    assert "production at" in cured.stdout
    assert exported(cured.stdout) == url


def test_reset_drops_nothing_where_the_history_does_not_load(checkout: Path) -> None:
    url = exported(rehearsal("migrate", folder=checkout).stdout)
    newest = next((checkout / "alembic" / "versions").glob(f"*{HEAD}*"))
    newest.write_text(newest.read_text() + "\ndef broken(:\n")
    refused = rehearsal("reset", folder=checkout)
    assert refused.returncode == 1
    assert newest.name in refused.stderr
    assert rows(url, "SELECT version_num FROM alembic_version") == [(HEAD,)]


def test_reset_drops_nothing_where_the_snapshot_is_ahead_of_the_history(checkout: Path) -> None:
    url = exported(rehearsal("migrate", folder=checkout).stdout)
    provenance = checkout / "snapshots" / "production.toml"
    provenance.write_text(provenance.read_text().replace(PRODUCTION, "ffffffffffff"))
    refused = rehearsal("reset", folder=checkout)
    assert refused.returncode == 1
    assert "is at revision ffffffffffff" in refused.stderr
    assert rows(url, "SELECT version_num FROM alembic_version") == [(HEAD,)]


def test_reset_waits_for_a_migrate_that_is_under_way(checkout: Path) -> None:
    url = exported(rehearsal("migrate", folder=checkout).stdout)
    with hold_file_lock(checkout / ".rehearsal" / "migrating.lock"):
        waiting = subprocess.Popen(
            [REHEARSAL, "reset"],
            cwd=checkout,
            env=plain_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert waiting.stderr is not None
        assert waiting.stderr.readline() == "waiting for another migrate to end\n"
        assert rows(url, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert waiting.communicate(timeout=120)[0].startswith("production at")
    assert waiting.returncode == 0


def test_without_a_snapshot_the_database_was_empty(checkout: Path) -> None:
    shutil.rmtree(checkout / "snapshots")
    done = rehearsal("migrate", folder=checkout)
    assert re.match(rf"was empty, \d+ revisions applied, head {HEAD}, 6 tables, ", done.stdout)


def test_placeholder_roles_are_made_on_a_server_of_our_own_whatever_is_disposable(
    checkout: Path,
) -> None:
    settings = checkout / "rehearsal.toml"
    settings.write_text(settings.read_text() + "disposable = true\n")
    write_role(checkout)
    url = exported(rehearsal("migrate", folder=checkout).stdout)
    assert rows(url, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'reporting'") == [(False,)]


def write_role(checkout: Path) -> None:
    """Let production's schema name a role."""
    snapshot = read_snapshot(checkout / "snapshots" / "production.sql")
    policy = "CREATE POLICY theirs ON public.users FOR SELECT TO reporting;"
    sql = snapshot.sql.replace(f"--\n{COMPLETE}", f"{policy}\n\n--\n{COMPLETE}")
    assert policy in sql
    provenance = replace(snapshot.provenance, sha256=digest(sql))
    write_snapshot(replace(snapshot, sql=sql, provenance=provenance))


def test_a_migration_that_fails_half_way_says_where_and_keeps_the_database(
    checkout: Path,
) -> None:
    broken = checkout / "alembic" / "versions" / "2026_11_20_0910-aaaaaaaaaaaa_broken.py"
    broken.write_text(
        f'revision = "aaaaaaaaaaaa"\ndown_revision = "{HEAD}"\n'
        "from alembic import op\n\n"
        "def upgrade():\n"
        '    op.execute("CREATE TABLE half (id int)")\n'
        '    op.execute("ALTER TABLE no_such_table ADD x int")\n\n'
        "def downgrade():\n    raise NotImplementedError\n"
    )
    done = rehearsal("migrate", folder=checkout)
    assert done.returncode == 1
    assert f"{broken.name}:7" in done.stderr
    assert "aaaaaaaaaaaa" in done.stderr
    assert 'relation "no_such_table" does not exist' in done.stderr
    assert "ALTER TABLE no_such_table ADD x int" in done.stderr
    assert "***@127.0.0.1" in done.stderr
    url = rehearsal("url", folder=checkout).stdout.strip()
    assert rows(url, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert rows(url, "SELECT to_regclass('half')") == [(None,)]
    broken.unlink()
    assert rehearsal("migrate", folder=checkout).returncode == 0


def test_two_migrates_at_once_both_succeed(checkout: Path) -> None:
    command = [REHEARSAL, "migrate"]
    both = [
        subprocess.Popen(
            command,
            cwd=checkout,
            env=plain_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    outcomes = [(*each.communicate(timeout=120), each.returncode) for each in both]
    assert [outcome[2] for outcome in outcomes] == [0, 0], outcomes
    assert rehearsal("migrate", folder=checkout).returncode == 0


def test_a_migrate_that_is_killed_half_way_can_be_run_again(checkout: Path) -> None:
    slow = checkout / "alembic" / "versions" / "2026_11_20_0910-bbbbbbbbbbbb_slow.py"
    slow.write_text(
        f'revision = "bbbbbbbbbbbb"\ndown_revision = "{HEAD}"\n'
        "from alembic import op\n\n"
        "def upgrade():\n"
        '    op.execute("CREATE TABLE slow (id int)")\n'
        '    op.execute("SELECT pg_sleep(1.5)")\n\n'
        'def downgrade():\n    op.execute("DROP TABLE slow")\n'
    )
    process = subprocess.Popen(
        [REHEARSAL, "migrate"],
        cwd=checkout,
        env=plain_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if HEAD in line:
            break
    time.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    again = rehearsal("migrate", folder=checkout)
    assert again.returncode == 0, again.stderr
    assert "head bbbbbbbbbbbb, 7 tables" in again.stdout
