"""Small Alembic projects that a test writes into a folder: an env.py and a few revisions.

    project = write_project(tmp_path, [rev("a1", 'op.execute("CREATE TABLE t (id int)")')])

Nothing here runs them: `alembic_rehearsal.core.project.host` does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent

from alembic_rehearsal.core.values.project import Project

ENV_PY = """\
from alembic import context
from sqlalchemy import engine_from_config, pool

config = context.config
target_metadata = None


def run_migrations_online():
    engine = engine_from_config(
        config.get_section(config.config_ini_section), poolclass=pool.NullPool
    )
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    context.configure(url=config.get_main_option("sqlalchemy.url"), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    run_migrations_online()
"""

_REVISION = '''\
"""{doc}"""

import sqlalchemy as sa
from alembic import op

revision = {id!r}
down_revision = {down!r}
branch_labels = {labels!r}
depends_on = {depends_on!r}


def upgrade():
{up}


def downgrade():
{undo}
'''


@dataclass(frozen=True, slots=True)
class Rev:
    """One revision to write; with `down` None its parent is the one before it in the list.

    `up` and `undo` are Python statements, `text` replaces the whole file.
    """

    id: str
    up: str = "pass"
    undo: str = "pass"
    down: tuple[str, ...] | None = None
    depends_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    doc: str = "a step"
    text: str = ""


def rev(
    id: str,
    up: str = "pass",
    undo: str = "pass",
    *,
    down: str | tuple[str, ...] | None = None,
    depends_on: str | tuple[str, ...] = (),
    labels: str | tuple[str, ...] = (),
    doc: str = "a step",
    text: str = "",
) -> Rev:
    """A revision; where several names are possible, a single one may be given as a string."""
    given = None if down is None else _several(down)
    return Rev(id, up, undo, given, _several(depends_on), _several(labels), doc, text)


def table(id: str, name: str, **more: str) -> Rev:
    """A revision that creates a table of one column; its downgrade drops it."""
    up, undo = f"CREATE TABLE {name} (id int)", f"DROP TABLE {name}"
    return rev(id, f"op.execute({up!r})", f"op.execute({undo!r})", **more)


def write_project(
    folder: Path,
    revisions: Iterable[Rev] = (),
    *,
    env_py: str = ENV_PY,
    ini: str = "",
    files: Mapping[str, str] | None = None,
    python: str = sys.executable,
    url_variables: tuple[str, ...] = ("DATABASE_URL",),
) -> Project:
    """Write alembic.ini, migrations/env.py, migrations/versions/*.py and other `files`.

    `ini` adds lines to the section [alembic]; `env_py` may be indented.
    """
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    lines = ["[alembic]", "script_location = migrations", dedent(ini).strip(), ""]
    (folder / "alembic.ini").write_text("\n".join(lines))
    (folder / "migrations" / "env.py").write_text(dedent(env_py))
    for name, content in (files or {}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(content))
    before: tuple[str, ...] = ()
    for number, each in enumerate(revisions):
        down = before if each.down is None else each.down
        text = each.text or _source(each, down)
        (versions / f"{number:04}_{each.id}.py").write_text(text)
        before = (each.id,)
    return Project(folder / "alembic.ini", folder, python, url_variables=url_variables)


def _source(revision: Rev, down: tuple[str, ...]) -> str:
    return _REVISION.format(
        id=revision.id,
        doc=revision.doc,
        down=(down[0] if len(down) == 1 else down) or None,
        labels=revision.labels or None,
        depends_on=revision.depends_on or None,
        up=indent(dedent(revision.up).strip(), "    "),
        undo=indent(dedent(revision.undo).strip(), "    "),
    )


def _several(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
