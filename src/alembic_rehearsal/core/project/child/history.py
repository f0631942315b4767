"""The revisions as Alembic sees them, as data; and the first problem between them."""

from __future__ import annotations

import os
from typing import Any

from alembic_rehearsal.core.project.child.alembic_private import (
    load_scripts,
    pending_revisions,
    resolved_dependencies,
    target_revisions,
    versions_folders,
)


def describe_history(script: Any, upgrade_to: str) -> dict[str, Any]:
    """The revisions up to a target in upgrade order and the heads among them, or a problem.

    Without such a target: the reason, and the targets that exist.  Raises what a revision file
    raises while it is imported.
    """
    from alembic.util import CommandError

    scripts = load_scripts(script)
    problem = _find_problem(scripts, versions_folders(script)[0])
    if problem:
        return {"problem": problem}
    try:
        heads = [each.revision for each in target_revisions(script, upgrade_to)]
    except CommandError as error:
        names = {name for each in scripts for name in each.branch_labels or ()}
        targets = [*script.get_heads(), *(f"{name}@head" for name in sorted(names))]
        return {"problem": None, "no_target": str(error), "targets": targets}
    ordered = list(reversed(list(script.walk_revisions())))
    if upgrade_to != "heads":
        wanted = set(pending_revisions(script, (), upgrade_to))
        ordered = [each for each in ordered if each.revision in wanted]
    return {
        "revisions": [_describe_revision(each) for each in ordered],
        "heads": heads,
        "problem": None,
    }


def _describe_revision(revision: Any) -> dict[str, Any]:
    return {
        "id": revision.revision,
        "down": _as_list(revision.down_revision),
        "depends_on": resolved_dependencies(revision),
        "doc": revision.doc or "",
        "path": os.path.realpath(str(revision.path)),
        "labels": sorted(revision.branch_labels or ()),
    }


def _as_list(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _find_problem(scripts: list[Any], folder: str) -> dict[str, Any] | None:
    """Problems for which Alembic's warning or error does not name the files."""
    if not scripts:
        return {"message": f"there is no revision in {folder}", "path": folder, "line": 0}
    known: dict[str, str] = {}
    for each in scripts:
        path = os.path.realpath(str(each.path))
        if each.revision in known:
            return _problem(each, f"is defined twice: here and in {known[each.revision]}")
        known[each.revision] = path
    for each in scripts:
        for parent in _as_list(each.down_revision):
            if parent not in known:
                return _problem(each, f"revises {parent}, which no file defines")
    return None


def _problem(revision: Any, sentence: str) -> dict[str, Any]:
    id, path = revision.revision, os.path.realpath(str(revision.path))
    return {"message": f"revision {id} {sentence}", "path": path, "line": 0, "revision": id}
