"""A corrective revision, run in this process on a test's database: no child, no project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from alembic_rehearsal.authoring.plan import plan_changes
from alembic_rehearsal.authoring.render import revision_text
from alembic_rehearsal.authoring.steps import ChangePlan, without_refused_step
from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.core.values.databases import Database

_FILE = """\
import sqlalchemy as sa
from alembic import op


def upgrade() -> None:
    {upgrades}


def downgrade() -> None:
    {downgrades}


{below}"""

Upgrade = Callable[[], None]


def brought(database: Database, target: Picture) -> tuple[ChangePlan, str]:
    """Bring a database to a schema; the plan names the steps that Postgres refuses.

    Returns the plan and the text of its revision.
    """
    plan = plan_changes(read_database_picture(database), target)
    while True:
        text = revision_source(plan)
        try:
            run(database, text)
            return plan, text
        except sa.exc.DBAPIError as error:
            rest = without_refused_step(plan, error.statement or "", str(error.orig))
            if rest is None:
                raise
            plan = rest


def execute(database: Database, *statements: str) -> None:
    with connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("SET allow_system_table_mods = on")
        for each in statements:
            if each:
                cursor.execute(each)


def revision_source(up: ChangePlan, down: ChangePlan | None = None) -> str:
    text = revision_text(up, down, reason="there is none")
    return _FILE.format(upgrades=text.upgrades, downgrades=text.downgrades, below=text.below)


def run(database: Database, source: str, function: str = "upgrade") -> None:
    """Run one function of a revision, as Alembic does."""
    scope: dict[str, Any] = {}
    exec(compile(source, "revision.py", "exec"), scope)
    engine = sa.create_engine(database.url(), poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context), context.begin_transaction():
            scope[function]()


def left(database: Database, target: Picture) -> list[str]:
    """The real differences that are left."""
    return [each.text for each in compare(read_database_picture(database), target) if each.real]
