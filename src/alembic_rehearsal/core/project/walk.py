"""The parent's side of a walk: one run of env.py whose steps are requested one by one."""

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

# Reads the version table that env.py configured, over a connection of its own.
ReadStamp: TypeAlias = Callable[[EnvConfiguration], tuple[str, ...]]
# May replace a failure by one with a better explanation.
ExplainFailure: TypeAlias = Callable[[Failure], Failure]


def keep_failure(failure: Failure) -> Failure:
    """The `ExplainFailure` that changes nothing."""
    return failure


class Walk:
    """A running env.py, whose steps are taken one after the other.

    After a `StepFailed` of `up` or `down` the walk is over, and the project's open transaction
    is rolled back.

    With `WalkMode.COMMAND_PER_MIGRATION` each step has the effect of a command of its own.  An
    env.py that holds one transaction around all steps is then run again for each step.

    `configuration` is what env.py configured; `excluded` is set by `compare_models`.
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
        """The connections that were redirected or refused so far, each place once."""
        return tuple(self._detours)

    def plan(self, destination: str = "") -> tuple[str, ...]:
        """The revisions that `alembic upgrade DESTINATION` would run now, in Alembic's order.

        Without a destination, it is the project's own target.

        Raises `StepFailed` when the history lacks the destination or the database's revision.
        """
        return tuple(self._ask("planned", "plan", destination=destination)["revisions"])

    def up(self, revision: str) -> Step:
        """Run this revision's `upgrade`; its parents must be applied.  Raises `StepFailed`."""
        return self._take_step(revision, Direction.UP)

    def down(self, revision: str) -> Step:
        """Run this revision's `downgrade`.  Raises `StepFailed`."""
        return self._take_step(revision, Direction.DOWN)

    def rerun_upgrade(self, revision: str) -> Step:
        """Run the `upgrade` of an applied revision again, without a change to the version table.

        Raises `StepFailed`.
        """
        return self._take_step(revision, Direction.UP, again=True)

    def run_sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement on the project's own connection and return its rows.

        Outside a transaction of env.py the statement is committed.  A % needs no escape.
        Values are JSON's types, all others are text: cast them in the statement.

        Raises `StepFailed` without a revision.  The walk can go on afterwards, unless env.py
        holds a transaction, in which Postgres refuses all statements after an error.
        """
        return [tuple(row) for row in self._ask("rows", "sql", statement=statement)["rows"]]

    def compare_models(self) -> tuple[ModelDifference, ...]:
        """Alembic's comparison of the models with the database as it is now; writes nothing.

        Uses the options that env.py passed; empty when it passed no `target_metadata`.
        Sets `excluded` to the objects that env.py's own filters excluded.  Raises `StepFailed`.
        """
        answer = self._ask("differences", "compare")
        self.excluded = tuple(ExcludedObject(*each) for each in answer["left_out"])
        return tuple(ModelDifference(*each) for each in answer["differences"])

    def create_all(self) -> None:
        """Create the tables of `target_metadata`, which env.py must have, and their schemas.

        Raises `StepFailed` when Postgres refuses it, for instance for a missing extension.
        """
        self._ask("built", "build")

    def find_unimported(
        self, packages: Sequence[str], *, patience: float = 20.0
    ) -> UnimportedModels:
        """The tables that `target_metadata` lacks because nothing imports their modules.

        Searches `packages`, or without any the packages that define its tables.  Imports each
        module that seems to define a table, in a fork that is ended after `patience` seconds;
        writes nothing.  Raises `StepFailed` when a package does not exist.
        """
        answer = self._ask("searched", "search", packages=list(packages), patience=patience)
        return read_unimported_models(answer)

    # --- called by `Child.walk` only

    def open(self, target: dict[str, Any], mode: WalkMode, read_stamp: ReadStamp | None) -> None:
        """Start env.py and wait until it is ready for the first step."""
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
                self.end()  # commits what env.py itself creates, before the first step
            self._is_between_runs = True

    def end(self) -> None:
        """Let env.py run to its end, and so commit; does nothing when the walk is over."""
        if not self._is_over:
            self._ask("ended", "end")
            self._wait_until_gone()

    def abandon(self) -> None:
        """If the walk is not over, roll back; kill the child if it has a request to answer."""
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
        is_up = direction is Direction.UP
        answer = self._ask("done", "step", revision=revision, up=is_up, again=again)
        if self._is_run_each_time:
            self._end_command(revision, direction)
        return Step(revision, direction, answer["seconds"], wrote=answer["wrote"])

    def _end_command(self, revision: str, direction: Direction) -> None:
        """End the run of env.py, and with it the step's transaction."""
        try:
            self.end()
        except StepFailed as stopped:
            failure = replace(stopped.failure, revision=revision, direction=direction)
            raise StepFailed(failure) from None
        self._is_between_runs = True
        is_up = direction is Direction.UP
        if self._read_stamp and (revision in self._read_stamp(self.configuration)) is not is_up:
            message = "env.py ends without a commit, so nothing of this step was kept"
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
        """The `expected` answer.  Raises `StepFailed`, or `load_error` before env.py was ready."""
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
        lines = self._interpreter.last_output.strip().splitlines()
        last = f"; its last output: {lines[-1]}" if lines else ""
        revision, direction = self._current
        what = f"the project's interpreter ended with {death.exit_text}"
        return Failure(
            message=f"{what} in the middle of the run{last}",
            kind="ChildDied",
            revision=revision,
            direction=direction,
        )
