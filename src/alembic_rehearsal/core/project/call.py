"""The parent's side of one call of an application's function."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from alembic_rehearsal.core.project.answers import StepFailed, read_failure
from alembic_rehearsal.core.project.interpreter import END_OF_PRINTS, ChildDied, Interpreter
from alembic_rehearsal.core.project.steps import Failure


def call_in_child(interpreter: Interpreter, target: dict[str, Any], name: str) -> None:
    """Let the project call one of its functions.  Raises `StepFailed` where it fails."""
    interpreter.send("call", target=target, name=name, end_of_prints=END_OF_PRINTS)
    try:
        while (answer := interpreter.receive())["is"] == "detour":
            pass
    except ChildDied as death:
        message = f"the project's interpreter ended with {death.exit_text} in {name}"
        raise StepFailed(Failure(message, "ChildDied")) from None
    with suppress(ChildDied):  # it says that it is gone
        interpreter.receive()
    if answer["is"] == "failed":
        raise StepFailed(read_failure(answer["failure"]))
