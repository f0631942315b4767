"""From a production that create_all has built to one that a fresh environment equals.

Every step by the command that a person would type, on real servers.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import alembic
import pytest

from alembic_rehearsal.core.postgres.connections import connect, fetch_rows
from alembic_rehearsal.core.values.databases import Database
from support.cli import REHEARSAL, TIMEOUT, plain_environment
from support.projects import ENV_PY, rev, write_project

INIT = str(Path(REHEARSAL).with_name("rehearsal-init"))
MODELS = """\
import enum
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, mapped_column

class Base(DeclarativeBase):
    pass

class Status(enum.Enum):
    OPEN = "open"
    PAID = "paid"

class Customer(Base):
    __tablename__ = "customers"
    id = mapped_column(sa.Integer, primary_key=True)
    email = mapped_column(sa.String(200), nullable=False, unique=True)

class Order(Base):
    __tablename__ = "orders"
    id = mapped_column(sa.Integer, primary_key=True)
    customer_id = mapped_column(sa.ForeignKey("customers.id"), nullable=False)
    status = mapped_column(sa.Enum(Status, name="status"), nullable=False)
"""
BY_HAND = (
    "ALTER TABLE orders ADD COLUMN note text",
    "CREATE INDEX orders_by_note ON orders (note)",
)
LIKE_BY_HAND = """\
    note = mapped_column(sa.Text)
    __table_args__ = (sa.Index("orders_by_note", "note"),)
"""
NEW = "    placed_at = mapped_column(sa.DateTime(timezone=True))\n"
HISTORY = [
    rev(
        "a1",
        """\
        op.create_table("customers", sa.Column("id", sa.Integer, primary_key=True),
                        sa.Column("email", sa.String(200), nullable=False, unique=True))
        """,
        'op.drop_table("customers")',
        doc="customers",
    ),
    rev(
        "b2",
        """\
        op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
            sa.Column("status", sa.Enum("OPEN", "PAID", name="status"), nullable=False))
        """,
        'op.drop_table("orders")\nsa.Enum(name="status").drop(op.get_bind())',
        doc="orders",
    ),
]
PENDING = rev(
    "c3",
    'op.add_column("orders", sa.Column("placed_at", sa.DateTime(timezone=True)))',
    'op.drop_column("orders", "placed_at")',
    doc="when an order was placed",
)  # fmt: skip


class Company:
    """A project, its production, and the people who type."""

    def __init__(self, folder: Path, production: Database) -> None:
        self.folder = folder
        self.production = production

    def types(self, *command: str | Path, url: Database | None = None, code: int = 0) -> str:
        """What a command said, stdout first; it must end with this code."""
        target = (url or self.production).url()
        done = subprocess.run(
            [str(each) for each in command],
            cwd=self.folder,
            env={**plain_environment(), "DATABASE_URL": target},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=2 * TIMEOUT,
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        assert self.production.server.password not in said
        return said

    def rehearsal(self, *arguments: str | Path, code: int = 0) -> str:
        return self.types(REHEARSAL, *arguments, code=code)

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.folder / path
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))


@pytest.fixture
def company(tmp_path: Path, empty_database: Database) -> Company:
    env_py = ENV_PY.replace(
        "target_metadata = None", "from models import Base\ntarget_metadata = Base.metadata"
    )
    write_project(
        tmp_path,
        [*HISTORY, PENDING],
        env_py=env_py,
        ini="prepend_sys_path = .",
        files={"models.py": MODELS},
    )
    templates = Path(alembic.__file__).parent / "templates"
    shutil.copy(templates / "generic" / "script.py.mako", tmp_path / "migrations")
    return Company(tmp_path, empty_database)


def fingerprint(company: Company, database: Database) -> str:
    shown = company.types(
        REHEARSAL, "schema", "show", database.url(), "--format", "json", url=database
    )
    return str(json.loads(shown[: shown.rindex("}") + 1])["fingerprint"])


def test_from_create_all_to_a_fresh_environment_that_equals_production(
    company: Company, absent: Database
) -> None:
    # Production is what create_all has built, and says nothing of a revision.
    company.types(
        sys.executable,
        "-c",
        "import os, sqlalchemy as sa, models; "
        "models.Base.metadata.create_all(sa.create_engine(os.environ['DATABASE_URL']))",
    )
    company.edit(
        "models.py", 'name="status"), nullable=False)\n', 'name="status"), nullable=False)\n' + NEW
    )

    # It is snapshotted and identified ...
    company.rehearsal("snapshot", "take", "--from", "DATABASE_URL")
    assert "schema of     b2  (orders)" in company.rehearsal("identify", "DATABASE_URL")

    # ... adopted and migrated.
    company.rehearsal("lock")
    assert "its schema is that of b2" in company.types(INIT, code=1)
    said = company.types(INIT, "--adopt")
    assert "stamped with b2, 1 revision applied, at head c3, schema as the history makes it" in said

    # Somebody adds a column and an index by hand: the deploy refuses, drift names both.
    with connect(company.production) as connection, connection.cursor() as cursor:
        for statement in BY_HAND:
            cursor.execute(statement)
    assert "column public.orders.note is unexpected" in company.types(INIT, code=1)
    found = company.rehearsal("drift", "--against", "DATABASE_URL", code=1)
    assert "column public.orders.note" in found
    assert "index public.orders_by_note" in found

    # Its cure is a revision that takes both into the history; the models follow.
    company.rehearsal("drift", "--against", "DATABASE_URL", "--fix", "history")
    company.edit("models.py", NEW, NEW + LIKE_BY_HAND)
    company.rehearsal("snapshot", "take", "--from", "DATABASE_URL")
    company.rehearsal("lock")
    assert "clean" in company.rehearsal("run")

    # The deploy changes nothing there, and production is what the history makes.
    said = company.types(INIT)
    assert "1 revision applied" in said
    assert "schema as the history makes it" in said
    company.rehearsal("drift", "--against", "DATABASE_URL")  # exit code 0: none

    # A fresh environment from its snapshot has the same fingerprint.
    company.rehearsal("snapshot", "take", "--from", "DATABASE_URL")
    company.types(INIT, "--from-snapshot", url=absent)
    assert fingerprint(company, absent) == fingerprint(company, company.production)
    assert fetch_rows(absent, "SELECT * FROM alembic_version") == fetch_rows(
        company.production, "SELECT * FROM alembic_version"
    )
