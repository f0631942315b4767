"""The parent's side of one rendering: asked for once, answered once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from alembic_rehearsal.core.project.answers import (
    OfflineScript,
    StepFailed,
    read_failure,
    read_script,
)
from alembic_rehearsal.core.project.interpreter import END_OF_PRINTS, ChildDied, Interpreter
from alembic_rehearsal.core.project.steps import Failure


def render_in_child(
    interpreter: Interpreter, start: Sequence[str], patience: float
) -> OfflineScript:
    """Let env.py render from `start` to the heads.

    Raises `StepFailed` without a revision where it comes to no script.
    """
    interpreter.send("render", start=list(start), patience=patience, end_of_prints=END_OF_PRINTS)
    try:
        answer = interpreter.receive()
    except ChildDied as death:
        message = f"the project's interpreter ended with {death.exit_text} while it rendered SQL"
        raise StepFailed(Failure(message, "ChildDied")) from None
    with suppress(ChildDied):  # it says that it is gone
        interpreter.receive()
    if answer["is"] == "failed":
        raise StepFailed(read_failure(answer["failure"]))
    return read_script(answer)
