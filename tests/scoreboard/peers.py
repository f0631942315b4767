"""The other judges: what people use today.  Each prepares its copy of the project itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from alembic_rehearsal.core.postgres.databases import (
    MAINTENANCE_DATABASE,
    create_database,
    drop_database,
    unique_name,
)
from alembic_rehearsal.core.values.databases import Database, Server
from scoreboard.edits import apply
from scoreboard.mutant import Replace
from scoreboard.running import run
from scoreboard.verdict import Verdict, trouble

ALEMBIC = Path(sys.executable).with_name("alembic")
PEER = Path(__file__).parent / "peer"

# As pytest-alembic's manual asks, Setup: env.py connects by the engine that it is given.
TAKES_AN_ENGINE = Replace(
    "alembic/env.py",
    "        migrate(given)\n",
    "        with given.connect() as connection:\n            migrate(connection)\n",
)
PYTEST_INI = "[pytest]\npytest_alembic_include_experimental = downgrade_leaves_no_trace\n"
SHORT = {
    "test_all_models_register_on_metadata": "registered",
    "test_downgrade_leaves_no_trace": "no trace",
    "test_model_definitions_match_ddl": "models",
    "test_single_head_revision": "one head",
    "test_up_down_consistency": "up and down",
    "test_upgrade": "upgrade",
}


@dataclass(frozen=True, slots=True)
class AlembicCheck:
    """`alembic upgrade head` on an empty database, then `alembic check`."""

    server: Server

    def __call__(self, folder: Path) -> Verdict:
        with _scratch(self.server) as database:
            variables = {"DATABASE_URL": database.url()}
            for name, command in (("upgrade", ("upgrade", "head")), ("check", ("check",))):
                ran = run((ALEMBIC, *command), folder, variables)
                if ran.code != 0:
                    return Verdict((name,), "" if ran.code is not None else trouble(ran))
        return Verdict()


@dataclass(frozen=True, slots=True)
class PytestAlembic:
    """pytest-alembic with every test that it has; `python` is that of its environment.

    Whatever fails counts, also what only this way of testing makes fail.
    """

    server: Server
    python: Path

    def __call__(self, folder: Path) -> Verdict:
        apply([TAKES_AN_ENGINE], folder)
        (folder / "tests").mkdir()
        (folder / "tests/conftest.py").write_text((PEER / "fixtures.py").read_text())
        (folder / "tests/test_models.py").write_text((PEER / "models.py").read_text())
        (folder / "pytest.ini").write_text(PYTEST_INI)
        variables = {
            "SCOREBOARD_SERVER": Database(self.server, MAINTENANCE_DATABASE).url(),
            "PYTHONPATH": str(folder / "src"),
        }
        quiet = ("-q", "-p", "no:cacheprovider", "--junitxml=junit.xml")
        ran = run((self.python, "-m", "pytest", "--test-alembic", *quiet), folder, variables)
        if ran.code == 0:
            return Verdict()
        report = folder / "junit.xml"
        failed = _failed_tests(report) if report.exists() else ()
        return Verdict(failed or ("does not start",), "" if ran.code == 1 else trouble(ran))


def _failed_tests(report: Path) -> tuple[str, ...]:
    cases = ElementTree.parse(report).iter("testcase")
    names = [
        case.get("name", "")
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    ]
    return tuple(dict.fromkeys(SHORT.get(name, name) for name in sorted(names)))


@contextmanager
def _scratch(server: Server) -> Iterator[Database]:
    database = create_database(server, unique_name("scoreboard"))
    try:
        yield database
    finally:
        drop_database(database)
