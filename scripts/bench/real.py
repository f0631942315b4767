"""Two real histories, against pytest-alembic in the same environment and on one server.

`nox -s bench -- real` creates the environments from constraints/real/.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine import compare, psql, pytest_alembic, rehearsal, scratch
from timing import CHECKOUT, row

from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.project.upgrade import run_upgrade
from alembic_rehearsal.core.settings.files import find_settings
from alembic_rehearsal.core.values.databases import Server, ServerNeeds


@dataclass(frozen=True, slots=True)
class Real:
    """One history: its interpreter, its configuration, and the imports of its env.py."""

    name: str
    python: Path
    config: Path
    imports: str
    is_async: bool = False


def measure(environments: Path) -> None:
    """Measure both tools; `environments` has a folder for each history."""
    with throwaway_server("embedded", ServerNeeds()) as server:
        for each in _histories(environments):
            _measure(each, server)


def _histories(environments: Path) -> Iterator[Real]:
    ckan, phoenix = environments / "ckan/bin/python", environments / "phoenix/bin/python"
    if ckan.exists():
        wrapper = CHECKOUT / "tests/adopted/ckan/alembic.ini"
        yield Real("ckan", ckan, wrapper, "import ckan.model, alembic.command")
    if phoenix.exists():
        (package,) = environments.glob("phoenix/lib/python*/site-packages/phoenix/db")
        imports = "import phoenix.db.models, alembic.command"
        yield Real("phoenix", phoenix, package / "alembic.ini", imports, is_async=True)


def _measure(real: Real, server: Server) -> None:
    begun = time.perf_counter()
    subprocess.run([real.python, "-c", real.imports], check=True, capture_output=True)
    row(f"{real.name}: importing the application", time.perf_counter() - begun, 1)
    theirs = pytest_alembic(real.python, server, real.config, is_async=real.is_async)
    for name, seconds in theirs.items():
        row(f"{real.name}: pytest-alembic, {name}", seconds, 1)
    print(f"  tests that passed: {len(theirs) - 1}")
    stairway = rehearsal(real.config, "U1,D1,D2,D3", python=real.python)
    row(f"{real.name}: rehearsal run --checks U1,D1,D2,D3", stairway.seconds, 1)
    compare(stairway.seconds, theirs["the whole command"])
    whole = rehearsal(real.config, python=real.python)
    row(f"{real.name}: rehearsal run", whole.seconds, 1)
    compare(whole.seconds, theirs["the whole command"])
    print(f"  findings: {whole.findings}, on {whole.revisions} revisions")
    _against_psql(real, server)


def _against_psql(real: Real, server: Server) -> None:
    """The upgrade without its imports, against psql with the same SQL where all of it is known."""
    project = find_settings(real.config).project(python=str(real.python))
    with open_project(project) as child, scratch(server) as database:
        upgraded = run_upgrade(child, database, lambda step: None).seconds
        printed = child.render(())
    if any(each.failure for each in printed.steps):
        row(f"{real.name}: upgrade from empty, the import aside", upgraded, 1)
        print("  not compared with psql: some of its revisions have no SQL")
        return
    steps = "".join(each.preamble + each.sql for each in printed.steps)
    floor = psql(server, f"{printed.before}{steps}{printed.after}".encode())
    row(f"{real.name}: psql, the SQL of its upgrade", floor, 1)
    row(f"{real.name}: upgrade from empty, the import aside", upgraded, 1, floor, "psql")
