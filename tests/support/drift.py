"""A small shop, migrated, and the changes that somebody made to its database by hand."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import alembic as alembic_package

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.values.databases import Database
from sample.commands import alembic
from support.cli import rehearsal
from support.projects import Rev, rev, write_project

SHOP = '''
    op.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')")
    op.execute("""
        CREATE TABLE orders (
            id int PRIMARY KEY, total int NOT NULL DEFAULT 0, state mood DEFAULT 'ok',
            CONSTRAINT positive CHECK (total >= 0), UNIQUE (total, id))
        """)
    op.execute("CREATE INDEX orders_total ON orders (total)")
    op.execute("CREATE VIEW sums AS SELECT sum(total) AS total FROM orders")
    op.execute("CREATE FUNCTION twice(a int) RETURNS int LANGUAGE sql AS 'SELECT 2 * a'")
    '''
BY_HAND = """
    CREATE INDEX orders_state ON orders (state);
    ALTER TABLE orders ADD note text DEFAULT 'a:b 100%';
    ALTER TABLE orders ALTER total SET DEFAULT 1;
    ALTER TABLE orders DROP CONSTRAINT positive;
    ALTER TYPE mood ADD VALUE 'glad' BEFORE 'ok';
    CREATE FUNCTION thrice(a int) RETURNS int LANGUAGE sql AS 'SELECT 3 * a';
    """
NAMED = (
    "index public.orders_state is new",
    "column public.orders.note is new",
    "column public.orders.total: default 0 became 1",
    "constraint public.orders.positive is gone",
    "enum public.mood gained value 'glad' after 'sad'",
    "function public.thrice(integer) is new",
)


def shop(folder: Path, *more: Rev, **options: Any) -> Path:
    """The shop with further revisions; its template is the one that `alembic init` copies."""
    write_project(folder, [rev("a1", SHOP), *more], **options)
    template = Path(alembic_package.__file__).parent / "templates" / "generic" / "script.py.mako"
    shutil.copy(template, folder / "migrations")
    return folder


def upgrade(project: Path, database: Database) -> None:
    ini = project / "alembic.ini"
    text = ini.read_text()
    ini.write_text(text + f"sqlalchemy.url = {database.url()}\n")
    alembic("upgrade", "head", database_url=database.url(), folder=project)
    ini.write_text(text)


def run_sql(database: Database, statements: str) -> None:
    with connect(database) as connection:
        connection.cursor().execute(statements)


def drift(project: Path, database: Database, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `rehearsal drift`; a variable holds the URL."""
    done = rehearsal(
        *("drift", "--against", "SHOP_URL", *arguments),
        folder=project,
        variables={"SHOP_URL": database.url()},
    )
    assert "Traceback" not in done.stderr
    assert database.server.password not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


def write_revision(project: Path, id: str, up: str, *, down: str = "a1") -> None:
    lines = (f"revision, down_revision = {id!r}, {down!r}", f"def upgrade():\n    {up}")
    text = "\n\n".join(("from alembic import op", *lines, "def downgrade():\n    pass\n"))
    (project / "migrations" / "versions" / f"0002_{id}.py").write_text(text)


def written(project: Path) -> list[Path]:
    """The revision files that the command has written; those of the test begin with a number."""
    files = (project / "migrations" / "versions").glob("*.py")
    return [each for each in files if not re.match(r"\d{4}_", each.name)]
