"""The order in which the statements of a corrective revision run, as lists with reasons.

First by phase (`PHASES`), then by kind (`KINDS`), then by name: within a phase a step waits for
the steps that make what it mentions; when dropping, for the steps that drop what mentions it.
What the steps do is decided elsewhere (`plan.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alembic_rehearsal.authoring.side import mentions
from alembic_rehearsal.authoring.steps import ChangeStep, Phase


@dataclass(frozen=True, slots=True)
class PhaseRule:
    """One phase: what runs in it, and why it runs at that point.

    `drops` is True if the phase drops objects: it then goes through `KINDS` from the end, and
    an object is dropped after those that mention it.
    """

    phase: Phase
    what: str
    reason: str
    drops: bool = False


PHASES = (
    PhaseRule(
        Phase.VALUES,
        "values are added to enums, each committed at once",
        "a statement can use a new value only after the transaction that added it",
    ),
    PhaseRule(
        Phase.CLEAR,
        "objects of DROPPED_EARLY are dropped, and others that are in the way of Phase.MAKE",
        "Postgres refuses to change what a view, key or trigger uses, or to give a name twice",
        drops=True,
    ),
    PhaseRule(
        Phase.MAKE,
        "objects are created, altered, or replaced in one step",
        "nothing blocks it after CLEAR, and nothing has been dropped yet that it still uses",
    ),
    PhaseRule(
        Phase.DROP,
        "all other objects to drop are dropped",
        "MAKE has altered what used them, such as a column of a type that is dropped here",
        drops=True,
    ),
)

# Kinds that are dropped in Phase.CLEAR: they hold no rows, and they block changes of others.
DROPPED_EARLY = (
    "constraint",
    "index",
    "view",
    "materialized view",
    "statistics",
    "rule",
    "policy",
    "trigger",
    "event trigger",
)

# Objects are created in this order and dropped in the opposite one.  Kinds that are not listed
# come last.
KINDS: Mapping[str, str] = {
    "schema": "every object below is in one",
    "extension": "its types, functions and operators may be used by every kind below",
    "collation": "types and columns have one",
    "enum": "the simplest type: it uses nothing but its schema",
    "domain": "its base type may be an enum",
    "type": "attributes of composite types may be enums and domains",
    "range type": "its subtype may be each of the types above",
    "sequence": "defaults of columns call nextval on it",
    "function": "defaults, checks, indexes, views and triggers call it; arguments have types",
    "procedure": "as a function",
    "table": "columns need it; it uses types, sequences and functions",
    "column": "constraints and indexes are on columns",
    "constraint": "primary and unique keys come before the foreign keys that refer to them",
    "foreign key": "it needs a key of the other table",
    "index": "it needs columns and functions",
    "view": "it needs tables; with GROUP BY on a key also the primary key",
    "materialized view": "it may read views",
    "statistics": "they are on columns of tables or materialized views",
    "rule": "it is on a table or view, and its actions may use any other",
    "policy": "it is on a table, and its conditions may read other tables and views",
    "trigger": "it is on a table or view, and calls a function",
    "event trigger": "last: an earlier one would fire for the statements of this revision",
}
_RANK_STEP = 10  # room for ranks between two kinds: see the callers that add to `rank`
_RANKS = {kind: number * _RANK_STEP for number, kind in enumerate(KINDS)}


def rank(kind: str, *, depth: int = 0) -> int:
    """The position of a kind in `KINDS`, times 10.

    `depth` is 1 for a table with parents and for its parts, which come after tables without.
    """
    return _RANKS.get(kind, len(KINDS) * _RANK_STEP) + depth


def sort_steps(steps: Iterable[ChangeStep]) -> tuple[ChangeStep, ...]:
    """The steps in the order in which they have to run."""
    found = list(steps)
    return tuple(
        step
        for rule in PHASES
        for step in _sort_phase([each for each in found if each.phase is rule.phase], rule)
    )


def _sort_phase(steps: Sequence[ChangeStep], rule: PhaseRule) -> list[ChangeStep]:
    """The step of the lowest rank that waits for no other is next; in a cycle the lowest of all."""
    waits = {
        number: {
            other
            for other, each in enumerate(steps)
            if other != number and _is_before(each, step, rule)
        }
        for number, step in enumerate(steps)
    }
    done: list[ChangeStep] = []
    while waits:
        free = [number for number, before in waits.items() if not before & waits.keys()]
        chosen = min(free or waits, key=lambda number: _sort_key(steps[number], number, rule))
        del waits[chosen]
        done.append(steps[chosen])
    return done


def _is_before(first: ChangeStep, second: ChangeStep, rule: PhaseRule) -> bool:
    """Whether the second step uses what the first one makes; when dropping, the reverse."""
    user, used = (first, second) if rule.drops else (second, first)
    return any(name not in user.names and mentions(user.text, name) for name in used.names)


def _sort_key(step: ChangeStep, number: int, rule: PhaseRule) -> tuple[int, int]:
    return (-step.rank if rule.drops else step.rank, number)
