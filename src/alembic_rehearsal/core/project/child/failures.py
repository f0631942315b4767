"""An exception of the project as data: one line of text, one place in its files.

Without row values, statement parameters and traceback.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from alembic_rehearsal.core.project.child.fence import FenceRefused

_LONGEST_STATEMENT = 2000
# Exceptions with a message that needs no class name before it.
_SELF_EXPLAINING = ("FenceRefused", "CannotLoad", "RanNothing", "CommandError")


class CannotLoad(Exception):
    """The configuration or env.py cannot be used; the message names what to repair."""


class RanNothing(CannotLoad):
    """env.py ran to its end without running migrations."""


def failure_of(error: BaseException, folders: list[str], statement: str = "") -> dict[str, Any]:
    """The error as data, with the deepest frame in the first of `folders` that has one.

    `statement` is the last one that was sent, for errors that do not contain their own.
    """
    original = getattr(error, "orig", None) or error
    is_sql = _is_database_error(error)
    path, line = _find_place(error, folders)
    own = getattr(error, "statement", None)
    failed = own if isinstance(own, str) else statement if is_sql else ""
    return {
        "message": _message(error, original),
        "kind": type(error).__name__,
        "path": path,
        "line": line,
        "statement": failed[:_LONGEST_STATEMENT],
        "sqlstate": _sqlstate(original) or _sqlstate(original.__cause__),
        "missing": (error.name or "") if isinstance(error, ImportError) else "",
        "is_sql": is_sql,
        "is_refusal": isinstance(error, FenceRefused),
    }


def _is_database_error(error: BaseException) -> bool:
    """Decided by the class names of PEP 249, SQLAlchemy and asyncpg, without importing a driver."""
    names = {each.__name__ for each in type(error).__mro__}
    return bool(names & {"DatabaseError", "DBAPIError", "PostgresError"})


def _server_fields(error: Any) -> dict[str, Any]:
    """The fields of the server's message, if the driver gives them as a dict (pg8000)."""
    given = getattr(error, "args", None)
    return given[0] if given and isinstance(given[0], dict) else {}


def _sqlstate(error: Any) -> str:
    state = (
        getattr(error, "sqlstate", None)
        or getattr(error, "pgcode", None)
        or _server_fields(error).get("C")
    )
    return state if isinstance(state, str) else ""


def _message(error: BaseException, original: Any) -> str:
    primary = (
        getattr(getattr(original, "diag", None), "message_primary", None)  # psycopg2, psycopg
        or getattr(original.__cause__, "message", None)  # asyncpg
        or _server_fields(original).get("M")  # pg8000
    )
    if isinstance(primary, str):
        return primary
    first = (str(original).strip().splitlines() or [""])[0]
    kind = type(error).__name__
    if original is not error or kind in _SELF_EXPLAINING:
        return first
    return f"{kind}: {first}" if first else kind


def _find_place(error: BaseException, folders: list[str]) -> tuple[str, int]:
    if isinstance(error, SyntaxError) and error.filename:
        return os.path.realpath(error.filename), error.lineno or 0
    frames = list(_frames(error))
    for folder in folders:
        for path, line in reversed(frames):
            if path == folder or path.startswith(folder + os.sep):
                return path, line
    return "", 0


def is_raised_by_project(error: BaseException, folders: list[str]) -> bool:
    """Whether a line of the project itself raised the exception, not a library that it calls."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    path = os.path.realpath(trace.tb_frame.f_code.co_filename) if trace else ""
    return "site-packages" not in path and path.startswith(tuple(each + os.sep for each in folders))


def _frames(error: BaseException | None) -> Iterator[tuple[str, int]]:
    """Files and lines from the outermost frame to the deepest, without installed packages."""
    while error is not None:
        trace = error.__traceback__
        while trace is not None:
            file = trace.tb_frame.f_code.co_filename
            path = os.path.realpath(file)
            if "site-packages" not in path and not file.startswith("<"):  # <...>: the child's code
                yield path, trace.tb_lineno
            trace = trace.tb_next
        error = error.__cause__
