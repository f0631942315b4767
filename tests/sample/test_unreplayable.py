"""`examples/unreplayable/`: a history that cannot run from an empty database."""

from __future__ import annotations

import json

from alembic_rehearsal.core.values.databases import Database
from sample.commands import CHECKOUT, alembic
from sample.picture import picture_of
from sample.unreplayable import (
    INITIAL,
    UNREPLAYABLE,
    UNREPLAYABLE_REVISION,
    build_unreplayable_production,
)
from support.cli import rehearsal


def test_it_cannot_run_from_empty(empty_database: Database) -> None:
    url = empty_database.url()
    done = alembic("upgrade", "head", database_url=url, folder=UNREPLAYABLE, check=False)
    assert done.returncode != 0
    assert 'index "idx_orders_customer" does not exist' in done.stderr
    assert picture_of(url) == {"enums": {}, "indexes": {}}


def test_its_production_upgrades_to_head_and_then_equals_the_models(
    empty_database: Database,
) -> None:
    url = empty_database.url()
    build_unreplayable_production(url)
    current = alembic("current", database_url=url, folder=UNREPLAYABLE).stdout
    assert current.split() == [UNREPLAYABLE_REVISION]
    alembic("upgrade", "head", database_url=url, folder=UNREPLAYABLE)
    checked = alembic("check", database_url=url, folder=UNREPLAYABLE)
    assert "No new upgrade operations" in checked.stdout


def test_its_rehearsal_names_the_revision_that_no_empty_database_can_pass() -> None:
    config = UNREPLAYABLE.relative_to(CHECKOUT) / "alembic.ini"
    done = rehearsal("run", "--config", config, "--format", "json", folder=CHECKOUT)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    report = json.loads(done.stdout)
    (finding,) = report["findings"]
    assert (finding["code"], finding["revision"]) == ("U1", INITIAL)
    assert (finding["applied"], finding["fails"]) == (True, False)
    (source,) = (CHECKOUT / finding["path"]).parent.glob(f"*-{INITIAL}_*.py")
    assert (CHECKOUT / finding["path"]) == source
    assert "idx_orders_customer" in source.read_text().splitlines()[finding["line"] - 1]
    assert "statement: DROP INDEX idx_orders_customer" in finding["what"]
    assert f"rehearsal-init --from-snapshot --config {config}" in finding["do"]
    assert "U3" in {each["code"] for each in report["not_judged"]}
    assert len(report["summary"]["pending"]) == 2
