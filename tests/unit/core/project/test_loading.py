"""Reading a project's history and configuration, without any database."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from alembic_rehearsal.core.history.revisions import LoadProblem
from alembic_rehearsal.core.project.answers import RawHistory, StepFailed
from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.values.errors import ProjectDoesNotLoad, UsageError
from alembic_rehearsal.core.values.project import Project
from support.projects import ENV_PY, rev, table, write_project

pytestmark = pytest.mark.usefixtures("new_interpreters")


def history_of(project: Project) -> RawHistory:
    with open_project(project) as child:
        return child.history()


def problem_of(project: Project) -> LoadProblem:
    history = history_of(project)
    assert history.problem is not None
    assert history.revisions == history.heads == ()
    return history.problem


# --- a history that is sound --------------------------------------------------------------


def test_a_history_is_read_base_first_with_all_that_its_files_contain(tmp_path: Path) -> None:
    project = write_project(
        tmp_path,
        [
            rev("b2", down="a1", doc="second\n\nand more"),
            rev("a1", down=(), doc="first"),
            rev("c3", down="a1", depends_on="b2"),
            rev("m4", down=("b2", "c3")),
        ],
    )
    history = history_of(project)
    assert history.problem is None
    assert [each.id for each in history.revisions] == ["a1", "b2", "c3", "m4"]
    first, second, third, merge = history.revisions
    assert (first.down, first.doc) == ((), "first")
    assert (second.down, second.doc) == (("a1",), "second")
    assert third.depends_on == ("b2",)
    assert merge.down == ("b2", "c3")
    assert history.heads == ("m4",)
    assert history.location == tmp_path / "migrations"
    assert first.path == tmp_path / "migrations" / "versions" / "0001_a1.py"


def test_a_dependency_on_a_branch_label_becomes_the_revision_of_the_label(tmp_path: Path) -> None:
    project = write_project(
        tmp_path, [rev("a1", labels="base_branch"), rev("b2", down=(), depends_on="base_branch")]
    )
    assert {each.id: each.depends_on for each in history_of(project).revisions} == {
        "a1": (),
        "b2": ("a1",),
    }


def test_a_history_is_read_without_running_env_py(tmp_path: Path) -> None:
    project = write_project(tmp_path, [table("a1", "t")], env_py="raise RuntimeError('ran')")
    assert history_of(project).heads == ("a1",)


def test_another_section_and_several_folders_are_read(tmp_path: Path) -> None:
    project = write_project(tmp_path, [table("a1", "t")])
    more = tmp_path / "more"
    more.mkdir()
    (more / "b2.py").write_text('revision = "b2"\ndown_revision = "a1"\n')
    (tmp_path / "alembic.ini").write_text(
        "[other]\nscript_location = %(here)s/migrations\n"
        "version_locations = %(here)s/more %(here)s/migrations/versions\n"
    )
    assert history_of(replace(project, section="other")).heads == ("b2",)


# --- a history that is not ----------------------------------------------------------------


def test_a_syntax_error_is_reported_with_its_line(tmp_path: Path) -> None:
    broken = rev("b2", text="revision = 'b2'\ndown_revision = 'a1'\ndef upgrade(:\n")
    problem = problem_of(write_project(tmp_path, [table("a1", "t"), broken]))
    assert problem.message.startswith("SyntaxError: ")
    assert (problem.path.name, problem.line) == ("0001_b2.py", 3)


def test_an_import_error_is_reported_with_its_line(tmp_path: Path) -> None:
    broken = rev("a1", text="revision = 'a1'\ndown_revision = None\nimport gone_for_good\n")
    problem = problem_of(write_project(tmp_path, [broken]))
    assert problem.message == "ModuleNotFoundError: No module named 'gone_for_good'"
    assert (problem.path.name, problem.line) == ("0000_a1.py", 3)


def test_a_missing_parent_is_reported_with_the_file_that_names_it(tmp_path: Path) -> None:
    problem = problem_of(write_project(tmp_path, [rev("b2", down="a1")]))
    assert problem.message == "revision b2 revises a1, which no file defines"
    assert (problem.path.name, problem.revision) == ("0000_b2.py", "b2")


def test_an_id_that_is_defined_twice_is_reported_with_both_files(tmp_path: Path) -> None:
    project = write_project(tmp_path, [table("a1", "t"), table("b2", "u"), rev("a1", down=())])
    problem = problem_of(project)
    assert problem.message.startswith("revision a1 is defined twice: here and in ")
    assert {problem.path.name, problem.message.rpartition("/")[2]} == {"0000_a1.py", "0002_a1.py"}


def test_a_cycle_is_reported(tmp_path: Path) -> None:
    project = write_project(tmp_path, [rev("a1", down="b2"), rev("b2", down="a1")])
    problem = problem_of(project)
    assert "ycle" in problem.message
    assert "a1" in problem.message


def test_a_missing_dependency_is_reported(tmp_path: Path) -> None:
    project = write_project(tmp_path, [rev("a1", depends_on="elsewhere")])
    assert "elsewhere" in problem_of(project).message


def test_an_empty_folder_is_reported(tmp_path: Path) -> None:
    problem = problem_of(write_project(tmp_path))
    assert "there is no revision in" in problem.message
    assert problem.path == tmp_path / "migrations" / "versions"


def test_a_file_without_revision_is_reported(tmp_path: Path) -> None:
    problem = problem_of(write_project(tmp_path, [rev("a1", text="x = 1\n")]))
    assert "0000_a1.py" in problem.message


# --- a project that cannot be loaded ------------------------------------------------------


def refusal_of(project: Project) -> ProjectDoesNotLoad:
    with pytest.raises(ProjectDoesNotLoad) as caught:
        history_of(project)
    return caught.value


def test_a_configuration_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    project = write_project(tmp_path)
    project.config.unlink()
    with pytest.raises(UsageError, match=r"alembic\.ini"):
        history_of(project)


def test_a_missing_section_is_named(tmp_path: Path) -> None:
    project = replace(write_project(tmp_path, [table("a1", "t")]), section="tenant")
    with pytest.raises(
        UsageError, match=r"there is no section \[tenant\] in .*; sections: alembic"
    ):
        history_of(project)


def test_a_missing_script_location_is_named(tmp_path: Path) -> None:
    project = write_project(tmp_path, [table("a1", "t")])
    project.config.write_text("[alembic]\nfile_template = %%(rev)s\n")
    refusal = refusal_of(project)
    assert "script_location" in refusal.what
    assert str(project.config) in refusal.what


def test_a_wrong_script_location_is_named(tmp_path: Path) -> None:
    project = write_project(tmp_path, [table("a1", "t")])
    project.config.write_text("[alembic]\nscript_location = elsewhere\n")
    what = refusal_of(project).what
    assert "Path doesn't exist" in what
    assert "elsewhere" in what


def test_a_configuration_that_does_not_parse_is_named(tmp_path: Path) -> None:
    project = write_project(tmp_path, [table("a1", "t")])
    project.config.write_text("script_location = migrations\n")
    refusal = refusal_of(project)
    assert str(project.config) in refusal.what
    assert "section" in refusal.what


def test_a_missing_env_py_is_named(tmp_path: Path) -> None:
    project = write_project(tmp_path, [table("a1", "t")])
    (tmp_path / "migrations" / "env.py").unlink()
    assert "there is no env.py in" in refusal_of(project).what


def test_an_interpreter_that_does_not_exist_is_named(tmp_path: Path) -> None:
    project = write_project(tmp_path, python="/nowhere/bin/python")
    refusal = refusal_of(project)
    assert "/nowhere/bin/python" in refusal.what
    assert any("--python" in way for way in refusal.remedies)


def test_a_program_that_is_no_interpreter_is_named(tmp_path: Path) -> None:
    project = write_project(tmp_path, python="/bin/true")
    assert "/bin/true" in refusal_of(project).what


def test_an_interpreter_without_alembic_is_named_with_the_command_that_installs_it(
    tmp_path: Path,
) -> None:
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = str(environment / "bin" / "python")
    refusal = refusal_of(write_project(tmp_path / "project", [table("a1", "t")], python=python))
    assert "No module named 'alembic'" in refusal.what
    assert f"{python} -m pip install alembic" in refusal.remedies


def test_modules_in_the_folder_do_not_shadow_those_that_we_need(tmp_path: Path) -> None:
    files = {"json.py": "raise SystemExit('shadowed')", "alembic/README": "a plain folder"}
    project = write_project(tmp_path, [table("a1", "t")], files=files)
    assert history_of(project).heads == ("a1",)


# --- SQLite, and nothing left behind ------------------------------------------------------


def test_a_sqlite_file_is_upgraded_as_the_target_of_a_real_run(tmp_path: Path) -> None:
    project = write_project(tmp_path, [table("a1", "first"), table("b2", "second")])
    target = tmp_path / "local.db"
    with open_project(project) as child:
        with child.walk(target, rehearsal=False) as walk:
            assert walk.configuration.dialect == "sqlite"
            assert walk.configuration.connected_to is None
            for revision in walk.plan():
                walk.up(revision)
        with child.walk(target, rehearsal=False) as walk:
            assert walk.configuration.heads == ("b2",)
            assert walk.run_sql("SELECT count(*) FROM second") == [(0,)]


def test_an_error_before_any_step_on_sqlite_is_a_failure(tmp_path: Path) -> None:
    project = write_project(tmp_path, [table("a1", "first")])
    with (
        open_project(project) as child,
        pytest.raises(StepFailed, match="unable to open database file") as caught,
        child.walk(tmp_path / "missing" / "local.db", rehearsal=False),
    ):
        pass
    assert caught.value.failure.path == tmp_path / "migrations" / "env.py"


def test_the_child_ends_with_its_block(tmp_path: Path) -> None:
    witness = "import os\nopen('pid', 'w').write(str(os.getpid()))\n"
    text = witness + "revision = 'a1'\ndown_revision = None\n"
    project = write_project(tmp_path, [rev("a1", text=text)], env_py=ENV_PY)
    with open_project(project) as child:
        assert child.history().heads == ("a1",)
        began = time.monotonic()  # from here on: a start takes what it takes
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert time.monotonic() - began < 5


def test_the_folders_of_the_projects_own_code_are_reported(tmp_path: Path) -> None:
    beside = tmp_path / "beside"
    beside.mkdir()
    folder = tmp_path / "project"
    files = {"src/shop/__init__.py": "", ".venv/lib/site-packages/x.py": ""}
    project = write_project(
        folder,
        [table("a1", "t")],
        ini=f"prepend_sys_path = {beside}:{folder}/.venv/lib/site-packages\npath_separator = :",
        files=files,
    )
    assert history_of(project).paths[:3] == (folder, folder / "src", beside)
    assert not any("site-packages" in str(each) for each in history_of(project).paths)
