"""A project, driven from outside: its history read, its migrations walked step by step.

The work happens in the project's own interpreter (`child/`); this is the side that
asks.  It judges nothing and starts no server.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from alembic_rehearsal.errors import ProjectDoesNotLoad, Usage
from alembic_rehearsal.facts import ModelDifference
from alembic_rehearsal.project.answers import (
    Opened,
    RawHistory,
    RawRevision,
    Seen,
    StepFailed,
    read_detour,
    read_failure,
    read_history,
    read_opened,
)
from alembic_rehearsal.project.interpreter import ChildDied, Echo, Interpreter, start_interpreter
from alembic_rehearsal.urls import mask
from alembic_rehearsal.words import Database, Detour, Direction, Failure, Project, Step

__all__ = [
    "Child",
    "ModelDifference",
    "Opened",
    "RawHistory",
    "RawRevision",
    "Seen",
    "StepFailed",
    "Walk",
    "open_project",
]


@contextmanager
def open_project(project: Project, *, echo: Echo | None = None) -> Iterator[Child]:
    """The project's interpreter, started and ended; `echo` gets what the project prints.

    Raises `Usage` where the configuration file does not exist, `ProjectDoesNotLoad` where
    Alembic cannot begin: no such section, no script location, no Alembic.
    """
    if not project.config.is_file():
        raise Usage(
            f"there is no {project.config}.",
            why="it is the Alembic configuration that this project names.",
            ways_out=("--config PATH   (the project's alembic.ini)",),
        )
    with ExitStack() as open_things:
        yield Child(project, echo, open_things)


class Child:
    """The project in its own interpreter, started when first asked."""

    def __init__(self, project: Project, echo: Echo | None, open_things: ExitStack) -> None:
        self._project = project
        self._echo = echo
        self._open_things = open_things
        self._zygote: Interpreter | None = None
        self._history: RawHistory | None = None

    def history(self) -> RawHistory:
        """The revisions as Alembic sees them; a problem in one is data, not an exception."""
        if self._history is None:
            self._start_zygote()
        assert self._history is not None
        return self._history

    @contextmanager
    def walk(
        self,
        target: Database | Path,
        *,
        one_transaction_each: bool = False,
        rehearsal: bool = True,
    ) -> Iterator[Walk]:
        """One run of env.py on `target`, a PostgreSQL database or a SQLite file.

        Leaving the block ends the run and commits; an exception in the block rolls back
        what env.py's transaction still holds.  `rehearsal` False is for the user's own
        database: what the project asks for is kept where it means the target, and refused
        where it does not.  Raises `StepFailed` where env.py cannot reach its database or
        the last commit fails, `ProjectDoesNotLoad` where env.py does not get that far.
        """
        place = _place_of(target, rehearsal)
        with ExitStack() as own:
            if rehearsal and isinstance(target, Database):
                interpreter = self._start_zygote()
            else:  # its imports may depend on the target: a start of its own
                interpreter = own.enter_context(start_interpreter(self._project, self._echo))
                _load(self._project, interpreter, place)
            walk = Walk(self._project, interpreter)
            try:
                walk._open(place, one_transaction_each)
                yield walk
                walk._end()
            finally:
                walk._abandon()

    def _start_zygote(self) -> Interpreter:
        if self._zygote is None or not self._zygote.is_alive:
            self._zygote = self._open_things.enter_context(
                start_interpreter(self._project, self._echo)
            )
            self._history = _load(self._project, self._zygote, None)
        return self._zygote


class Walk:
    """One run of env.py that is under way, one step after the other.

    After a `StepFailed` of `up` or `down` the walk is over: what the project's
    transaction held is rolled back.
    """

    opened: Opened

    def __init__(self, project: Project, interpreter: Interpreter) -> None:
        self._project = project
        self._interpreter = interpreter
        self._detours: list[Detour] = []
        self._current = ("", Direction.UP)
        self._is_over = False
        self._is_waiting = False

    @property
    def detours(self) -> tuple[Detour, ...]:
        """The connections that were led here or refused so far, each place once."""
        return tuple(self._detours)

    def plan(self) -> tuple[str, ...]:
        """What `alembic upgrade heads` would run now, in Alembic's own order.

        Raises `StepFailed` where the database is at a revision that the history lacks.
        """
        return tuple(self._ask("planned", "plan")["revisions"])

    def up(self, revision: str) -> Step:
        """Run this revision's `upgrade`; its parents must have been run.  May `StepFailed`."""
        return self._step(revision, Direction.UP)

    def down(self, revision: str) -> Step:
        """Run this revision's `downgrade`.  May `StepFailed`."""
        return self._step(revision, Direction.DOWN)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement on the walk's own connection and return its rows.

        A transaction that this began is committed; one that env.py holds stays open.  A %
        is a %.  Values come as JSON has them, others as text: cast in the statement.
        Raises `StepFailed` without a revision; the walk goes on.
        """
        return [tuple(row) for row in self._ask("rows", "sql", statement=statement)["rows"]]

    def compare(self) -> tuple[ModelDifference, ...]:
        """Alembic's comparison of the models with the database as it is now; writes nothing.

        Uses the options that env.py passed; empty where it passed no `target_metadata`.
        """
        found = self._ask("differences", "compare")["differences"]
        return tuple(ModelDifference(*each) for each in found)

    def _open(self, target: dict[str, Any], one_transaction_each: bool) -> None:
        answer = self._ask(
            "opened", "walk", target=target, one_transaction_each=one_transaction_each
        )
        self.opened = read_opened(answer)

    def _step(self, revision: str, direction: Direction) -> Step:
        self._current = (revision, direction)
        answer = self._ask("done", "step", revision=revision, up=direction is Direction.UP)
        return Step(revision, direction, answer["seconds"])

    def _end(self) -> None:
        if not self._is_over:
            self._ask("ended", "end")
            self._wait_until_gone()

    def _abandon(self) -> None:
        """Where the walk is not over: roll back, or end the child if it is at work."""
        if self._is_over:
            return
        if self._is_waiting:
            self._interpreter.kill()
        else:
            self._interpreter.say("abandon")
        self._wait_until_gone()

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
        assert not self._is_over, "a walk whose step has failed takes no more steps"
        self._is_waiting = True
        self._interpreter.say(do, **values)
        try:
            while self._keep_detour(answer := self._interpreter.hear()):
                pass
        except ChildDied as death:
            self._is_over = True
            raise StepFailed(self._death(death.status)) from None
        self._is_waiting = False
        if answer["is"] != expected:
            self._fail(answer)
        return answer

    def _fail(self, answer: dict[str, Any]) -> NoReturn:
        failure = answer["failure"]
        if answer["is_last"]:
            self._wait_until_gone()
        if not (answer["opened"] or failure["is_sql"] or failure["is_refusal"]):
            raise _does_not_load(self._project, failure)
        raise StepFailed(read_failure(failure))

    def _death(self, status: int) -> Failure:
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        said = self._interpreter.tail.strip().splitlines()[-1:]
        last = f"; it said last: {said[0]}" if said else ""
        revision, direction = self._current
        return Failure(
            message=f"the project's interpreter ended with {how} in the middle of the run{last}",
            kind="ChildDied",
            revision=revision,
            direction=direction,
        )


def _load(project: Project, interpreter: Interpreter, target: dict[str, Any] | None) -> RawHistory:
    interpreter.say(
        "load",
        config=str(project.config),
        section=project.section,
        url_variables=project.url_variables,
        target=target,
        is_warm=target is None,
    )
    try:
        answer = interpreter.hear()
    except ChildDied as death:
        raise ProjectDoesNotLoad(
            f"{project.python} ended with status {death.status} before it could load the project.",
            why=interpreter.tail,
        ) from None
    if answer["is"] == "failed":
        raise _does_not_load(project, answer["failure"])
    return read_history(answer)


def _does_not_load(project: Project, failure: dict[str, Any]) -> ProjectDoesNotLoad:
    where = f"{failure['path']}:{failure['line']}" if failure["path"] else str(project.config)
    return ProjectDoesNotLoad(
        f"{where}: {mask(failure['message'])}", ways_out=_ways_out(project, failure)
    )


def _ways_out(project: Project, failure: dict[str, Any]) -> tuple[str, ...]:
    missing = str(failure.get("missing", "")).partition(".")[0]
    if missing in ("alembic", "sqlalchemy"):
        return (
            f"{project.python} -m pip install {missing}",
            "--python PATH   (the interpreter that can import the project)",
        )
    for folder in (".", "src"):
        if missing and any((project.folder / folder).glob(f"{missing}*")):
            return (f"prepend_sys_path = {folder}   (in {project.config.name})",)
    if missing:
        return ("--python PATH   (the interpreter that can import the project)",)
    return (f"alembic -c {project.config.name} heads   (says the same, with a traceback)",)


def _place_of(target: Database | Path, rehearsal: bool) -> dict[str, Any]:
    """The target in the child's words; it carries the password, so it goes by pipe alone."""
    if isinstance(target, Path):
        return {"dialect": "sqlite", "path": str(target.absolute()), "rehearsal": rehearsal}
    server = target.server
    return {
        "dialect": "postgresql",
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "database": target.name,
        "options": dict(server.options),
        "rehearsal": rehearsal,
    }
