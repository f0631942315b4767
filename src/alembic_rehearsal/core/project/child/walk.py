"""The child's side of a walk: one run of env.py whose steps the parent requests one by one.

Alembic iterates over the steps lazily, so between two of them this code runs on the same
connection, in the transaction that env.py chose; `answering.py` answers requests there.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from typing import Any

from alembic_rehearsal.core.project.child.alembic_private import (
    clear_memo,
    make_version_table,
    migration_step,
    per_migration_transaction,
)
from alembic_rehearsal.core.project.child.answering import Responder
from alembic_rehearsal.core.project.child.failures import CannotLoad, RanNothing, failure_of
from alembic_rehearsal.core.project.child.loading import LoadedProject
from alembic_rehearsal.core.project.child.statements import StatementLog
from alembic_rehearsal.core.project.child.wire import Wire


class Abandoned(BaseException):
    """The parent abandons this walk: roll back."""


class EnvRun:
    """One run of env.py.

    `each_alone`: every step has a transaction of its own; `forgetful`: Alembic's memory of
    created enum types is cleared before each step, as if each were a separate command.
    """

    def __init__(
        self, wire: Wire, project: LoadedProject, *, each_alone: bool, forgetful: bool
    ) -> None:
        self._wire = wire
        self._project = project
        self._each_alone = each_alone
        self._forgetful = forgetful
        self._context: Any = None
        self._step: dict[str, Any] = {}
        self._step_error: BaseException | None = None
        self._was_in_transaction = True
        self._begun_by = ""
        self._arguments: dict[str, Any] = {}
        self._statements = StatementLog()
        self._has_written = False

    def run(self) -> None:
        """Run env.py; the last message sent is `ended` or `failed`."""
        try:
            self._run_env()
            error = self._step_error or self._unfinished_error()
        except Abandoned:
            error = None
        except SystemExit as exited:  # `alembic` itself succeeds with exit code 0
            error = self._step_error or (exited if exited.code else self._unfinished_error())
        except BaseException as raised:
            error = self._step_error or raised
        if error is None:
            self._wire.send("ended")
        else:
            self._send_failure(error)

    def _run_env(self) -> None:
        from alembic.runtime.environment import EnvironmentContext

        self._statements.listen()
        environment = EnvironmentContext(
            self._project.config,
            self._project.script,
            fn=self._steps,
            as_sql=False,
            starting_rev=None,
            destination_rev="head",
            tag=None,
            dont_mutate=True,  # a walk without a step creates no version table
        )
        self._wrap_environment(environment)
        with environment:
            self._project.run_env()

    def _wrap_environment(self, environment: Any) -> None:
        """Set the transaction mode, and note a transaction that env.py began before Alembic."""
        configure, run_migrations = environment.configure, environment.run_migrations

        @functools.wraps(configure)
        def configured(*args: Any, **options: Any) -> None:
            if self._each_alone:
                options["transaction_per_migration"] = True
            configure(*args, **options)

        @functools.wraps(run_migrations)
        def run(**kwargs: Any) -> None:
            self._arguments = kwargs
            connection = environment.get_context().connection
            self._was_in_transaction = connection.in_transaction()
            if self._was_in_transaction:
                self._begun_by = self._statements.first_in_transaction(connection)
            run_migrations(**kwargs)

        environment.configure, environment.run_migrations = configured, run

    def _unfinished_error(self) -> Exception | None:
        """The error when env.py ended without an error before all was done, else None."""
        if self._context is None:
            return RanNothing("env.py ended without running any migration")
        if self._step:
            return CannotLoad(f"env.py ended in the middle of revision {self._step['revision']}")
        return None

    def _send_failure(self, error: BaseException) -> None:
        folders = self._project.folders
        if self._step:
            folders = [self._project.file_of(self._step["revision"]), *folders]
        failure = failure_of(error, folders, self._statements.last if self._step else "")
        failure.update(revision=self._step.get("revision", ""), up=self._step.get("up", True))
        opened = self._context is not None
        self._wire.send("failed", failure=failure, opened=opened, is_last=True)

    # --- what Alembic iterates over

    def _steps(self, heads: tuple[str, ...], context: Any) -> Iterator[Any]:
        if self._context is not None:
            raise CannotLoad("env.py runs its migrations twice (several databases or schemas)")
        self._context = context
        if not self._was_in_transaction and context.connection.in_transaction():
            context.connection.get_transaction().commit()  # begun by Alembic to read the heads
        responder = Responder(self._wire, self._project, context, self._statements)
        self._wire.send(
            "opened", heads=list(heads), begun_by=self._begun_by, **responder.configuration()
        )
        has_version_table = bool(heads)
        for request in self._step_requests(responder):
            if self._forgetful:
                clear_memo(context)
            if not has_version_table:
                make_version_table(context)
                has_version_table = True
            self._step = request
            started = time.perf_counter()
            if request["again"]:
                self._run_again(request["revision"])
            else:
                yield self._recording_step(request)
            seconds = time.perf_counter() - started
            self._wire.send("done", seconds=seconds, wrote=self._has_written)
            self._step = {}

    def _step_requests(self, responder: Responder) -> Iterator[dict[str, Any]]:
        """The parent's requests for steps; other requests are answered in between."""
        while True:
            request = self._wire.receive()
            if request["do"] == "end":
                return
            if request["do"] == "abandon":
                raise Abandoned
            if request["do"] == "step":
                yield request
            else:
                responder.answer(request)

    def _recording_step(self, request: dict[str, Any]) -> Any:
        """The step; it keeps its exception in `_step_error`, because env.py may suppress it."""
        step = migration_step(self._project.script, request["revision"], is_upgrade=request["up"])
        plain = step.migration_fn

        @functools.wraps(plain)  # Alembic logs its name
        def migrate(**kwargs: Any) -> None:
            self._statements.reset()
            try:
                plain(**kwargs)
            except BaseException as error:
                self._step_error = error
                raise
            self._has_written = self._statements.wrote  # before Alembic writes the version table

        step.migration_fn = migrate
        return step

    def _run_again(self, revision: str) -> None:
        """Run an applied revision's upgrade, not as a step, so that the version table stays."""
        step = self._recording_step({"revision": revision, "up": True})
        with per_migration_transaction(self._context):
            step.migration_fn(**self._arguments)
