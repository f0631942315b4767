"""The rendering: one run of env.py as `alembic upgrade --sql` makes it, kept step by step.

No database is reached.  A revision that cannot be rendered is told, and the next one is
rendered all the same, where Alembic would stop.
"""

from __future__ import annotations

import functools
import signal
from collections.abc import Iterator
from typing import Any

from alembic_rehearsal.core.project.child.alembic_private import migration_step, pending_revisions
from alembic_rehearsal.core.project.child.failures import (
    CannotLoad,
    failure_of,
    is_raised_by_project,
)
from alembic_rehearsal.core.project.child.loading import LoadedProject
from alembic_rehearsal.core.project.child.wire import Wire

# With these, raised in its own code, a revision says in words that it cannot be rendered.
_REFUSALS = ("CommandError", "NotImplementedError")


class TookTooLong(BaseException):
    """Not for a project's `except Exception`: it may be waiting for a database that never comes."""


class Pages:
    """The file that Alembic writes the script into; `taken` begins a new page."""

    def __init__(self) -> None:
        self._page: list[str] = []

    def write(self, text: str) -> int:
        self._page.append(text)
        return len(text)

    def flush(self) -> None:
        """What is written is there at once."""

    def take_page(self) -> str:
        text, self._page = "".join(self._page), []
        return text


class Rendering:
    """One run of env.py in offline mode, from the revisions in `start` to the heads.

    `patience` is in seconds: for env.py to get to its migrations, and for each of them.
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
        """Render; the only word on the wire is `rendered` or `failed`."""
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
        options = self._context.opts
        return {
            "before": self._before,
            "steps": self._steps,
            "after": self._pages.take_page(),
            "version_table": options.get("version_table") or "alembic_version",
            "version_table_schema": options.get("version_table_schema") or "",
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
            raise CannotLoad(f"its URL in offline mode is one of {context.dialect.name}")
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

    def _recording_step(self, revision: str, told: dict[str, Any]) -> Any:
        """The step, of which `told` learns why it cannot be rendered."""
        step = migration_step(self._project.script, revision, is_upgrade=True)
        plain = step.migration_fn

        @functools.wraps(plain)  # Alembic prints its name
        def migrate(**kwargs: Any) -> None:
            _set_alarm(self._patience)
            told["preamble"] = self._pages.take_page()
            try:
                plain(**kwargs)
            except BaseException as error:
                folders = self._project.folders
                own = [self._project.file_of(revision), *folders]
                told["failure"] = dict(failure_of(error, own), revision=revision, up=True)
                is_in_words = type(error).__name__ in _REFUSALS
                told["is_declared"] = is_in_words and is_raised_by_project(error, folders)
            _set_alarm(self._patience)

        step.migration_fn = migrate
        return step


def _set_alarm(seconds: float) -> None:
    """Raise `TookTooLong` in so many seconds, unless wound again; 0 for never."""

    def ring(*_: Any) -> None:
        raise TookTooLong(f"it did not end within {seconds:g} s")

    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds)
