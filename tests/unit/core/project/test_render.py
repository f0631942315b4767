"""SQL that a project's env.py prints, without any database."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.project.answers import OfflineScript, StepFailed
from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.project.steps import Failure
from support.projects import ENV_PY, Rev, rev, table, write_project

EACH_ALONE = ENV_PY.replace("literal_binds=True", "transaction_per_migration=True")
CONNECTS = ENV_PY.replace("if context.is_offline_mode()", "if False")
ASKS = rev("b2", 'op.execute("SELECT 1")\nop.get_bind().execute(sa.text("SELECT 2")).scalar()')


def script_of(
    folder: Path, *revisions: Rev, start: tuple[str, ...] = (), **more: str
) -> OfflineScript:
    with open_project(write_project(folder, revisions, **more)) as child:  # type: ignore[arg-type]
        return child.render(start, patience=1.0)


def failure_of(folder: Path, *revisions: Rev, **more: str) -> Failure:
    with pytest.raises(StepFailed) as caught:
        script_of(folder, *revisions, **more)
    return caught.value.failure


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


def test_each_revision_is_printed_alone_and_what_env_py_prints_around_them(tmp_path: Path) -> None:
    script = script_of(tmp_path, table("a1", "first"), table("b2", "second"))
    assert (lines(script.before), lines(script.after)) == (["BEGIN;"], ["COMMIT;"])
    first, second = script.steps
    assert (first.revision, second.revision) == ("a1", "b2")
    assert "CREATE TABLE alembic_version" in first.preamble
    assert lines(second.preamble) == ["-- Running upgrade a1 -> b2"]
    assert lines(second.sql) == [
        "CREATE TABLE second (id int);",
        "UPDATE alembic_version SET version_num='b2' WHERE alembic_version.version_num = 'a1';",
    ]
    assert script.version_table == "alembic_version"


def test_a_transaction_of_a_single_migration_is_part_of_its_sql(tmp_path: Path) -> None:
    script = script_of(tmp_path, table("a1", "first"), env_py=EACH_ALONE)
    assert (script.before, script.after) == ("", "")
    (step,) = script.steps
    assert (lines(step.preamble)[0], lines(step.sql)[-1]) == ("BEGIN;", "COMMIT;")


def test_printing_begins_at_the_revisions_that_the_database_has(tmp_path: Path) -> None:
    history = [
        table("a1", "t"),
        table("b2", "u"),
        table("c3", "v", down="a1"),
        rev("d4", down=("b2", "c3")),
        table("e5", "w"),
    ]
    script = script_of(tmp_path, *history, start=("b2", "c3"))
    assert [each.revision for each in script.steps] == ["d4", "e5"]
    assert "CREATE TABLE alembic_version" not in script.steps[0].preamble
    assert "DELETE FROM alembic_version" in script.steps[0].sql


def test_a_revision_that_queries_the_database_is_reported_and_the_next_is_printed(
    tmp_path: Path,
) -> None:
    script = script_of(tmp_path, table("a1", "t"), ASKS, table("c3", "u"))
    first, second, third = script.steps
    assert first.failure is None
    assert second.failure is not None
    assert second.failure.message == ("AttributeError: 'NoneType' object has no attribute 'scalar'")
    assert (second.failure.revision, second.failure.line) == ("b2", 14)
    assert not second.is_declared
    assert third.failure is None
    assert "SELECT" not in third.sql


REFUSALS = {
    "from alembic.util import CommandError\nraise CommandError('no --sql')": True,
    "raise NotImplementedError('it looks first')": True,
    "raise ValueError('t')": False,
    "with op.batch_alter_table('t', recreate='always') as t:\n    t.drop_column('a')": False,
    "sa.create_engine('postgresql://elsewhere/db').connect()": False,
    "raise SystemExit(3)": False,
    "import time\ntime.sleep(60)": False,
}


def test_a_declared_refusal_is_distinguished_from_other_exceptions(tmp_path: Path) -> None:
    revisions = [rev(f"a{number}", up) for number, up in enumerate(REFUSALS)]
    script = script_of(tmp_path, *revisions, table("z9", "t"))
    *refused, last = script.steps
    assert all(each.failure is not None for each in refused)
    assert [each.is_declared for each in refused] == list(REFUSALS.values())
    assert last.failure is None
    assert refused[-1].failure is not None
    assert refused[-1].failure.message == "TookTooLong: it did not end within 1 s"


def test_an_env_py_that_connects_in_offline_mode_prints_nothing(tmp_path: Path) -> None:
    failure = failure_of(tmp_path, table("a1", "t"), env_py=CONNECTS)
    assert failure.kind == "FenceRefused"
    assert (failure.path, failure.line) == (tmp_path / "migrations" / "env.py", 12)


@pytest.mark.parametrize(
    ("instead", "message"),
    [
        ("raise RuntimeError('not here')", "RuntimeError: not here"),
        ("pass", "env.py ended without running any migration"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("import os; os._exit(7)", "the project's interpreter ended with exit status 7"),
        ("import time; time.sleep(60)", "TookTooLong: it did not end within 1 s"),
    ],
)
def test_an_env_py_that_prints_nothing_says_why(instead: str, message: str, tmp_path: Path) -> None:
    env_py = f"from alembic import context\nif context.is_offline_mode():\n    {instead}\n"
    failure = failure_of(tmp_path, table("a1", "t"), env_py=env_py)
    assert failure.message.startswith(message)
    assert failure.revision == ""


def test_an_offline_url_of_another_kind_of_database_is_a_failure(tmp_path: Path) -> None:
    env_py = ENV_PY.replace('config.get_main_option("sqlalchemy.url")', '"sqlite://"')
    failure = failure_of(tmp_path, table("a1", "t"), env_py=env_py)
    assert failure.message == "in offline mode env.py has a URL of sqlite"


def test_a_loop_that_waits_for_the_database_is_ended(tmp_path: Path) -> None:
    env_py = ENV_PY.replace(
        "if context.is_offline_mode()",
        "import time\nwhile True:\n"
        "    try:\n        run_migrations_online()\n        break\n"
        "    except Exception:\n        time.sleep(0.1)\nif False",
    )
    failure = failure_of(tmp_path, table("a1", "t"), env_py=env_py)
    assert failure.kind == "TookTooLong"


def test_several_databases_are_not_printed(tmp_path: Path) -> None:
    env_py = ENV_PY + "\nwith context.begin_transaction():\n    context.run_migrations()\n"
    failure = failure_of(tmp_path, table("a1", "t"), env_py=env_py)
    assert failure.message.startswith("env.py runs its migrations twice")


def test_a_file_of_env_pys_own_stays_empty(tmp_path: Path) -> None:
    env_py = ENV_PY.replace(
        "literal_binds=True", "output_buffer=open('out.sql', 'w'), output_encoding='utf-8'"
    )
    script = script_of(tmp_path, table("a1", "t"), env_py=env_py)
    assert "CREATE TABLE t" in script.steps[0].sql
    assert (tmp_path / "out.sql").read_text() == ""


def test_another_version_table_is_reported(tmp_path: Path) -> None:
    env_py = ENV_PY.replace(
        "literal_binds=True", "version_table='stand', version_table_schema='ops'"
    )
    assert script_of(tmp_path, table("a1", "t"), env_py=env_py).version_table == "ops.stand"
