"""pytest as a user types it, in its own process, in a project that a test has written."""

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
# With either of them pytest prints whole messages in its summary, too.
CI_VARIABLES = ("CI", "BUILD_NUMBER")


@dataclass(frozen=True, slots=True)
class Run:
    """The output of a pytest run, and the outcome of each of its tests, by node id.

    `said` is the output.  An outcome is "passed", "failure", "error" or "skipped"; `texts` has
    the message and the text of those that did not pass.
    """

    code: int
    said: str
    outcomes: dict[str, str]
    texts: dict[str, str]

    def of(self, outcome: str) -> list[str]:
        return [name for name, each in self.outcomes.items() if each == outcome]


def pytest_run(folder: Path, *arguments: str) -> Run:
    """Run pytest with `folder` as its rootdir."""
    report = folder / "junit.xml"
    report.unlink(missing_ok=True)
    with pytest_running(folder, f"--junitxml={report}", *arguments) as running:
        said = ended(running)
    outcomes: dict[str, str] = {}
    texts: dict[str, str] = {}
    for case in ElementTree.parse(report).iter("testcase") if report.exists() else ():
        name = "::".join([*case.attrib["classname"].split("."), case.attrib["name"]])
        notes = [each for each in case if each.tag in ("failure", "error", "skipped")]
        outcomes[name] = notes[0].tag if notes else "passed"
        texts[name] = "".join(f"{each.get('message')}\n{each.text}" for each in notes)
    return Run(running.returncode, said, outcomes, texts)


@contextmanager
def pytest_running(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A pytest started in `folder`, without settings of the pytest that runs this test."""
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
    """The part of the output under the heading "rehearsal"."""
    found = re.search(r"^=+ rehearsal(?:, interrupted)? =+\n(.*?)^===", said, re.M | re.S)
    assert found, said
    return found[1]
