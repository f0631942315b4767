"""The text of an error for stderr; printing it is left to the command."""

from __future__ import annotations

from alembic_rehearsal.core.values.errors import RehearsalError
from alembic_rehearsal.core.values.urls import mask


def error_text(error: RehearsalError, *, command: str = "rehearsal") -> str:
    """One block: what is wrong, why it matters, and what to type.

    Passwords are masked, except in the remedies: there `postgresql://USER:PASSWORD@HOST/NAME`
    is a pattern for the user to fill in.
    """
    lines = [f"{command}: {mask(error.what)}"]
    lines += [f"  {line}" for line in mask(error.why).splitlines()]
    labels = ["try:"] + [" or:"] * len(error.remedies)
    for label, remedy in zip(labels, error.remedies, strict=False):
        first, *more = remedy.splitlines()
        lines += [f"  {label} {first}", *(f"       {line}" for line in more)]
    return "\n".join(lines)
