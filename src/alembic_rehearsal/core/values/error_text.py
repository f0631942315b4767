"""An error as people read it on stderr."""

from __future__ import annotations

from alembic_rehearsal.core.values.errors import RehearsalError
from alembic_rehearsal.core.values.urls import mask


def error_text(error: RehearsalError, *, command: str = "rehearsal") -> str:
    """What is wrong, why it matters, what to type: one block, without passwords.

    Ways out are shown as they are: `postgresql://USER:PASSWORD@HOST/NAME` is to be filled in.
    """
    lines = [f"{command}: {mask(error.what)}"]
    lines += [f"  {line}" for line in mask(error.why).splitlines()]
    labels = ["try:"] + [" or:"] * len(error.remedies)
    for label, remedy in zip(labels, error.remedies, strict=False):
        first, *more = remedy.splitlines()
        lines += [f"  {label} {first}", *(f"       {line}" for line in more)]
    return "\n".join(lines)
