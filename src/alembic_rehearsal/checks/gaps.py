"""What facts leave open: of what a check that looks at them is not judged, and why.

Which checks look at which facts is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic_rehearsal.checks.telling import some, started
from alembic_rehearsal.facts import Descent, Fork, Orders, Scene, Stairway


def gaps(scene: Scene, kind: type) -> Iterator[str]:
    """What a fact of this type did not see, one sentence each; none where it saw all."""
    fact = scene.facts.get(kind)
    if isinstance(fact, Stairway):
        if fact.unreached:
            yield f"not reached: {some(fact.unreached)}"
    elif isinstance(fact, Descent):
        for way in fact.ways:
            if way.broken_by is not None:
                failure = way.broken_by
                yield f"from {started(way.start)}, it broke off: {failure.step}{failure.message}"
    elif isinstance(fact, Orders):
        for fork in fact.forks:
            if why := _of_fork(fork):
                yield f"from {started(fork.start)}, the fork of {some(fork.revisions)}: {why}"


def _of_fork(fork: Fork) -> str:
    if fork.unreached:
        return "upgraded in Alembic's own order it fails, here or before"
    if fork.unsteady:
        return "one and the same order ends in another schema each time"
    return ""
