"""What turns one schema into another: statements, and a revision that looks before it runs them.

Pure: two pictures in, text out.  Whether it does what it says is shown on databases by others.
"""

from __future__ import annotations

from alembic_rehearsal.authoring.plan import cure
from alembic_rehearsal.authoring.render import RevisionText, revision_text
from alembic_rehearsal.authoring.steps import Cure, Step, Unexpressed, without_refused

__all__ = [
    "Cure",
    "RevisionText",
    "Step",
    "Unexpressed",
    "cure",
    "revision_text",
    "without_refused",
]
