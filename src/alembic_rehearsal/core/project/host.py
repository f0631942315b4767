"""The parent's side of a project: read its history, walk its migrations, render their SQL.

The work is done in the project's own interpreter (`child/`); this module sends the requests.
It judges nothing and starts no server.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.project.answers import OfflineScript, RawHistory, read_raw_history
from alembic_rehearsal.core.project.interpreter import (
    ChildDied,
    Echo,
    Interpreter,
    start_interpreter,
)
from alembic_rehearsal.core.project.remedies import load_error, target_error
from alembic_rehearsal.core.project.single_requests import (
    call_in_child,
    render_in_child,
    write_in_child,
)
from alembic_rehearsal.core.project.steps import WalkMode
from alembic_rehearsal.core.project.walk import ExplainFailure, ReadStamp, Walk, keep_failure
from alembic_rehearsal.core.settings.files import is_configuration
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.errors import ProjectDoesNotLoad, UsageError
from alembic_rehearsal.core.values.project import Project


@contextmanager
def open_project(project: Project, *, echo: Echo | None = None) -> Iterator[Child]:
    """A `Child` for the block; its interpreter is started by the first request.

    `echo` gets each line that the project prints.  Raises `UsageError` when the configuration
    file does not exist.  Requests raise `UsageError` when the file lacks the section or the
    history lacks the target, and `ProjectDoesNotLoad` when Alembic cannot load the project.
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
    """A project in its own interpreter, which is started by the first request."""

    def __init__(self, project: Project, echo: Echo | None, stack: ExitStack) -> None:
        self._project = project
        self._echo = echo
        self._stack = stack
        self._zygote: Interpreter | None = None
        self._history: RawHistory | None = None
        self._is_killed = False

    @property
    def project(self) -> Project:
        return self._project

    def history(self) -> RawHistory:
        """The revisions as Alembic sees them; a problem in a revision is data, not an error."""
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
        database: the project's connections must ask for the target itself, and all others are
        refused.  `read_stamp` reads the version table, to check in `COMMAND_PER_MIGRATION`
        that each command has committed.  `explain` may add an explanation to a failure.

        Raises `StepFailed` when env.py cannot reach its database or the last commit fails,
        and `ProjectDoesNotLoad` when env.py fails before that.
        """
        place = _describe_target(target, rehearsal)
        with ExitStack() as stack:
            if rehearsal and isinstance(target, Database):
                interpreter = self._start_zygote()
            else:  # the project's imports may depend on the target: use a new interpreter
                interpreter = stack.enter_context(start_interpreter(self._project, self._echo))
                _load_project(self._project, interpreter, place)
            walk = Walk(self._project, interpreter, explain)
            try:
                walk.open(place, mode, read_stamp)
                yield walk
                walk.end()
            finally:
                walk.abandon()

    def render(self, start: Sequence[str], *, patience: float = 30.0) -> OfflineScript:
        """The SQL of `alembic upgrade START:heads --sql`, printed without any database.

        `start` are the revisions of the database, none for an empty one.  `patience` is in
        seconds, for env.py and for each revision: one that waits for a database would never
        end.  Raises `StepFailed` when env.py itself fails; the failure of one revision is data.
        """
        return render_in_child(self._start_zygote(), start, patience)

    def call(self, target: Database | Path, name: str) -> None:
        """Call the application's function `name`, with its URLs pointing at `target`.

        `name` is "package.module:function".  Connections to any other database are refused.
        Raises `StepFailed` with the project's own message, file and line.
        """
        place = _describe_target(target, rehearsal=False)
        with start_interpreter(self._project, self._echo) as interpreter:
            _load_project(self._project, interpreter, place)
            call_in_child(interpreter, place, name)

    def write_revision(self, head: str, message: str, **texts: str) -> Path:
        """Write a revision file on top of `head` with the project's template; returns its path.

        `texts` are `upgrades` and `downgrades`, which are inserted in the template, and `below`,
        which is appended to the file.  `history()` does not include the new revision.  Raises
        `UsageError` when Alembic writes no file, or the template has no place for the texts.
        """
        return write_in_child(self._start_zygote(), head, message, **texts)

    def kill(self) -> None:
        """End the interpreter at once, from any thread; a running walk fails.

        No new interpreter is started afterwards: requests raise `ProjectDoesNotLoad`.
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
    """The target as the child expects it.  It has the password, so it is sent by pipe only."""
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
