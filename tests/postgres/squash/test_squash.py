"""`rehearsal squash` on the command line: the proofs, and the files afterwards."""

from __future__ import annotations

import compileall
import re
from pathlib import Path

import pytest

from alembic_rehearsal.core.project.host import open_project
from support.cli import rehearsal
from support.projects import ENV_PY, rev, table, write_project
from support.snapshots import production
from support.squash import CUSTOMERS, ORDERS, baseline, files, four, squash, versions

pytestmark = pytest.mark.usefixtures("nothing_left")


def test_revisions_that_production_has_applied_become_one(tmp_path: Path) -> None:
    four(tmp_path)
    done = squash(tmp_path, "c3")
    assert done.returncode == 0, done.stderr
    assert versions(tmp_path) == ["0002_c3_baseline.py", "0003_d4.py"]
    assert re.findall(r"s  (.*): the same", done.stdout) == [
        "from empty to c3",
        "from empty to head",
        "a database at c3, to head",
        "a database at d4, to head",
        "production, at c3, to head",
    ]
    assert "wrote    migrations/versions/0002_c3_baseline.py" in done.stdout
    assert "removed  migrations/versions/0000_a1.py" in done.stdout
    assert "older than c3 cannot be upgraded" in done.stdout
    assert "next     rehearsal run" in done.stdout
    run = rehearsal("run", folder=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_second_time_there_is_nothing_to_squash(tmp_path: Path) -> None:
    four(tmp_path)
    assert squash(tmp_path, "c3").returncode == 0
    before = files(tmp_path)
    done = squash(tmp_path, "c3")
    assert (done.returncode, done.stdout) == (
        0,
        "nothing to squash: c3 is the first revision of its history\n",
    )
    assert files(tmp_path) == before


def test_a_baseline_can_be_squashed_again_when_production_has_gone_on(tmp_path: Path) -> None:
    project = four(tmp_path)
    assert squash(tmp_path, "b2").returncode == 0
    assert versions(tmp_path) == ["0001_b2_baseline.py", "0002_c3.py", "0003_d4.py"]
    assert squash(project.folder, "c3").returncode == 0
    assert versions(tmp_path) == ["0002_c3_baseline.py", "0003_d4.py"]
    assert rehearsal("run", folder=tmp_path).returncode == 0


def test_waivers_of_revisions_that_are_gone_are_named(tmp_path: Path) -> None:
    four(tmp_path)
    waivers = "\n".join(
        f'[[waive]]\ncode = "D1"\nreason = "old"\nrevision = "{id}"' for id in ("b2", "d4")
    )
    (tmp_path / "rehearsal.toml").write_text(waivers)
    done = squash(tmp_path, "c3")
    assert "waivers  for b2 can be removed from the settings\n" in done.stdout


def test_another_tree_in_the_same_folder_is_not_changed(tmp_path: Path) -> None:
    write_project(
        tmp_path,
        [
            table("a1", "customers", labels="shop"),
            table("b2", "orders"),
            table("x1", "audits", down=(), labels="audit"),
            table("x2", "entries"),
        ],
    )
    sql = f"{CUSTOMERS}\n{ORDERS}\nCREATE TABLE public.audits (id int);"
    production(tmp_path, sql, revisions=("b2", "x1"), server_version="18.1")
    done = squash(tmp_path, "b2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert versions(tmp_path) == ["0001_b2_baseline.py", "0002_x1.py", "0003_x2.py"]
    assert rehearsal("run", folder=tmp_path).returncode == 0


def test_the_lock_file_is_written_again(tmp_path: Path) -> None:
    four(tmp_path)
    assert rehearsal("lock", folder=tmp_path).returncode == 0
    done = squash(tmp_path, "c3")
    assert "wrote    snapshots/history.lock\n" in done.stdout, done.stderr
    text = (tmp_path / "snapshots" / "history.lock").read_text()
    assert re.findall(r'^\[revisions\."(\w+)"\]$', text, re.MULTILINE) == ["c3", "d4"]
    run = rehearsal("run", folder=tmp_path)
    assert (run.returncode, "H4" in run.stdout, "H6" in run.stdout) == (0, False, False)


def test_a_dry_run_proves_and_writes_nothing(tmp_path: Path) -> None:
    four(tmp_path)
    before = files(tmp_path)
    done = squash(tmp_path, "c3", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "production, at c3, to head: the same" in done.stdout
    assert "would write migrations/versions/0002_c3_baseline.py and remove:" in done.stdout
    assert done.stdout.endswith("nothing was written\n")
    assert files(tmp_path) == before


def test_without_git_the_old_files_are_moved_to_a_folder(tmp_path: Path) -> None:
    four(tmp_path)
    before = files(tmp_path)
    done = squash(tmp_path, "c3")
    assert "kept     migrations/squashed_c3 has them, because git does not" in done.stdout
    for name in ("0000_a1.py", "0001_b2.py", "0002_c3.py"):
        kept = (tmp_path / "migrations" / "squashed_c3" / name).read_bytes()
        assert kept == before[f"migrations/versions/{name}"]


CLOCK = 'op.execute("CREATE TABLE t (id int, seen timestamptz)")\n' + (
    'op.execute("INSERT INTO t VALUES (1, clock_timestamp())")'
)


def test_values_from_the_clock_are_named_and_are_no_difference(tmp_path: Path) -> None:
    write_project(tmp_path, [rev("a1", CLOCK), table("b2", "orders"), table("c3", "bills")])
    sql = f"CREATE TABLE public.t (id int, seen timestamptz);\n{ORDERS}"
    production(tmp_path, sql, revisions=("b2",), server_version="18.1")
    done = squash(tmp_path, "b2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the baseline has those of this run: public.t.seen\n" in done.stdout


def test_another_order_of_columns_in_production_is_named(tmp_path: Path) -> None:
    four(tmp_path)
    sql = f"{CUSTOMERS}\nCREATE TABLE public.orders (total integer, id integer);"
    production(tmp_path, sql, revisions=("c3",), server_version="18.1")
    done = squash(tmp_path, "c3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "production has another order of columns, as before the squash:" in done.stdout
    assert "  table public.orders: order of columns id, total became total, id\n" in done.stdout


def test_branches_that_are_joined_become_one(tmp_path: Path) -> None:
    write_project(
        tmp_path,
        [
            table("a1", "customers", labels="shop"),
            table("b2", "orders", down="a1"),
            table("c3", "bills", down="a1"),
            rev("m4", down=("b2", "c3")),
            table("d5", "notes", down="m4"),
            table("e6", "letters", down="m4"),
        ],
    )
    tables = "\n".join(f"CREATE TABLE public.{each} (id int);" for each in ("orders", "bills"))
    production(tmp_path, f"{CUSTOMERS}\n{tables}", revisions=("m4",), server_version="18.1")
    (tmp_path / "rehearsal.toml").write_text('target = "heads"\n')
    done = squash(tmp_path, "m4")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "a database at e6, to head: the same" in done.stdout
    assert 'branch_labels = ("shop",)' in baseline(tmp_path)
    assert rehearsal("run", "--target", "shop@heads", folder=tmp_path).returncode == 0


def test_settings_of_the_database_itself_are_kept(tmp_path: Path) -> None:
    setting = """
    name = op.get_bind().exec_driver_sql("SELECT current_database()").scalar()
    for each in ("work_mem = '9MB'", 'search_path = public, "$user"', "my.name = 'it''s %'"):
        op.get_bind().exec_driver_sql(f"ALTER DATABASE {name} SET {each}".replace("%", "%%"))
    """
    four(tmp_path)
    path = tmp_path / "migrations" / "versions" / "0001_b2.py"
    path.write_text(path.read_text().replace("upgrade():", f"upgrade():{setting.rstrip()}"))
    done = squash(tmp_path, "c3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ALTER DATABASE %I SET work_mem TO %L" in baseline(tmp_path)


def test_compiled_files_of_squashed_revisions_are_deleted(tmp_path: Path) -> None:
    project = write_project(
        tmp_path, [table("a1", "t"), table("b2", "u"), table("c3", "v")], ini="sourceless = true"
    )
    production(tmp_path, "CREATE TABLE t (); CREATE TABLE u ();", revisions=("b2",))
    folder = tmp_path / "migrations" / "versions"
    assert compileall.compile_dir(folder, quiet=1)
    assert compileall.compile_dir(folder, quiet=1, legacy=True)
    assert squash(project.folder, "b2").returncode == 0
    with open_project(project) as child:
        assert [each.id for each in child.history().revisions] == ["b2", "c3"]


def test_files_that_revisions_read_from_a_folder_near_them_are_found(tmp_path: Path) -> None:
    reads = "op.execute((Path(__file__).parents[1] / 'sql' / 'view.sql').read_text())"
    more = rev("e5", f"from pathlib import Path\n{reads}")
    four(tmp_path, more)
    (tmp_path / "migrations" / "sql").mkdir()
    (tmp_path / "migrations" / "sql" / "view.sql").write_text("CREATE VIEW w AS SELECT 1 AS a")
    done = squash(tmp_path, "c3")
    assert done.returncode == 0, done.stdout + done.stderr


def test_several_version_folders_are_all_read(tmp_path: Path) -> None:
    project = four(tmp_path)
    (tmp_path / "alembic.ini").write_text(
        "[alembic]\nscript_location = migrations\npath_separator = space\n"
        "version_locations = %(here)s/migrations/versions %(here)s/later\n"
    )
    (tmp_path / "later").mkdir()
    for name in ("0002_c3.py", "0003_d4.py"):
        (tmp_path / "migrations" / "versions" / name).rename(tmp_path / "later" / name)
    done = squash(project.folder, "c3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert versions(tmp_path) == []
    assert sorted(each.name for each in (tmp_path / "later").glob("*.py")) == [
        "0002_c3_baseline.py",
        "0003_d4.py",
    ]


def test_a_schema_that_env_py_creates_is_created_once(tmp_path: Path) -> None:
    made = 'connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS app"); connection.commit()'
    env_py = ENV_PY.replace(
        "        context.configure(connection=connection, target",
        f"        {made}\n        context.configure(version_table_schema='app', "
        "connection=connection, target",
    )
    write_project(
        tmp_path, [table("a1", "app.t"), table("b2", "app.u"), table("c3", "v")], env_py=env_py
    )
    sql = "CREATE SCHEMA app; CREATE TABLE app.t (id int); CREATE TABLE app.u (id int);"
    production(tmp_path, sql, revisions=("b2",), server_version="18.1")
    toml = tmp_path / "snapshots" / "production.toml"
    toml.write_text(toml.read_text().replace("public.alembic_version", "app.alembic_version"))
    done = squash(tmp_path, "b2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "alembic_version" not in baseline(tmp_path)
