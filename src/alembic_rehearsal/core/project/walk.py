"""The parent's side of one run of env.py: each step asked for, each answer read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn, TypeAlias

from alembic_rehearsal.core.project.answers import (
    EnvConfiguration,
    StepFailed,
    read_configuration,
    read_detour,
    read_failure,
    read_unimported_models,
)
from alembic_rehearsal.core.project.interpreter import END_OF_PRINTS, ChildDied, Interpreter
from alembic_rehearsal.core.project.model_answers import (
    ExcludedObject,
    ModelDifference,
    UnimportedModels,
)
from alembic_rehearsal.core.project.remedies import load_error
from alembic_rehearsal.core.project.steps import Detour, Direction, Failure, Step, WalkMode
from alembic_rehearsal.core.values.project import Project

# Reads the version table that env.py configured, over a connection that saw nothing of the run.
ReadStamp: TypeAlias = Callable[[EnvConfiguration], tuple[str, ...]]
# Says more of a failure, where somebody knows more than the project's own words.
ExplainFailure: TypeAlias = Callable[[Failure], Failure]


def keep_failure(failure: Failure) -> Failure:
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

    configuration: EnvConfiguration
    excluded: tuple[ExcludedObject, ...] = ()

    def __init__(
        self, project: Project, interpreter: Interpreter, explain: ExplainFailure = keep_failure
    ) -> None:
        self._project = project
        self._interpreter = interpreter
        self._explain = explain
        self._detours: list[Detour] = []
        self._current = ("", Direction.UP)
        self._request: dict[str, Any] = {}
        self._read_stamp: ReadStamp | None = None
        self._is_run_each_time = False
        self._is_between_runs = False
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
        return self._take_step(revision, Direction.UP)

    def down(self, revision: str) -> Step:
        """Run this revision's `downgrade`.  May `StepFailed`."""
        return self._take_step(revision, Direction.DOWN)

    def rerun_upgrade(self, revision: str) -> Step:
        """Run the `upgrade` of a revision that is there already, and leave the version table.

        May `StepFailed`.
        """
        return self._take_step(revision, Direction.UP, again=True)

    def run_sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement on the walk's own connection and return its rows.

        A transaction that this began is committed; one that env.py holds stays open.  A %
        is a %.  Values come as JSON has them, others as text: cast in the statement.
        Raises `StepFailed` without a revision; the walk goes on, but for a transaction of
        env.py's, in which Postgres refuses everything after an error.
        """
        return [tuple(row) for row in self._ask("rows", "sql", statement=statement)["rows"]]

    def compare_models(self) -> tuple[ModelDifference, ...]:
        """Alembic's comparison of the models with the database as it is now; writes nothing.

        Uses the options that env.py passed; empty where it passed no `target_metadata`.
        `left_out` then has what env.py's own filters kept from it.
        """
        answer = self._ask("differences", "compare")
        self.excluded = tuple(ExcludedObject(*each) for each in answer["left_out"])
        return tuple(ModelDifference(*each) for each in answer["differences"])

    def create_all(self) -> None:
        """Make what `target_metadata` describes, as `create_all` would; needs one to be there.

        Raises `StepFailed` where Postgres refuses, for instance for a missing extension.
        """
        self._ask("built", "build")

    def find_unimported(
        self, packages: Sequence[str], *, patience: float = 20.0
    ) -> UnimportedModels:
        """The tables that `target_metadata` lacks because nothing imports their modules.

        Looks into `packages`, or those that define its tables.  Imports what looks like a
        model, each in a fork that has `patience` seconds; writes nothing.
        """
        answer = self._ask("searched", "search", packages=list(packages), patience=patience)
        return read_unimported_models(answer)

    # --- how `Child.walk` opens and ends it

    def open(self, target: dict[str, Any], mode: WalkMode, read_stamp: ReadStamp | None) -> None:
        self._read_stamp = read_stamp
        self._request = {
            "target": target,
            "each_alone": mode is not WalkMode.PROJECT,
            "forgetful": mode is WalkMode.COMMAND_PER_MIGRATION,
            "end_of_prints": END_OF_PRINTS,
        }
        self._start_run()
        if mode is WalkMode.COMMAND_PER_MIGRATION and self.configuration.is_in_transaction:
            self._is_run_each_time = True
            with suppress(StepFailed):
                self.end()  # what env.py makes by itself is there before the first step
            self._is_between_runs = True

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
            self._interpreter.send("abandon")
        self._wait_until_gone()

    # --- requests and answers

    def _start_run(self) -> None:
        self._is_over = False
        self.configuration = read_configuration(self._ask("opened", "walk", **self._request))

    def _take_step(self, revision: str, direction: Direction, *, again: bool = False) -> Step:
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
        self._is_between_runs = True
        is_up = direction is Direction.UP
        if self._read_stamp and (revision in self._read_stamp(self.configuration)) is not is_up:
            message = "env.py ends without a commit, so that nothing of this was kept"
            raise StepFailed(Failure(message, "NotKept", revision=revision, direction=direction))

    def _wait_until_gone(self) -> None:
        self._is_over = True
        with suppress(ChildDied):
            while True:
                self._record_detour(self._interpreter.receive())

    def _record_detour(self, answer: dict[str, Any]) -> bool:
        is_detour = bool(answer["is"] == "detour")
        if is_detour:
            self._detours.append(read_detour(answer))
        return is_detour

    def _ask(self, expected: str, do: str, **values: Any) -> dict[str, Any]:
        """The answer to a request.  Raises `StepFailed` or `ProjectDoesNotLoad` for a failure."""
        if self._is_between_runs:
            self._is_between_runs = False
            self._start_run()
        assert not self._is_over, "a walk whose step has failed takes no more steps"
        self._is_waiting = True
        self._interpreter.send(do, **values)
        try:
            while self._record_detour(answer := self._interpreter.receive()):
                pass
        except ChildDied as death:
            self._is_over = True
            raise StepFailed(self._death_failure(death)) from None
        self._is_waiting = False
        if answer["is"] != expected:
            self._raise_failure(answer)
        return answer

    def _raise_failure(self, answer: dict[str, Any]) -> NoReturn:
        failure = answer["failure"]
        if answer["is_last"]:
            self._wait_until_gone()
        if not (answer["opened"] or failure["is_sql"] or failure["is_refusal"]):
            raise load_error(self._project, failure)
        raise StepFailed(self._explain(read_failure(failure)))

    def _death_failure(self, death: ChildDied) -> Failure:
        said = self._interpreter.last_output.strip().splitlines()[-1:]
        last = f"; it said last: {said[0]}" if said else ""
        revision, direction = self._current
        what = f"the project's interpreter ended with {death.exit_text}"
        return Failure(
            message=f"{what} in the middle of the run{last}",
            kind="ChildDied",
            revision=revision,
            direction=direction,
        )
