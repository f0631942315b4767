"""pytest as people type it, in a process of its own, in a project that a test has written."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from support.cli import plain_environment
from support.running_commands import ended, underway

PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")
# With either of them pytest prints the whole of a message in its summary, too.
CI_VARIABLES = ("CI", "BUILD_NUMBER")


@dataclass(frozen=True, slots=True)
class Run:
    """What a pytest said, and what became of each of its tests, by node id.

    An outcome is "passed", "failure", "error" or "skipped"; `texts` are its words.
    """

    code: int
    said: str
    outcomes: dict[str, str]
    texts: dict[str, str]

    def of(self, outcome: str) -> list[str]:
        return [name for name, each in self.outcomes.items() if each == outcome]


def pytest_run(folder: Path, *arguments: str) -> Run:
    """Run pytest in `folder`, whose rootdir it is."""
    report = folder / "junit.xml"
    report.unlink(missing_ok=True)
    with pytest_running(folder, f"--junitxml={report}", *arguments) as running:
        said = ended(running)
    outcomes: dict[str, str] = {}
    texts: dict[str, str] = {}
    for case in ElementTree.parse(report).iter("testcase") if report.exists() else ():
        name = "::".join([*case.attrib["classname"].split("."), case.attrib["name"]])
        told = [each for each in case if each.tag in ("failure", "error", "skipped")]
        outcomes[name] = told[0].tag if told else "passed"
        texts[name] = "".join(f"{each.get('message')}\n{each.text}" for each in told)
    return Run(running.returncode, said, outcomes, texts)


@contextmanager
def pytest_running(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A pytest that has been started in `folder`, with nothing of the one that runs this test."""
    if not (folder / "pytest.ini").exists():
        (folder / "pytest.ini").write_text("[pytest]\n")
    variables = {
        name: value
        for name, value in plain_environment().items()
        if name not in CI_VARIABLES and not name.startswith("PYTEST_")
    }
    command = [*PYTEST, *arguments]
    with underway(command, folder, variables, stderr=subprocess.STDOUT) as running:
        yield running


def section(said: str) -> str:
    """What stands beside the tests, under its own heading."""
    found = re.search(r"^=+ rehearsal(?:, interrupted)? =+\n(.*?)^===", said, re.M | re.S)
    assert found, said
    return found[1]
