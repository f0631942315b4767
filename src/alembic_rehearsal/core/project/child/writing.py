"""Writing a revision file as `alembic revision` does, with the project's naming and template.

The parent decides the contents.
"""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.project.child.alembic_private import versions_folders
from alembic_rehearsal.core.project.child.failures import CannotLoad, failure_of
from alembic_rehearsal.core.project.child.loading import LoadedProject
from alembic_rehearsal.core.project.child.wire import Wire

_REQUIRED_NAMES = ("op", "sa", "upgrade", "downgrade")


def write_revision(wire: Wire, project: LoadedProject, request: dict[str, Any]) -> None:
    """Write the file; sends one message, `written` or `failed`.  A failure leaves no file."""
    before = _revision_files(project.script)
    try:
        path = _generate(project.script, request)
        if request["below"]:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write("\n\n" + request["below"])
        _expect_names(path)
    except BaseException as error:
        for each in _revision_files(project.script) - before:
            each.unlink()
        failure = failure_of(error, project.folders)
        wire.send("failed", failure=dict(failure, revision="", up=True))
    else:
        wire.send("written", path=path)


def _revision_files(script: Any) -> set[Path]:
    found: set[Path] = set()
    for folder in versions_folders(script):
        found.update(Path(folder).glob("*.py"))
    return found


def _generate(script: Any, request: dict[str, Any]) -> str:
    from alembic.util import rev_id

    made = script.generate_revision(
        rev_id(),
        request["message"],
        head=request["head"],
        upgrades=request["upgrades"],
        downgrades=request["downgrades"],
        imports="",
    )
    if made is None:
        raise CannotLoad("Alembic has written no revision")
    return os.path.realpath(str(made.path))


def _expect_names(path: str) -> None:
    """Raise `CannotLoad` when the project's template lacks imports or places for our texts."""
    tree = ast.parse(Path(path).read_text("utf-8"))
    bound: set[str] = set()
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            bound.update((each.asname or each.name).split(".")[0] for each in node.names)
        elif isinstance(node, ast.FunctionDef):
            bound.add(node.name)
    missing = [name for name in _REQUIRED_NAMES if name not in bound]
    if missing:
        raise CannotLoad("script.py.mako makes files without {}".format(", ".join(missing)))
    upgrade = next(each for each in tree.body if getattr(each, "name", "") == "upgrade")
    calls = (node for node in ast.walk(upgrade) if isinstance(node, ast.Call))
    if not any(ast.dump(each.func).count("'execute'") for each in calls):
        raise CannotLoad("script.py.mako has no place for ${upgrades}")
