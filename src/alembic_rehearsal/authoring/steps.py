"""A cure as values: the steps that turn one schema into another, and what none of them can do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum


class Phase(IntEnum):
    """When a step runs, whatever it is about.

    Values of enums come first and by themselves: they must be committed before they are used.
    Then goes what stands on other things, then all is made, and last goes what nothing stands
    on any more.
    """

    VALUES = 0
    CLEAR = 1
    MAKE = 2
    DROP = 3


@dataclass(frozen=True, slots=True)
class CatalogGuard:
    """One question to the catalogs, and the answer of a database that is right already.

    `question` is a name in `looks.QUESTIONS`, `about` its arguments.
    """

    question: str
    arguments: tuple[str, ...]
    expected: bool | str | None


@dataclass(frozen=True, slots=True)
class ChangeStep:
    """Statements that belong together, and when they have to run.

    They run where one of `looks` is not answered as it would be where all is right; without
    any they can be run at any time and change nothing that is right.  `said` is the
    difference that they end, in words; `warns` what reviewers must know: what is lost.
    `rank` orders the steps of a phase, but for those whose `text` mentions one of the `names` of
    what another step makes, or drops.
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
    """A difference for which there is no step: its sentence, and why not.

    `about` is the object, "" where it is not known.
    """

    difference: str
    why: str
    object: str = ""

    @property
    def text(self) -> str:
        return " ".join(f"{self.difference}: {self.why}".split())


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """What turns one schema into another: steps in order, and the differences that stay."""

    steps: tuple[ChangeStep, ...]
    unexpressed: tuple[Unexpressed, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.warning for each in self.steps if each.warning))

    def as_downgrade_of(self, up: ChangePlan) -> ChangePlan:
        """This way back without what the way up leaves as it is: there is nothing to undo."""
        stays = {each.object for each in up.unexpressed if each.object}
        return replace(
            self, unexpressed=tuple(each for each in self.unexpressed if each.object not in stays)
        )


def without_refused_step(plan: ChangePlan, statement: str, why: str) -> ChangePlan | None:
    """The cure without the difference that a statement belongs to, as Postgres refuses that.

    None where it is no statement of the cure.  Drivers show a % as %%.
    """
    failed = " ".join(statement.replace("%%", "%").split())
    refused = next((each for each in plan.steps if failed and _runs_statement(each, failed)), None)
    if refused is None:
        return None
    steps = tuple(each for each in plan.steps if each.difference != refused.difference)
    return ChangePlan(steps, (*plan.unexpressed, Unexpressed(refused.difference, why)))


def _runs_statement(step: ChangeStep, statement: str) -> bool:
    return any(" ".join(each.replace("%%", "%").split()).startswith(statement) for each in step.sql)
