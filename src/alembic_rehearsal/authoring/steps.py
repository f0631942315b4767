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
class Look:
    """One question to the catalogs, and the answer of a database that is right already.

    `question` is a name in `looks.QUESTIONS`, `about` its arguments.
    """

    question: str
    about: tuple[str, ...]
    right: bool | str | None


@dataclass(frozen=True, slots=True)
class Step:
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
    said: str
    looks: tuple[Look, ...] = ()
    text: str = ""
    warns: str = ""


@dataclass(frozen=True, slots=True)
class Unexpressed:
    """A difference for which there is no step: its sentence, and why not.

    `about` is the object, "" where it is not known.
    """

    said: str
    why: str
    about: str = ""

    @property
    def text(self) -> str:
        return " ".join(f"{self.said}: {self.why}".split())


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """What turns one schema into another: steps in order, and the differences that stay."""

    steps: tuple[Step, ...]
    unexpressed: tuple[Unexpressed, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.warns for each in self.steps if each.warns))

    def back_from(self, up: ChangePlan) -> ChangePlan:
        """This way back without what the way up leaves as it is: there is nothing to undo."""
        stays = {each.about for each in up.unexpressed if each.about}
        return replace(
            self, unexpressed=tuple(each for each in self.unexpressed if each.about not in stays)
        )


def without_refused(cure: ChangePlan, statement: str, why: str) -> ChangePlan | None:
    """The cure without the difference that a statement belongs to, as Postgres refuses that.

    None where it is no statement of the cure.  Drivers show a % as %%.
    """
    failed = " ".join(statement.replace("%%", "%").split())
    refused = next((each for each in cure.steps if failed and _has(each, failed)), None)
    if refused is None:
        return None
    steps = tuple(each for each in cure.steps if each.said != refused.said)
    return ChangePlan(steps, (*cure.unexpressed, Unexpressed(refused.said, why)))


def _has(step: Step, statement: str) -> bool:
    return any(" ".join(each.replace("%%", "%").split()).startswith(statement) for each in step.sql)
