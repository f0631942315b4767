"""The history of a project: Alembic's revisions, together with what their source code shows.

Reads files and asks the child; runs no migration and connects to no database.
"""

from __future__ import annotations

import hashlib

from alembic_rehearsal.core.history.revisions import UNLOADABLE_WHY, History, Revision
from alembic_rehearsal.core.history.source import read_source
from alembic_rehearsal.core.project.answers import RawHistory, RawRevision
from alembic_rehearsal.core.project.host import Child
from alembic_rehearsal.core.settings.values import alembic_command
from alembic_rehearsal.core.values.errors import HistoryDoesNotLoad, Refused
from alembic_rehearsal.core.values.project import Project


def read_history(child: Child) -> History:
    """The revisions up to the project's target, or the problem that keeps them from loading.

    Raises `ProjectDoesNotLoad` or `UsageError` when the project itself cannot be loaded.
    """
    raw = child.history()
    revisions = tuple(_describe_revision(each, raw) for each in raw.revisions)
    return History(revisions, raw.heads, raw.location, raw.problem, raw.target)


def read_loaded_history(child: Child) -> History:
    """The project's revisions.  Raises `HistoryDoesNotLoad` if Alembic cannot load them."""
    history = read_history(child)
    problem = history.problem
    if problem is not None:
        raise HistoryDoesNotLoad(
            f"{problem.place}: {problem.message}",
            why=UNLOADABLE_WHY,
            remedies=(problem.remedy(alembic_command(child.project)),),
        )
    return history


def read_sound_history(child: Child) -> History:
    """The project's revisions, if Alembic can bring a database to head with them.

    Raises `HistoryDoesNotLoad` if Alembic cannot load them, and `Refused` for several heads.
    """
    history = read_loaded_history(child)
    expect_one_head(history, child.project)
    return history


def expect_one_head(history: History, project: Project) -> None:
    """Raise `Refused` where Alembic cannot choose between several heads."""
    if history.competing_heads:
        raise Refused(
            f"the history has {len(history.heads)} heads: {', '.join(history.heads)}.",
            why="`alembic upgrade head` stops with an error on deploy; nothing was run.",
            remedies=(
                f"{alembic_command(project)} merge -m 'join heads' {' '.join(history.heads)}",
                'target = "heads"   (in the settings, where deploys run `upgrade heads`)',
            ),
        )


def history_fingerprint(history: History) -> str:
    """A hash of every revision's id, parents and file, and of env.py."""
    found = hashlib.sha256()
    for each in history.revisions:
        found.update(f"{each.id} {each.down} {each.depends_on}\0".encode())
        found.update(each.path.read_bytes() + b"\0")
    env_py = history.location / "env.py"
    found.update(env_py.read_bytes() if env_py.is_file() else b"")
    return found.hexdigest()


def _describe_revision(raw: RawRevision, history: RawHistory) -> Revision:
    source = read_source(raw.path, history.paths, (history.location, raw.path.parent))
    return Revision(
        id=raw.id,
        down=raw.down,
        depends_on=raw.depends_on,
        doc=raw.doc,
        path=raw.path,
        line=source.line,
        downgrade=source.downgrade,
        has_upgrade=source.has_upgrade,
        inspects_database=source.inspects_database,
        outside_uses=source.outside_uses,
        cluster_wide=source.cluster_wide,
        labels=raw.labels,
        raise_lines=source.raise_lines,
        is_self_contained=source.is_self_contained,
    )
