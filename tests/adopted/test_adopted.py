"""`rehearsal run` on projects that were not made for this tool, and are not edited."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from support.cli import rehearsal

HERE = Path(__file__).parent


def rehearsed(
    name: str, *options: str, variables: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """The exit code and the report of one project."""
    options = ("--config", str(HERE / name / "alembic.ini"), *options)
    done = rehearsal("run", "--format", "json", *options, folder=HERE, variables=variables)
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, report


def refused(name: str, *options: str) -> tuple[int, str]:
    """The exit code and stderr for a project that is refused."""
    done = rehearsal("run", "--config", HERE / name / "alembic.ini", *options, folder=HERE)
    return done.returncode, done.stderr


def pending(report: dict[str, Any]) -> list[str]:
    """The revisions that were run: without a snapshot, all of them are pending."""
    found: list[str] = report["summary"]["pending"]
    return found


def test_labelled_branches_may_end_in_a_head_each() -> None:
    code, report = rehearsed("labelled")
    assert (code, report["findings"]) == (0, [])
    assert report["summary"]["heads"] == ["a10000000002", "b10000000002"]


def test_one_of_two_histories_in_a_folder_is_the_target() -> None:
    code, report = rehearsed("alternatives")
    assert (code, report["findings"]) == (0, [])
    assert pending(report) == ["c10000000001", "c10000000002"]


def test_another_target_is_chosen_on_the_command_line() -> None:
    code, report = rehearsed("alternatives", "--target", "fresh@head")
    assert (code, pending(report)) == (0, ["d10000000001"])


def test_the_error_for_an_unknown_target_lists_the_known_ones() -> None:
    code, words = refused("alternatives", "--target", "nope@head")
    assert code == 2
    assert "alembic upgrade nope@head does not find its target" in words
    assert "fresh@head | main@head" in words


def test_x_arguments_reach_env_py_with_the_url_of_the_rehearsal() -> None:
    """Its offline SQL lacks the schema that env.py creates: the finding names env.py."""
    code, report = rehearsed("x_argument")
    (finding,) = report["findings"]
    assert (code, finding["code"], finding["revision"]) == (1, "U7", None)
    assert Path(finding["path"]).name == "env.py"
    assert "what env.py prints before the first revision fails" in finding["what"]


def test_the_error_for_a_missing_x_argument_shows_how_to_pass_it() -> None:
    code, words = refused("x_argument", "-x", "tenant=acme")
    assert code == 3
    assert "env.py:7: KeyError: 'url'" in words
    assert "-x 'url={url}'" in words


def test_a_url_made_of_parts_is_redirected_to_the_rehearsal() -> None:
    code, report = rehearsed("parts", variables={"POSTGRES_PASSWORD": "secret"})
    assert (code, report["findings"]) == (0, [])


def test_the_error_for_a_missing_part_names_the_line_that_reads_it() -> None:
    code, words = refused("parts")
    assert code == 3
    assert "settings.py:10: KeyError: 'POSTGRES_PASSWORD'" in words
    assert "POSTGRES_PASSWORD=...   (in the environment" in words


def test_each_section_is_a_history_of_its_own() -> None:
    assert pending(rehearsed("sections", "--name", "shop")[1]) == ["110000000001"]
    assert pending(rehearsed("sections", "--name", "billing")[1]) == ["220000000001"]


def test_the_error_for_an_unknown_section_lists_the_known_ones() -> None:
    code, words = refused("sections")
    assert code == 2
    assert "there is no section [alembic]" in words
    assert "sections: shop, billing" in words


def test_an_async_engine_and_several_schemas_are_driven_and_compared() -> None:
    code, report = rehearsed("async_schemas")
    assert [each["code"] for each in report["findings"]] == ["U7"]
    assert not {"U4", "U5"} & {each["code"] for each in report["not_judged"]}
    assert code == 1


def test_migrations_inside_a_package_are_found_through_pyproject() -> None:
    code, report = rehearsed("pyproject")
    assert (code, report["findings"], pending(report)) == (0, [], ["a70000000001"])


def test_a_bootstrap_in_sql_creates_what_the_history_expects() -> None:
    """The version table's schema, too.  psql runs the file, which has rows after a COPY."""
    code, report = rehearsed("schema_first")
    assert (code, report["findings"], pending(report)) == (0, [], ["a90000000001"])


def test_without_a_bootstrap_the_finding_names_the_setting_that_helps(tmp_path: Path) -> None:
    project = shutil.copytree(HERE / "schema_first", tmp_path / "project")
    (project / "rehearsal.toml").unlink()
    done = rehearsal("run", folder=project)
    assert done.returncode == 1
    assert "no schema has been selected" in done.stdout or 'schema "ops"' in done.stdout
    assert 'bootstrap = "schema.sql"' in done.stdout


def test_the_error_for_a_failed_bootstrap_quotes_it(tmp_path: Path) -> None:
    project = shutil.copytree(HERE / "schema_first", tmp_path / "project")
    (project / "schema.sql").write_text("CREATE SCHEMA ops;\nCREATE TABEL customers ();\n")
    done = rehearsal("run", folder=project)
    assert done.returncode == 3
    assert "the bootstrap 'schema.sql' ended with exit status 3" in done.stderr
    assert 'schema.sql:2: ERROR:  syntax error at or near "TABEL"' in done.stderr


def test_a_bootstrap_connects_to_the_rehearsal_in_spite_of_pgservice(tmp_path: Path) -> None:
    """libpq prefers a service's host to PGHOST, and PGHOSTADDR to both."""
    services = tmp_path / "services.conf"
    services.write_text("[production]\nhost=127.0.0.2\nport=1\ndbname=theirs\n")
    other_server = {
        "PGSERVICE": "production",
        "PGSERVICEFILE": str(services),
        "PGHOSTADDR": "127.0.0.2",
    }
    options = ("--checks", "U1")
    done = rehearsal("run", *options, folder=HERE / "schema_first", variables=other_server)
    assert done.returncode == 0, done.stderr


def test_only_revisions_after_the_stamp_of_a_bootstrap_are_run() -> None:
    """The first revision, which the stamp covers, would fail."""
    code, report = rehearsed("made_by_create_all")
    assert (code, report["findings"]) == (0, [])
    assert {each["code"] for each in report["not_judged"]} == {"H3", "H4", "H6", "U2", "U3", "U14"}
    assert "D3" not in report["scope"]["checks"]


def test_tables_that_an_import_creates_are_blamed_on_env_py_in_the_finding() -> None:
    code, report = rehearsed("import_creates")
    (finding,) = report["findings"]
    assert (code, finding["code"], finding["revision"]) == (1, "U1", "c90000000001")
    made = "env.py, or what it imports, has made jobs: most likely a `create_all`"
    assert made in finding["what"]


def test_a_wait_for_a_lock_of_the_own_process_is_ended_and_named() -> None:
    code, report = rehearsed("own_lock")
    (finding,) = report["findings"]
    assert (code, finding["code"], finding["revision"]) == (1, "U1", "a80000000002")
    assert Path(finding["path"]).name == "a80000000002_kinds_of_notes.py"
    assert finding["line"] == 15
    assert "waits for a lock that its own process holds" in finding["what"]
    assert "'ALTER TABLE notes ADD COLUMN kind TEXT'" in finding["what"]
