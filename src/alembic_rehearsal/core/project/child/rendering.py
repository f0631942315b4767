"""The rendering: one run of env.py in offline mode (`alembic upgrade --sql`), step by step.

Connects to no database.  When a revision cannot be rendered, the failure is recorded and the
next one is rendered, while Alembic would stop.
"""

from __future__ import annotations

import functools
import signal
from collections.abc import Iterator
from typing import Any

from alembic_rehearsal.core.project.child.alembic_private import migration_step, pending_revisions
from alembic_rehearsal.core.project.child.answering import version_table
from alembic_rehearsal.core.project.child.failures import (
    CannotLoad,
    failure_of,
    is_raised_by_project,
)
from alembic_rehearsal.core.project.child.loading import LoadedProject
from alembic_rehearsal.core.project.child.wire import Wire

# A revision that raises one of these in its own code declares that it cannot be rendered.
_REFUSALS = ("CommandError", "NotImplementedError")


class TookTooLong(BaseException):
    """A part of the rendering took longer than allowed: it may be waiting for a database.

    No `Exception`, so that the project's `except Exception` does not catch it.
    """


class Pages:
    """The file that Alembic writes the script to; `take_page` returns its text and clears it."""

    def __init__(self) -> None:
        self._page: list[str] = []

    def write(self, text: str) -> int:
        self._page.append(text)
        return len(text)

    def flush(self) -> None:
        """Does nothing: there is no buffer."""

    def take_page(self) -> str:
        text, self._page = "".join(self._page), []
        return text


class Rendering:
    """One run of env.py in offline mode, from the revisions in `start` to the heads.

    `patience` is in seconds: for env.py up to its first migration, and for each migration.
    """

    def __init__(
        self, wire: Wire, project: LoadedProject, start: list[str], patience: float
    ) -> None:
        self._wire = wire
        self._project = project
        self._start = start
        self._patience = patience
        self._pages = Pages()
        self._context: Any = None
        self._before = ""
        self._steps: list[dict[str, Any]] = []
        self._is_complete = False

    def run(self) -> None:
        """Render; sends one message, `rendered` or `failed`."""
        try:
            self._run_env()
            if not self._is_complete:
                raise CannotLoad("env.py ended without running any migration")
        except BaseException as error:
            _set_alarm(0)
            failure = failure_of(error, self._project.folders)
            self._wire.send("failed", failure=dict(failure, revision="", up=True))
        else:
            _set_alarm(0)
            self._wire.send("rendered", **self._script())

    def _script(self) -> dict[str, Any]:
        return {
            "before": self._before,
            "steps": self._steps,
            "after": self._pages.take_page(),
            **version_table(self._context),
        }

    def _run_env(self) -> None:
        from alembic.runtime.environment import EnvironmentContext

        environment: Any = EnvironmentContext(
            self._project.config,
            self._project.script,
            fn=self._render_steps,
            as_sql=True,
            starting_rev=self._start or None,
            destination_rev="heads",
            tag=None,
        )
        configure = environment.configure

        @functools.wraps(configure)
        def configured(*args: Any, **options: Any) -> None:
            options.pop("output_encoding", None)
            configure(*args, **dict(options, output_buffer=self._pages))

        environment.configure = configured
        self._project.config.output_buffer = self._pages
        _set_alarm(self._patience)
        with environment:
            self._project.run_env()

    def _render_steps(self, heads: tuple[str, ...], context: Any) -> Iterator[Any]:
        if self._context is not None:
            raise CannotLoad("env.py runs its migrations twice (several databases or schemas)")
        if context.dialect.name != "postgresql":
            raise CannotLoad(f"in offline mode env.py has a URL of {context.dialect.name}")
        self._context = context
        self._before = self._pages.take_page()
        for revision in pending_revisions(self._project.script, heads, self._project.upgrade_to):
            rendered: dict[str, Any] = {
                "revision": revision,
                "preamble": "",
                "failure": None,
                "is_declared": False,
            }
            yield self._recording_step(revision, rendered)
            self._steps.append(dict(rendered, sql=self._pages.take_page()))
        _set_alarm(self._patience)
        self._is_complete = True

    def _recording_step(self, revision: str, rendered: dict[str, Any]) -> Any:
        """The step; its preamble and its failure are written to `rendered`."""
        step = migration_step(self._project.script, revision, is_upgrade=True)
        plain = step.migration_fn

        @functools.wraps(plain)  # Alembic prints its name
        def migrate(**kwargs: Any) -> None:
            _set_alarm(self._patience)
            rendered["preamble"] = self._pages.take_page()
            try:
                plain(**kwargs)
            except BaseException as error:
                folders = self._project.folders
                own = [self._project.file_of(revision), *folders]
                rendered["failure"] = dict(failure_of(error, own), revision=revision, up=True)
                is_refusal = type(error).__name__ in _REFUSALS
                rendered["is_declared"] = is_refusal and is_raised_by_project(error, folders)
            _set_alarm(self._patience)

        step.migration_fn = migrate
        return step


def _set_alarm(seconds: float) -> None:
    """Raise `TookTooLong` after `seconds`, unless called again before; 0 cancels it."""

    def ring(*_: Any) -> None:
        raise TookTooLong(f"it did not end within {seconds:g} s")

    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds)
