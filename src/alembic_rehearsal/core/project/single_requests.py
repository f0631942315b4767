"""Requests to the child that have one answer: call a function, render SQL, write a revision.

A walk, which has many requests and answers, is in `walk.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.project.answers import (
    OfflineScript,
    StepFailed,
    read_failure,
    read_script,
)
from alembic_rehearsal.core.project.interpreter import END_OF_PRINTS, ChildDied, Interpreter
from alembic_rehearsal.core.project.steps import Failure
from alembic_rehearsal.core.values.errors import UsageError


def call_in_child(interpreter: Interpreter, target: dict[str, Any], name: str) -> None:
    """Call the application's function `name`, "package.module:function", without arguments.

    Raises `StepFailed` when it fails.
    """
    try:
        answer = _ask_once(interpreter, "call", target=target, name=name)
    except ChildDied as death:
        raise _death_in(name, death) from None
    _expect_success(answer)


def render_in_child(
    interpreter: Interpreter, start: Sequence[str], patience: float
) -> OfflineScript:
    """Let env.py render SQL from the revisions in `start` to the heads.

    `patience` is in seconds, for env.py and for each revision.  Raises `StepFailed` without a
    revision when there is no script at all.
    """
    try:
        answer = _ask_once(interpreter, "render", start=list(start), patience=patience)
    except ChildDied as death:
        raise _death_in("the rendering of SQL", death) from None
    _expect_success(answer)
    return read_script(answer)


def write_in_child(interpreter: Interpreter, head: str, message: str, **texts: str) -> Path:
    """Let Alembic write a revision file on top of `head`; returns its path.

    Raises `UsageError` when Alembic does not write one.
    """
    try:
        answer = _ask_once(interpreter, "write", head=head, message=message, **texts)
    except ChildDied as death:
        raise UsageError(
            f"no revision was written: Alembic ended with {death.exit_text}.",
            why=interpreter.last_output,
        ) from None
    if answer["is"] == "failed":
        failure = read_failure(answer["failure"])
        raise UsageError(
            f"no revision was written: {failure.message}.",
            remedies=("alembic revision -m 'a try'   (shows Alembic's own error)",),
        )
    return Path(answer["path"])


def _ask_once(interpreter: Interpreter, do: str, **values: Any) -> dict[str, Any]:
    """The answer to a request, after the fork that served it has ended.

    Reports of detours before the answer are dropped.  Raises `ChildDied` when there is no
    answer.
    """
    interpreter.send(do, end_of_prints=END_OF_PRINTS, **values)
    while (answer := interpreter.receive())["is"] == "detour":
        pass
    with suppress(ChildDied):  # the message that the fork has ended
        interpreter.receive()
    return answer


def _expect_success(answer: dict[str, Any]) -> None:
    if answer["is"] == "failed":
        raise StepFailed(read_failure(answer["failure"]))


def _death_in(task: str, death: ChildDied) -> StepFailed:
    message = f"the project's interpreter ended with {death.exit_text} in {task}"
    return StepFailed(Failure(message, "ChildDied"))
