"""The parent's side of one new revision file: asked for once, answered once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from alembic_rehearsal.core.project.answers import read_failure
from alembic_rehearsal.core.project.interpreter import END_OF_PRINTS, ChildDied, Interpreter
from alembic_rehearsal.core.values.errors import UsageError


def write_in_child(interpreter: Interpreter, head: str, message: str, **texts: str) -> Path:
    """Let Alembic write it on top of `head`.  Raises `UsageError` where it does not."""
    interpreter.send("write", head=head, message=message, end_of_prints=END_OF_PRINTS, **texts)
    try:
        answer = interpreter.receive()
    except ChildDied as death:
        raise UsageError(
            f"no revision was written: Alembic ended with status {death.status}.",
            why=interpreter.last_output,
        ) from None
    with suppress(ChildDied):  # it says that it is gone
        interpreter.receive()
    if answer["is"] == "failed":
        failure = read_failure(answer["failure"])
        raise UsageError(
            f"no revision was written: {failure.message}.",
            remedies=("alembic revision -m 'a try'   (shows what Alembic says to it)",),
        )
    return Path(answer["path"])
