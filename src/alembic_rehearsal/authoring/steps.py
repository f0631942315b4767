"""The plan of a schema change as values: its steps, and the differences without a step.

Neither writes statements (`plan.py`) nor sorts them (`order.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum


class Phase(IntEnum):
    """When a step runs; `order.PHASES` lists the phases in order, each with its reason."""

    VALUES = 0
    CLEAR = 1
    MAKE = 2
    DROP = 3


@dataclass(frozen=True, slots=True)
class CatalogGuard:
    """One question to the catalogs, and its answer in a database that needs no change.

    `question` is a key of `guards.QUESTIONS`, `arguments` are the question's arguments, and
    `expected` is that answer; None means that the query returns NULL or no row.
    """

    question: str
    arguments: tuple[str, ...]
    expected: bool | str | None


@dataclass(frozen=True, slots=True)
class ChangeStep:
    """Statements that belong together, when they run, and under which condition.

    - `phase`, `rank`: the position in the order of all steps; `rank` orders the steps of one
      phase, unless one of them mentions what another one makes or drops.
    - `names`: the names of the objects that the step makes or drops.
    - `sql`: the statements.
    - `difference`: the difference that the step ends, in words.
    - `guards`: the statements run if the answer to one of these is not the expected one.
      Without guards they always run, and must change nothing in a database that is right.
    - `text`: the SQL in which the names of other objects are looked for.
    - `warning`: what a reviewer must know, such as a loss of data; "" for none.
    """

    phase: Phase
    rank: int
    names: tuple[str, ...]
    sql: tuple[str, ...]
    difference: str
    guards: tuple[CatalogGuard, ...] = ()
    text: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Unexpressed:
    """A difference for which there is no step: its sentence, and the reason.

    `object` is the kind and name of the object, "" if unknown.
    """

    difference: str
    why: str
    object: str = ""

    @property
    def text(self) -> str:
        return " ".join(f"{self.difference}: {self.why}".split())


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """The steps that turn one schema into another, in order, and the differences that stay."""

    steps: tuple[ChangeStep, ...]
    unexpressed: tuple[Unexpressed, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.warning for each in self.steps if each.warning))

    def as_downgrade_of(self, up: ChangePlan) -> ChangePlan:
        """This plan as the downgrade of `up`: differences that `up` leaves are no longer listed."""
        stays = {each.object for each in up.unexpressed if each.object}
        return replace(
            self, unexpressed=tuple(each for each in self.unexpressed if each.object not in stays)
        )


def without_refused_step(plan: ChangePlan, statement: str, why: str) -> ChangePlan | None:
    """The plan without the difference whose step runs `statement`, which Postgres refused.

    `why` is Postgres's reason.  Returns None if no step has the statement.  Drivers show a %
    as %%, which counts as the same.
    """
    failed = " ".join(statement.replace("%%", "%").split())
    refused = next((each for each in plan.steps if failed and _runs_statement(each, failed)), None)
    if refused is None:
        return None
    steps = tuple(each for each in plan.steps if each.difference != refused.difference)
    return ChangePlan(steps, (*plan.unexpressed, Unexpressed(refused.difference, why)))


def _runs_statement(step: ChangeStep, statement: str) -> bool:
    return any(" ".join(each.replace("%%", "%").split()).startswith(statement) for each in step.sql)
