"""Roles belong to a whole server: parallel walks must not meet the roles of each other."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from alembic_rehearsal.core.postgres.shared_catalogs import role_names
from alembic_rehearsal.core.values.databases import Database, Server
from conftest import MakeServer
from support.cli import rehearsal
from support.projects import Rev, rev, table, write_project
from support.snapshots import CUSTOMERS, production

pytestmark = pytest.mark.usefixtures("nothing_left")

DROP = "DROP ROLE reporting"
PLAIN = "op.execute('CREATE ROLE reporting')"
# What no look at the revision itself can show.
HIDDEN = {"ours.py": "def execute(op, what):\n    op.execute(f'{what} ROLE reporting')\n"}
ON_TWO_CORES = {"REHEARSAL_CORES": "2"}
APART = "each database has a server of its own: migrations change roles"


def sql(*statements: str) -> str:
    return "\n".join(f"op.execute({each!r})" for each in statements)


def reporting(id: str, create: str = PLAIN, drop: str = sql(DROP)) -> Rev:
    """A role, with what it may do and a policy for it; `drop` is how its downgrade ends."""
    return rev(
        id,
        f"{create}\n"
        + sql(
            "GRANT SELECT ON customers TO reporting",
            "ALTER TABLE customers ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY theirs ON customers FOR SELECT TO reporting USING (true)",
        ),
        sql(
            "DROP POLICY theirs ON customers",
            "ALTER TABLE customers DISABLE ROW LEVEL SECURITY",
            "REVOKE ALL ON customers FROM reporting",
        )
        + f"\n{drop}",
    )


def history(folder: Path, *, hidden: bool = False, drop: str = sql(DROP)) -> None:
    """Customers, a role that may read them, orders."""
    create = PLAIN
    if hidden:
        create = "import ours\nours.execute(op, 'CREATE')"
        drop = "import ours\nours.execute(op, 'DROP')"
    revisions = [table("r1", "customers"), reporting("r2", create, drop), table("r3", "orders")]
    ini = "prepend_sys_path = ."
    write_project(folder, revisions, ini=ini, files=HIDDEN if hidden else {})


def run(folder: Path) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    done = rehearsal("run", "--format", "json", folder=folder, variables=ON_TWO_CORES)
    return json.loads(done.stdout), done


def codes(report: dict[str, Any]) -> list[tuple[str, str]]:
    """The errors; an import of a module next to the revision is a warning."""
    return [
        (each["code"], each["revision"])
        for each in report["findings"]
        if each["severity"] == "error"
    ]


def lend(folder: Path, server: Server) -> None:
    url = Database(server, "postgres").url("")
    (folder / "rehearsal.toml").write_text(f'server = "{url}"\ndisposable = true\n')


def test_a_role_with_a_right_downgrade_is_clean(tmp_path: Path) -> None:
    history(tmp_path)
    report, done = run(tmp_path)
    assert codes(report) == []
    assert done.stderr.count(APART) == 1


def test_a_role_that_its_downgrade_forgets_is_found(tmp_path: Path) -> None:
    history(tmp_path, drop="pass")
    report, _ = run(tmp_path)
    assert codes(report) == [("D3", "r2")]
    assert 'role "reporting" already exists' in report["findings"][0]["what"]


def test_a_role_that_only_running_it_shows_is_clean_the_second_time(tmp_path: Path) -> None:
    history(tmp_path, hidden=True)
    report, done = run(tmp_path)
    assert codes(report) == []
    assert "which databases of a server share: once more" in done.stderr
    assert done.stderr.count(APART) == 1


@pytest.mark.parametrize("hidden", [False, True])
def test_production_has_the_role_and_a_fresh_database_makes_it(
    tmp_path: Path, hidden: bool
) -> None:
    history(tmp_path, hidden=hidden)
    production(
        tmp_path,
        f"{CUSTOMERS}\nALTER TABLE public.customers ENABLE ROW LEVEL SECURITY;\n"
        "CREATE POLICY theirs ON public.customers FOR SELECT TO reporting USING (true);",
        revisions=("r2",),
    )
    report, _ = run(tmp_path)
    assert codes(report) == []
    assert {each["code"] for each in report["not_judged"]}.isdisjoint({"U1", "U2", "D3", "D4"})


def test_placeholders_for_production_are_no_change_by_a_migration(tmp_path: Path) -> None:
    write_project(tmp_path, [table("a1", "customers"), table("b2", "orders")])
    (tmp_path / "rehearsal.toml").write_text("replayable = false\n")
    policy = "CREATE POLICY theirs ON public.customers FOR SELECT TO reporting;"
    production(tmp_path, f"{CUSTOMERS}\n{policy}")
    report, done = run(tmp_path)
    assert codes(report) == []
    assert "once more" not in done.stderr


def test_on_a_lent_server_no_role_is_made_and_no_migration_blamed(
    tmp_path: Path, make_server: MakeServer
) -> None:
    history(tmp_path)
    lent = make_server()
    lend(tmp_path, lent)
    before = role_names(lent)
    report, done = run(tmp_path)
    assert (codes(report), done.returncode) == ([], 0)
    why = {each["code"]: each["why"] for each in report["not_judged"]}
    assert {"U1", "D2", "D3", "D4", "B1"} <= why.keys()
    assert why["U1"].startswith(
        "r2 changes roles, tablespaces or databases, which a server given by"
    )
    assert role_names(lent) == before


def test_on_a_lent_server_what_is_pending_is_judged_where_it_leaves_roles_alone(
    tmp_path: Path, make_server: MakeServer
) -> None:
    history(tmp_path)
    lend(tmp_path, make_server())
    production(tmp_path, revisions=("r2",))
    report, _ = run(tmp_path)
    missing = {each["code"] for each in report["not_judged"]}
    assert codes(report) == []
    assert "U1" in missing
    assert missing.isdisjoint({"U2", "D2", "D3", "D4", "B1"})


def test_a_role_that_a_lent_server_got_unforeseen_is_reported_and_nothing_judged_by_it(
    tmp_path: Path, make_server: MakeServer
) -> None:
    history(tmp_path, hidden=True)
    lent = make_server()
    lend(tmp_path, lent)
    report, done = run(tmp_path)
    assert codes(report) == []
    assert {"U1", "D3", "D4"} <= {each["code"] for each in report["not_judged"]}
    left = role_names(lent) & {"reporting"}
    assert ("the roles reporting" in done.stderr) == bool(left)


def test_two_revisions_are_compared_although_both_make_the_role(tmp_path: Path) -> None:
    history(tmp_path)
    done = rehearsal("schema", "diff", "r2", "head", folder=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "orders" in done.stdout
    assert "reporting" not in done.stdout
