"""A migration that fails half-way: where, what Postgres said, and what is kept for a look."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from alembic_rehearsal.core.postgres.servers.development import stop_development_server
from support.cli import rehearsal
from support.projects import ENV_PY, rev, table, write_project
from support.snapshots import production

pytestmark = pytest.mark.usefixtures("nothing_left")

FAILS = """
op.execute("CREATE TABLE prices (id int)")
op.execute("ALTER TABLE customers ADD COLUMN id text")
"""
STATEMENT = "ALTER TABLE customers ADD COLUMN id text"
MESSAGE = 'column "id" of relation "customers" already exists'
PLACE = "migrations/versions/0002_c3.py:14"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """Production is at a1; of the two pending revisions the second fails half-way."""
    revisions = [
        table("a1", "customers"),
        table("b2", "orders"),
        rev("c3", FAILS, 'op.drop_table("prices")'),
    ]
    write_project(tmp_path, revisions)
    production(tmp_path)
    yield tmp_path
    stop_development_server(tmp_path / ".rehearsal", erase=True)


def tables(url: str) -> set[str]:
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            return {row[0] for row in cursor.fetchall()}
    finally:
        connection.close()


def test_run_names_revision_place_statement_and_message(project: Path) -> None:
    done = rehearsal("run", folder=project)
    assert done.returncode == 1
    assert f"U2  {PLACE}   c3\n" in done.stdout
    text = " ".join(done.stdout.split())
    assert f"upgrade of c3 fails: {MESSAGE} (SQLSTATE 42701)" in text
    assert f"statement: {STATEMENT}" in text
    assert "rehearsal run --keep" in text
    assert "Traceback" not in done.stdout + done.stderr


def test_run_says_what_could_not_be_judged_after_the_failure(project: Path) -> None:
    done = rehearsal("run", folder=project)
    assert "U3  both ways end in one schema: the upgrade from " in done.stdout


def test_migrate_names_revision_place_statement_and_message(project: Path) -> None:
    done = rehearsal("migrate", folder=project)
    assert done.returncode == 1
    assert PLACE in done.stderr
    assert "upgrade of c3" in done.stderr
    assert MESSAGE in done.stderr
    assert STATEMENT in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_migrate_keeps_the_database_and_prints_its_masked_url(project: Path) -> None:
    done = rehearsal("migrate", folder=project)
    masked = re.search(r"kept: (postgresql://\w+:\*\*\*@127\.0\.0\.1:\d+/development)", done.stderr)
    assert masked, done.stderr
    url = rehearsal("url", folder=project).stdout.strip()
    assert re.sub(r":[^:@]*@", ":***@", url) == masked[1]
    assert url.split(":")[2].split("@")[0] not in done.stderr
    assert tables(url) == {"alembic_version", "customers"}  # env.py has one transaction for all


def test_a_mended_migration_goes_on_from_where_production_is(project: Path) -> None:
    assert rehearsal("migrate", folder=project).returncode == 1
    broken = project / PLACE.partition(":")[0]
    broken.write_text(broken.read_text().replace("COLUMN id text", "COLUMN name text"))
    done = rehearsal("migrate", folder=project)
    assert done.returncode == 0, done.stderr
    assert "was at a1, 2 revisions applied, head c3" in done.stdout


def test_an_error_of_python_is_named_with_its_line(project: Path) -> None:
    broken = project / PLACE.partition(":")[0]
    broken.write_text(
        broken.read_text().replace(f'op.execute("{STATEMENT}")', 'raise KeyError("x")')
    )
    for command in ("run", "migrate"):
        done = rehearsal(command, folder=project)
        assert done.returncode == 1
        assert PLACE in done.stdout + done.stderr
        assert "KeyError: 'x'" in done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr


def test_row_values_are_never_printed(project: Path) -> None:
    broken = project / PLACE.partition(":")[0]
    twice = "INSERT INTO prices VALUES (4711), (4711); CREATE UNIQUE INDEX once ON prices (id)"
    broken.write_text(broken.read_text().replace(STATEMENT, twice))
    for command in ("run", "migrate"):
        done = rehearsal(command, folder=project)
        assert done.returncode == 1
        assert 'could not create unique index "once"' in done.stdout + done.stderr
        assert "is duplicated" not in done.stdout + done.stderr


def test_a_hook_of_env_py_that_raises_while_comparing_is_a_finding_with_its_line(
    tmp_path: Path,
) -> None:
    env_py = ENV_PY.replace(
        "target_metadata = None",
        "import sqlalchemy as sa\n"
        "target_metadata = sa.MetaData()\n\n"
        "def include_object(*_arguments):\n"
        '    raise KeyError("no such tenant")\n',
    ).replace(
        "target_metadata=target_metadata",
        "target_metadata=target_metadata, include_object=include_object",
    )
    write_project(tmp_path, [table("a1", "customers")], env_py=env_py)
    done = rehearsal("run", "--format", "json", folder=tmp_path)
    (finding,) = json.loads(done.stdout)["findings"]
    assert (done.returncode, finding["code"]) == (1, "U4")
    assert "no such tenant" in finding["what"]
    assert finding["path"].endswith("env.py")
