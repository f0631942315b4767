"""The creation of .venv: scripts/venv.sh and scripts/environment.py, both really run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "cat", "mkdir", "rm", "sleep", "touch")
OLD = '#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.8.18" && exit 0\nexit 1\n'
NAME = re.compile(r"[\w.-]+")
SMALL = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "small"
version = "1"
scripts = { small = "small:main" }
[tool.hatch.build]
include = ["small.py"]
"""
WITHOUT_VENV = (
    '#!/bin/sh\n[ "$1" = -m ] && echo "No module named venv" >&2 && exit 1\nexec "{}" "$@"\n'
)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder for PATH with a few tools of the shell, without uv and Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(shutil.which(name) or name)
    return folder


def program(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.write_text(text)
    file.chmod(0o755)


def make_venv(machine: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    shutil.copytree(ROOT / "constraints", folder / "constraints", dirs_exist_ok=True)
    command = [machine / "sh", ROOT / "scripts" / "venv.sh"]
    alone = {"PATH": str(machine)}
    return subprocess.run(
        command, cwd=folder, env=alone, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_error_without_python_says_what_to_install(machine: Path, tmp_path: Path) -> None:
    done = make_venv(machine, tmp_path)
    assert done.returncode == 1
    assert "Python 3.11 or later is needed, and python3 is not there." in done.stderr
    assert "install uv" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_python_that_is_too_old_is_named(machine: Path, tmp_path: Path) -> None:
    program(machine, "python3", OLD)
    done = make_venv(machine, tmp_path)
    assert done.returncode == 1
    assert "Python 3.11 or later is needed, and python3 is Python 3.8.18." in done.stderr


def test_the_error_for_a_python_without_venv_names_a_package(machine: Path, tmp_path: Path) -> None:
    program(machine, "python3", WITHOUT_VENV.format(sys.executable))
    done = make_venv(machine, tmp_path)
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_failed_start_does_not_block_the_next_one(machine: Path, tmp_path: Path) -> None:
    make_venv(machine, tmp_path)
    assert not (tmp_path / ".nox" / "making").exists()


def test_the_rest_of_a_killed_start_is_removed(machine: Path, tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / ".nox").mkdir()
    (tmp_path / ".nox" / "making").write_text(f"{dead.pid}\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    done = make_venv(machine, tmp_path)
    assert ".venv was left unfinished; starting again" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_second_start_waits_for_the_first(machine: Path, tmp_path: Path) -> None:
    (tmp_path / ".nox").mkdir()
    work = "echo $$ >.nox/being && mv .nox/being .nox/making; sleep 1; rm .nox/making"
    first = subprocess.Popen(["sh", "-c", work], cwd=tmp_path)
    while not (tmp_path / ".nox" / "making").exists():
        assert first.poll() is None
    done = make_venv(machine, tmp_path)
    first.wait()
    assert f"process {first.pid} is making .venv; waiting for it" in done.stderr
    assert "unfinished" not in done.stderr


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project with our Makefile, in a folder with spaces; make has created its .venv."""
    folder = tmp_path_factory.mktemp("made") / "a folder with spaces"
    (folder / "scripts").mkdir(parents=True)
    (folder / "constraints").mkdir()
    scripts = [f"scripts/{each.name}" for each in (ROOT / "scripts").glob("*.py")]
    for name in ("Makefile", "noxfile.py", "scripts/venv.sh", "constraints/nox.txt", *scripts):
        shutil.copy(ROOT / name, folder / name)
    (folder / "pyproject.toml").write_text(SMALL)
    (folder / "small.py").write_text("def main():\n    print('small')\n")
    (folder / "constraints" / "dev.txt").write_text(builders())
    done = make(folder, ".venv/ready")
    assert done.returncode == 0, done.stderr
    return folder


def builders() -> str:
    """The part of constraints/dev.txt that building an editable project needs."""
    asked = ["hatchling", "editables", *(requires("hatchling") or ())]
    names = "|".join(NAME.findall(each)[0] for each in asked)
    pinned = (ROOT / "constraints" / "dev.txt").read_text()
    return "".join(re.findall(rf"^(?:{names})==(?:.*\\\n)*.*\n", pinned, re.MULTILINE))


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make without the variables of a make that may run these tests."""
    command = ["make", *arguments]
    env = {**os.environ, "MAKEFLAGS": "", "MFLAGS": "", "MAKELEVEL": ""}
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False
    )


def test_the_project_is_installed_in_a_folder_with_spaces(checkout: Path) -> None:
    command = [checkout / ".venv" / "bin" / "small"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "small\n"


def test_a_second_make_does_nothing(checkout: Path) -> None:
    done = make(checkout, ".venv/ready")
    assert (done.returncode, done.stderr) == (0, "")


def install(folder: Path, path: str) -> str:
    """The output of `nox -s install`, run by the Python of these tests."""
    command = [sys.executable, "-m", "nox", "-s", "install"]
    env = {**os.environ, "PATH": path}
    done = subprocess.run(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60
    )
    return done.stdout.decode()


def twin(checkout: Path, folder: Path) -> Path:
    """The same files in another folder, linked rather than copied."""
    shutil.copytree(checkout, folder, symlinks=True, copy_function=os.link)
    return folder


def test_sessions_install_nothing_when_venv_is_up_to_date(checkout: Path) -> None:
    assert "venv.sh" not in install(checkout, os.environ["PATH"])


# Without Python on PATH a deleted .venv is not created again: these tests install nothing.


def test_a_venv_from_another_folder_is_not_kept(
    checkout: Path, machine: Path, tmp_path: Path
) -> None:
    moved = twin(checkout, tmp_path / "moved")
    assert "Python 3.11 or later is needed" in install(moved, str(machine))
    assert not (moved / ".venv").exists()


def test_a_venv_that_was_being_filled_is_not_kept(
    checkout: Path, machine: Path, tmp_path: Path
) -> None:
    killed = twin(checkout, tmp_path / "killed")
    stamp = killed / ".venv" / "installed"
    stamp.unlink()
    stamp.write_text("under way\n")
    assert "Python 3.11 or later is needed" in install(killed, str(machine))
    assert not (killed / ".venv").exists()


def test_a_venv_with_other_inputs_is_kept_and_filled(checkout: Path, tmp_path: Path) -> None:
    changed = checkout / "pyproject.toml"
    changed.write_text(changed.read_text().replace('version = "1"', 'version = "2"'))
    (checkout / ".venv" / "trace").touch()
    assert "pip install" in install(checkout, os.environ["PATH"])
    assert (checkout / ".venv" / "trace").exists()
