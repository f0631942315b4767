"""The order of steps: by phase and kind, and what is mentioned before what mentions it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from alembic_rehearsal.authoring.side import mentions
from alembic_rehearsal.authoring.steps import ChangeStep, Phase

# What is made in this order is dropped in the opposite one.
KINDS = (
    "schema",
    "extension",
    "collation",
    "enum",
    "domain",
    "type",
    "range type",
    "sequence",
    "function",
    "procedure",
    "table",
    "column",
    "constraint",
    "foreign key",
    "index",
    "view",
    "materialized view",
    "statistics",
    "rule",
    "policy",
    "trigger",
    "event trigger",
)


def rank(kind: str, *, depth: int = 0) -> int:
    """Where a kind stands; `depth` puts what inherits behind what it inherits from."""
    return 10 * (KINDS.index(kind) if kind in KINDS else len(KINDS)) + depth


def sort_steps(steps: Iterable[ChangeStep]) -> tuple[ChangeStep, ...]:
    found = list(steps)
    return tuple(
        step
        for phase in Phase
        for step in _sort_phase([each for each in found if each.phase is phase], phase)
    )


def _sort_phase(steps: Sequence[ChangeStep], phase: Phase) -> list[ChangeStep]:
    """The lowest rank that waits for nothing comes next; in a circle the lowest of all."""
    is_making = phase in (Phase.VALUES, Phase.MAKE)
    waits = {
        number: {
            other
            for other, each in enumerate(steps)
            if other != number and _is_before(each, step, is_making)
        }
        for number, step in enumerate(steps)
    }
    done: list[ChangeStep] = []
    while waits:
        free = [number for number, before in waits.items() if not before & waits.keys()]
        chosen = min(free or waits, key=lambda number: _sort_key(steps[number], number, is_making))
        del waits[chosen]
        done.append(steps[chosen])
    return done


def _is_before(first: ChangeStep, second: ChangeStep, is_making: bool) -> bool:
    """Whether the second makes use of what the first makes; when dropping, the other way."""
    user, used = (second, first) if is_making else (first, second)
    return any(name not in user.names and mentions(user.text, name) for name in used.names)


def _sort_key(step: ChangeStep, number: int, is_making: bool) -> tuple[int, int]:
    return (step.rank if is_making else -step.rank, number)
