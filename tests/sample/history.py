"""The sample's history, as Alembic reads it."""

from __future__ import annotations

from alembic.script import ScriptDirectory

from sample.commands import CHECKOUT

HEAD = "91be77aa0c12"


def revisions() -> list[str]:
    """The ids of all revisions, base first, in an order in which they can run."""
    script = ScriptDirectory(str(CHECKOUT / "alembic"))
    return [each.revision for each in script.walk_revisions()][::-1]


def steps() -> list[tuple[str, str]]:
    """Each revision that has one parent, with its parent; the parent of the first is "base"."""
    script = ScriptDirectory(str(CHECKOUT / "alembic"))
    parents = {each.revision: each.down_revision or "base" for each in script.walk_revisions()}
    return [(revision, parent) for revision, parent in parents.items() if isinstance(parent, str)]
