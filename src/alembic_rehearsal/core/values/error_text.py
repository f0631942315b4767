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
    labels = ["try:"] + [" or:"] * len(error.ways_out)
    for label, way in zip(labels, error.ways_out, strict=False):
        first, *more = way.splitlines()
        lines += [f"  {label} {first}", *(f"       {line}" for line in more)]
    return "\n".join(lines)
