"""A generated project to measure on: four revisions for each table, and matching models."""

from __future__ import annotations

from pathlib import Path

INI = """\
[alembic]
script_location = %(here)s/migrations
prepend_sys_path = %(here)s
path_separator = os
"""
# Takes the connection or the engine that a test tool passes, as Alembic's Cookbook shows.
ENV_PY = """\
import os

from alembic import context
from models import Base
from sqlalchemy import NullPool, create_engine


def migrate(connection):
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()


engine = context.config.attributes.get("connection")
if context.is_offline_mode():
    context.configure(dialect_name="postgresql", target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = engine or create_engine(os.environ["DATABASE_URL"], poolclass=NullPool)
    with engine.connect() as connection:
        migrate(connection)
"""
REVISION = '''\
"""step {number}"""

import sqlalchemy as sa
from alembic import op

revision = "{id}"
down_revision = {down!r}


def upgrade():
    {up}


def downgrade():
    {back}
'''
# Upgrade and downgrade of the four revisions of one table.
STEPS = (
    (
        'op.create_table("{t}", sa.Column("id", sa.Integer, primary_key=True), '
        'sa.Column("name", sa.String(50), nullable=False), sa.Column("n", sa.Integer))',
        'op.drop_table("{t}")',
    ),
    ('op.add_column("{t}", sa.Column("note", sa.Text))', 'op.drop_column("{t}", "note")'),
    ('op.create_index("ix_{t}", "{t}", ["name"])', 'op.drop_index("ix_{t}", "{t}")'),
    (
        'op.create_check_constraint("ck_{t}", "{t}", "n > 0")',
        'op.drop_constraint("ck_{t}", "{t}")',
    ),
)
MODELS = """\
from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass
"""
MODEL = """

class {t}(Base):
    __tablename__ = "{t}"
    __table_args__ = (Index("ix_{t}", "name"), CheckConstraint("n > 0", name="ck_{t}"))
    id = Column(Integer, primary_key=True)
    name = Column(String(50), nullable=False)
    n = Column(Integer)
    note = Column(Text)
"""


def write_project(folder: Path, revisions: int) -> Path:
    """Write a project with so many revisions (a multiple of four); return its alembic.ini."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text(INI)
    (folder / "migrations" / "env.py").write_text(ENV_PY)
    (folder / "migrations" / "script.py.mako").write_text("")
    tables = [f"t{number}" for number in range(revisions // len(STEPS))]
    down = None
    for number, (table, (up, back)) in enumerate((t, step) for t in tables for step in STEPS):
        id = f"{number:012x}"
        texts = {"up": up.format(t=table), "back": back.format(t=table)}
        text = REVISION.format(number=number, id=id, down=down, **texts)
        (versions / f"{id}.py").write_text(text)
        down = id
    (folder / "models.py").write_text(MODELS + "".join(MODEL.format(t=each) for each in tables))
    return folder / "alembic.ini"
