"""A project, driven from outside: its history read, its migrations walked step by step.

The work happens in the project's own interpreter (`child/`); this is the side that
asks.  It judges nothing and starts no server.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.project.answers import (
    OfflineScript,
    RawHistory,
    read_raw_history,
)
from alembic_rehearsal.core.project.call import call_in_child
from alembic_rehearsal.core.project.interpreter import (
    ChildDied,
    Echo,
    Interpreter,
    start_interpreter,
)
from alembic_rehearsal.core.project.remedies import load_error, target_error
from alembic_rehearsal.core.project.render import render_in_child
from alembic_rehearsal.core.project.steps import WalkMode
from alembic_rehearsal.core.project.walk import ExplainFailure, ReadStamp, Walk, keep_failure
from alembic_rehearsal.core.project.write_revision import write_in_child
from alembic_rehearsal.core.settings.files import is_configuration
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import ProjectDoesNotLoad, UsageError
from alembic_rehearsal.core.values.project import Project


@contextmanager
def open_project(project: Project, *, echo: Echo | None = None) -> Iterator[Child]:
    """The project's interpreter, started and ended; `echo` gets what the project prints.

    Raises `UsageError` where the configuration file does not exist, `ProjectDoesNotLoad` where
    Alembic cannot begin: no such section, no script location, no Alembic.
    """
    if not is_configuration(project.config):
        raise UsageError(
            f"there is no {project.config}.",
            why="it is the Alembic configuration that this project names.",
            remedies=("--config PATH   (the project's alembic.ini)",),
        )
    with ExitStack() as stack:
        yield Child(project, echo, stack)


class Child:
    """The project in its own interpreter, started when first asked."""

    def __init__(self, project: Project, echo: Echo | None, open_things: ExitStack) -> None:
        self._project = project
        self._echo = echo
        self._stack = open_things
        self._zygote: Interpreter | None = None
        self._history: RawHistory | None = None
        self._is_killed = False

    @property
    def project(self) -> Project:
        return self._project

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
        mode: WalkMode = WalkMode.PROJECT,
        rehearsal: bool = True,
        read_stamp: ReadStamp | None = None,
        explain: ExplainFailure = keep_failure,
    ) -> Iterator[Walk]:
        """One run of env.py on `target`, a PostgreSQL database or a SQLite file.

        Leaving the block ends the run and commits; an exception in the block rolls back
        what env.py's transaction still holds.  `rehearsal` False is for the user's own
        database: what the project asks for is kept where it means the target, and refused
        where it does not.  `stamped` reads the version table: whether a command of its own
        has kept what it did.  `explain` may say more of a failure.  Raises `StepFailed` where
        env.py cannot reach its database or the last commit fails, `ProjectDoesNotLoad` where
        env.py does not get that far.
        """
        place = _describe_target(target, rehearsal)
        with ExitStack() as own:
            if rehearsal and isinstance(target, Database):
                interpreter = self._start_zygote()
            else:  # its imports may depend on the target: a start of its own
                interpreter = own.enter_context(start_interpreter(self._project, self._echo))
                _load_project(self._project, interpreter, place)
            walk = Walk(self._project, interpreter, explain)
            try:
                walk.open(place, mode, read_stamp)
                yield walk
                walk.end()
            finally:
                walk.abandon()

    def render(self, start: Sequence[str], *, patience: float = 30.0) -> OfflineScript:
        """The SQL of `alembic upgrade START:heads --sql`, by an env.py that reaches no database.

        `start` are the revisions that the database is at, none for an empty one.  `patience`
        is in seconds, for env.py and for each revision: what waits for a database waits for
        ever.  Raises `StepFailed` where env.py itself prints nothing; what keeps one revision
        from being printed is data.
        """
        return render_in_child(self._start_zygote(), start, patience)

    def call(self, target: Database | Path, name: str) -> None:
        """Call `package.module:function` of the application, which finds `target` in its URL.

        For a database that somebody needs: every other one is refused.  Raises `StepFailed`
        with the project's own words, file and line.
        """
        place = _describe_target(target, rehearsal=False)
        with start_interpreter(self._project, self._echo) as interpreter:
            _load_project(self._project, interpreter, place)
            call_in_child(interpreter, place, name)

    def write_revision(self, head: str, message: str, **texts: str) -> Path:
        """A new file on top of `head`, named and laid out as the project's own are.

        `texts` are `upgrades` and `downgrades`, which go into its template, and `below`, which
        is added behind.  The history as it is known here does not have it.  Raises `UsageError`
        where Alembic writes none, or one without room for them.
        """
        return write_in_child(self._start_zygote(), head, message, **texts)

    def kill(self) -> None:
        """End the interpreter at once, from any thread; a walk that is under way fails.

        It starts no other one.
        """
        self._is_killed = True
        if self._zygote is not None:
            self._zygote.kill()

    def _start_zygote(self) -> Interpreter:
        if self._is_killed:
            raise ProjectDoesNotLoad("the rehearsal was ended.")
        if self._zygote is None or not self._zygote.is_alive:
            self._zygote = self._stack.enter_context(start_interpreter(self._project, self._echo))
            self._history = _load_project(self._project, self._zygote, None)
        return self._zygote


def _load_project(
    project: Project, interpreter: Interpreter, target: dict[str, Any] | None
) -> RawHistory:
    interpreter.send(
        "load",
        config=str(project.config),
        section=project.section,
        url_variables=project.url_variables,
        upgrade_to=project.target,
        x=project.x,
        versions=[str(each) for each in project.versions],
        target=target,
        is_warm=target is None,
    )
    try:
        answer = interpreter.receive()
    except ChildDied as death:
        raise ProjectDoesNotLoad(
            f"{project.python} ended with status {death.status} before it could load the project.",
            why=interpreter.last_output,
        ) from None
    if answer["is"] == "failed":
        raise load_error(project, answer["failure"])
    if answer.get("no_target"):
        raise target_error(project, answer["no_target"], answer["targets"])
    return read_raw_history(answer, project.target)


def _describe_target(target: Database | Path, rehearsal: bool) -> dict[str, Any]:
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
