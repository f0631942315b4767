"""The parent's side of one run of env.py: each step asked for, each answer read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn, TypeAlias

from alembic_rehearsal.core.project.answers import (
    Opened,
    StepFailed,
    read_detour,
    read_failure,
    read_imports,
    read_opened,
)
from alembic_rehearsal.core.project.interpreter import END_OF_PRINTS, ChildDied, Interpreter
from alembic_rehearsal.core.project.model_answers import LeftOut, ModelDifference, ModelImports
from alembic_rehearsal.core.project.remedies import does_not_load
from alembic_rehearsal.core.project.steps import Detour, Direction, Failure, Mode, Step
from alembic_rehearsal.core.values.project import Project

# Reads the version table that env.py configured, over a connection that saw nothing of the run.
Stamped: TypeAlias = Callable[[Opened], tuple[str, ...]]
# Says more of a failure, where somebody knows more than the project's own words.
Explain: TypeAlias = Callable[[Failure], Failure]


def as_it_is(failure: Failure) -> Failure:
    """The failure in the project's own words."""
    return failure


class Walk:
    """One run of env.py that is under way, one step after the other.

    After a `StepFailed` of `up` or `down` the walk is over: what the project's
    transaction held is rolled back.

    With `Mode.COMMANDS` each step is what a command of its own would make of it.  One run
    does for all of them where every step has its own transaction; an env.py that holds one
    around them all is run once a step, or none of them would be there for anybody.
    """

    opened: Opened
    left_out: tuple[LeftOut, ...] = ()

    def __init__(
        self, project: Project, interpreter: Interpreter, explain: Explain = as_it_is
    ) -> None:
        self._project = project
        self._interpreter = interpreter
        self._explain = explain
        self._detours: list[Detour] = []
        self._current = ("", Direction.UP)
        self._request: dict[str, Any] = {}
        self._stamped: Stamped | None = None
        self._is_run_each_time = False
        self._is_between = False
        self._is_over = False
        self._is_waiting = False

    @property
    def detours(self) -> tuple[Detour, ...]:
        """The connections that were led here or refused so far, each place once."""
        return tuple(self._detours)

    def plan(self, destination: str = "") -> tuple[str, ...]:
        """What `alembic upgrade DESTINATION` would run now, in Alembic's own order.

        Without one: what upgrading to the project's own target would run.

        Raises `StepFailed` where the database is at a revision that the history lacks, or
        the history has no such destination.
        """
        return tuple(self._ask("planned", "plan", destination=destination)["revisions"])

    def up(self, revision: str) -> Step:
        """Run this revision's `upgrade`; its parents must have been run.  May `StepFailed`."""
        return self._step(revision, Direction.UP)

    def down(self, revision: str) -> Step:
        """Run this revision's `downgrade`.  May `StepFailed`."""
        return self._step(revision, Direction.DOWN)

    def again(self, revision: str) -> Step:
        """Run the `upgrade` of a revision that is there already, and leave the version table.

        May `StepFailed`.
        """
        return self._step(revision, Direction.UP, again=True)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement on the walk's own connection and return its rows.

        A transaction that this began is committed; one that env.py holds stays open.  A %
        is a %.  Values come as JSON has them, others as text: cast in the statement.
        Raises `StepFailed` without a revision; the walk goes on, but for a transaction of
        env.py's, in which Postgres refuses everything after an error.
        """
        return [tuple(row) for row in self._ask("rows", "sql", statement=statement)["rows"]]

    def compare(self) -> tuple[ModelDifference, ...]:
        """Alembic's comparison of the models with the database as it is now; writes nothing.

        Uses the options that env.py passed; empty where it passed no `target_metadata`.
        `left_out` then has what env.py's own filters kept from it.
        """
        answer = self._ask("differences", "compare")
        self.left_out = tuple(LeftOut(*each) for each in answer["left_out"])
        return tuple(ModelDifference(*each) for each in answer["differences"])

    def build(self) -> None:
        """Make what `target_metadata` describes, as `create_all` would; needs one to be there.

        Raises `StepFailed` where Postgres refuses, for instance for a missing extension.
        """
        self._ask("built", "build")

    def unimported(self, packages: Sequence[str], *, patience: float = 20.0) -> ModelImports:
        """The tables that `target_metadata` lacks because nothing imports their modules.

        Looks into `packages`, or those that define its tables.  Imports what looks like a
        model, each in a fork that has `patience` seconds; writes nothing.
        """
        answer = self._ask("searched", "search", packages=list(packages), patience=patience)
        return read_imports(answer)

    # --- how `Child.walk` opens and ends it

    def open(self, target: dict[str, Any], mode: Mode, stamped: Stamped | None) -> None:
        self._stamped = stamped
        self._request = {
            "target": target,
            "each_alone": mode is not Mode.OWN,
            "forgetful": mode is Mode.COMMANDS,
            "end_of_prints": END_OF_PRINTS,
        }
        self._run()
        if mode is Mode.COMMANDS and self.opened.is_open:
            self._is_run_each_time = True
            with suppress(StepFailed):
                self.end()  # what env.py makes by itself is there before the first step
            self._is_between = True

    def end(self) -> None:
        """Let env.py come to its end, and so commit; nothing where the walk is over."""
        if not self._is_over:
            self._ask("ended", "end")
            self._wait_until_gone()

    def abandon(self) -> None:
        """Where the walk is not over: roll back, or end the child if it is at work."""
        if self._is_over:
            return
        if self._is_waiting:
            self._interpreter.kill()
        else:
            self._interpreter.say("abandon")
        self._wait_until_gone()

    # --- requests and answers

    def _run(self) -> None:
        self._is_over = False
        self.opened = read_opened(self._ask("opened", "walk", **self._request))

    def _step(self, revision: str, direction: Direction, *, again: bool = False) -> Step:
        self._current = (revision, direction)
        up = direction is Direction.UP
        answer = self._ask("done", "step", revision=revision, up=up, again=again)
        if self._is_run_each_time:
            self._end_command(revision, direction)
        return Step(revision, direction, answer["seconds"], wrote=answer["wrote"])

    def _end_command(self, revision: str, direction: Direction) -> None:
        """End the run, and with it the step's transaction: nothing is held until the next."""
        try:
            self.end()
        except StepFailed as stopped:
            failure = replace(stopped.failure, revision=revision, direction=direction)
            raise StepFailed(failure) from None
        self._is_between = True
        is_up = direction is Direction.UP
        if self._stamped and (revision in self._stamped(self.opened)) is not is_up:
            message = "env.py ends without a commit, so that nothing of this was kept"
            raise StepFailed(Failure(message, "NotKept", revision=revision, direction=direction))

    def _wait_until_gone(self) -> None:
        self._is_over = True
        with suppress(ChildDied):
            while True:
                self._keep_detour(self._interpreter.hear())

    def _keep_detour(self, answer: dict[str, Any]) -> bool:
        is_detour = bool(answer["is"] == "detour")
        if is_detour:
            self._detours.append(read_detour(answer))
        return is_detour

    def _ask(self, expected: str, do: str, **values: Any) -> dict[str, Any]:
        """The answer to a request.  Raises `StepFailed` or `ProjectDoesNotLoad` for a failure."""
        if self._is_between:
            self._is_between = False
            self._run()
        assert not self._is_over, "a walk whose step has failed takes no more steps"
        self._is_waiting = True
        self._interpreter.say(do, **values)
        try:
            while self._keep_detour(answer := self._interpreter.hear()):
                pass
        except ChildDied as death:
            self._is_over = True
            raise StepFailed(self._death(death)) from None
        self._is_waiting = False
        if answer["is"] != expected:
            self._fail(answer)
        return answer

    def _fail(self, answer: dict[str, Any]) -> NoReturn:
        failure = answer["failure"]
        if answer["is_last"]:
            self._wait_until_gone()
        if not (answer["opened"] or failure["is_sql"] or failure["is_refusal"]):
            raise does_not_load(self._project, failure)
        raise StepFailed(self._explain(read_failure(failure)))

    def _death(self, death: ChildDied) -> Failure:
        said = self._interpreter.tail.strip().splitlines()[-1:]
        last = f"; it said last: {said[0]}" if said else ""
        revision, direction = self._current
        what = f"the project's interpreter ended with {death.how}"
        return Failure(
            message=f"{what} in the middle of the run{last}",
            kind="ChildDied",
            revision=revision,
            direction=direction,
        )
