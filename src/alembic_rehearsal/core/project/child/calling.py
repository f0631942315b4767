"""Calling one function of the application; its database URLs point at the target already."""

from __future__ import annotations

import importlib
from typing import Any

from alembic_rehearsal.core.project.child.failures import CannotLoad, failure_of
from alembic_rehearsal.core.project.child.loading import LoadedProject
from alembic_rehearsal.core.project.child.wire import Wire


def call_function(wire: Wire, project: LoadedProject, name: str) -> None:
    """Call `package.module:function` without arguments; sends `called` or `failed`."""
    try:
        _find_function(name)()
    except (Exception, SystemExit) as error:
        failure = {**failure_of(error, project.folders), "revision": "", "up": True}
        wire.send("failed", failure=failure)
    else:
        wire.send("called")


def _find_function(name: str) -> Any:
    module, colon, function = name.partition(":")
    found = getattr(importlib.import_module(module), function, None) if colon else None
    if not callable(found):
        raise CannotLoad(f"{name} names no function: package.module:function")
    return found
