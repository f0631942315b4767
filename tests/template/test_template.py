"""The template: the menu, the sessions, and their files."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONSTRAINTS = sorted((ROOT / "constraints").glob("*.txt"))
README = ROOT / "README.md"
MAKEFILE = ROOT / "Makefile"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
PAGES += sorted((ROOT / "examples").rglob("*.md"))
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


def targets() -> list[str]:
    """The Make targets that people type, as the Makefile has them."""
    return re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)


def sessions() -> dict[str, str]:
    """The nox sessions, each with the sentence that `nox -l` shows."""
    command = [sys.executable, "-m", "nox", "--list", "--no-color"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(re.findall(r"^[*-] (\w+)(?: -> (.*))?$", listed.stdout, re.MULTILINE))


def requirements(file: Path) -> dict[str, str]:
    """The pinned packages of a constraints file, each with the text that follows its name."""
    text = re.sub(r"^\s*#.*\n", "", file.read_text(), flags=re.MULTILINE)
    found = re.findall(r"^([\w.-]+)(==(?:.*\\\n)*.*)$", text, re.MULTILINE)
    return dict(found)


@pytest.mark.parametrize("arguments", [(), ("help",)])
def test_make_prints_a_menu_with_every_target(arguments: tuple[str, ...]) -> None:
    command = ["make", "--no-print-directory", *arguments]
    menu = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = re.findall(r"^  make ([\w-]+) +\S", menu, re.MULTILINE)
    assert listed == targets()
    assert {"migrate", "test"} < set(listed)


def test_every_target_is_phony() -> None:
    phony = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert " ".join(phony).split() == targets()


def test_every_session_that_make_names_is_there() -> None:
    named = re.findall(r"-s (\w+)", (ROOT / "Makefile").read_text())
    assert "migrate" in named
    assert set(named) <= set(sessions())


def test_every_session_has_one_sentence_for_the_list() -> None:
    for name, sentence in sessions().items():
        assert re.fullmatch(r"[A-Z].{10,90}\.", sentence), name


def test_bare_nox_runs_what_make_test_promises() -> None:
    noxfile = (ROOT / "noxfile.py").read_text()
    assert 'nox.options.sessions = ["lint", "tests", "test_migrations"]' in noxfile


def test_the_readme_documents_every_target_and_session() -> None:
    readme = (ROOT / "README.md").read_text()
    typed = [f"make {name}" for name in targets() if name != "help"]
    typed += [f"nox -s {name}" for name in sessions() if name not in targets()]
    assert [each for each in typed if not re.search(rf"{each}\b", readme)] == []


@pytest.mark.parametrize("file", CONSTRAINTS, ids=lambda file: file.name)
def test_constraints_pin_every_package_with_hashes(file: Path) -> None:
    assert len(requirements(file)) > 5
    for name, rest in requirements(file).items():
        assert HASH.search(rest), name


@pytest.mark.parametrize("file", CONSTRAINTS, ids=lambda file: file.name)
def test_constraints_carry_no_addresses(file: Path) -> None:
    text = file.read_text()
    assert not re.search(r"://|^-|--index|--find-links|--extra-index| @ ", text, re.MULTILINE)


def test_constraints_have_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [each for group in project["dependency-groups"].values() for each in group]
    asked = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["rehearse"],
        *(each for each in groups if isinstance(each, str)),
    ]
    pinned = requirements(ROOT / "constraints" / "dev.txt")
    assert {re.split(r"[^\w.-]", each)[0] for each in asked} <= set(pinned)


def test_nox_has_the_same_pins_in_both_files() -> None:
    everything = requirements(ROOT / "constraints" / "dev.txt")
    nox_only = requirements(ROOT / "constraints" / "nox.txt")
    assert nox_only.items() <= everything.items()
    assert "nox" in nox_only


def test_there_is_no_lock_file_that_records_hosts() -> None:
    assert not (ROOT / "uv.lock").exists()


def test_alembic_ini_leaves_the_url_to_settings() -> None:
    ini = configparser.RawConfigParser()
    ini.read(ROOT / "alembic.ini")
    assert ini["alembic"]["script_location"] == "%(here)s/alembic"
    assert ini["alembic"]["prepend_sys_path"] == "%(here)s/src"
    assert ini["alembic"]["sqlalchemy.url"].startswith("driver://")


def test_compose_publishes_a_pinned_postgres_to_this_machine_only() -> None:
    compose = (ROOT / "docker-compose.yml").read_text()
    assert re.search(r"image: [\"']?postgres:\d+", compose)
    assert "healthcheck:" in compose
    ports = re.findall(r"^\s+- [\"']?(\S*:\d+)[\"']?$", compose, re.MULTILINE)
    assert ports != []
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_action_of_the_workflow_is_pinned_by_its_commit() -> None:
    used = re.findall(r"uses: (\S+)", (ROOT / ".github" / "workflows" / "ci.yml").read_text())
    assert used != []
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", each) for each in used)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    found = re.search(r"^```console\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    lines = [line for line in found[1].splitlines() if line.startswith("$ ")]
    (command,) = [line[2:].partition("#")[0].strip() for line in lines if "test" in line]
    assert command in (ROOT / ".ci" / "run").read_text().splitlines()


def test_the_readme_has_every_output_filled_in() -> None:
    assert re.findall(r"^OUTPUT-.*$", README.read_text(), re.MULTILINE) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    targets = [each.partition("#")[0] for each in links if "://" not in each]
    assert [each for each in targets if not (page.parent / each).exists()] == []


def test_the_menu_says_how_a_snapshot_is_taken() -> None:
    assert '## Take production\'s schema again: ARGS="--from URL"\n' in MAKEFILE.read_text()


def test_the_noxfile_has_sessions_and_no_other_functions() -> None:
    module = ast.parse((ROOT / "noxfile.py").read_text())
    functions = [each for each in module.body if isinstance(each, ast.FunctionDef)]
    assert {each.name for each in functions} == set(sessions())
