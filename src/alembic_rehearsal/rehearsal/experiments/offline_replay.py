"""Runs a printed script on a database as psql would; Alembic runs what cannot be printed.

It returns the database and the failures; `offline.py` compares the result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg2

from alembic_rehearsal.core.postgres.connections import Connection, connect
from alembic_rehearsal.core.postgres.psql_script import statements_of
from alembic_rehearsal.core.project.answers import OfflineScript, StepFailed
from alembic_rehearsal.core.project.steps import Failure, WalkMode
from alembic_rehearsal.core.schema.query import RunSql
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.rehearsal.runner.checkpoints import Checkpoints
from alembic_rehearsal.rehearsal.runner.context import Context

# Called after each step: how many steps were taken, and how to query that step's session.
OnReplayStep = Callable[[int, RunSql], None]


@dataclass(frozen=True, slots=True)
class Replay:
    """One upgrade by a printed script; each stretch of printed revisions is a script of its own.

    After a step that fails, the next one is run on a database on which Alembic took that step.
    `failures` has the failures of all steps.
    """

    context: Context
    checkpoints: Checkpoints
    script: OfflineScript
    on_step: OnReplayStep = lambda count, ask: None
    failures: list[Failure] = field(default_factory=list)

    def run(self) -> Database | None:
        """Run the whole script; return the database, None where the end was not reached."""
        database = self._make_database_at(0)
        at = 0
        while database is not None and at < len(self.script.steps):
            end = self._end_of_stretch(at)
            run = self._run_with_alembic if self.script.steps[at].failure else self._run_script
            at, failure = run(database, at, end)
            if failure is not None:
                self.failures.append(failure)
                self.context.discard(database)
                database = self._make_database_at(at)
        return database

    def _make_database_at(self, count: int) -> Database | None:
        """Make a database on which Alembic took the first `count` steps; None where it cannot."""
        steps = [each.revision for each in self.script.steps[:count]]
        if self.context.interrupted.is_set():
            return None
        try:
            if set(steps) == set(self.checkpoints.plan[:count]):
                return self.checkpoints.make_database_at(count)
            return self._walk_to(steps)  # the script takes branches in another order
        except StepFailed:  # it fails in another transaction mode: U10 reports that
            return None

    def _walk_to(self, steps: list[str]) -> Database:
        database = self.checkpoints.make_database_at(0)
        try:
            with self.context.open_walk(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk:
                for revision in steps:
                    walk.up(revision)
        except StepFailed:
            self.context.discard(database)
            raise
        return database

    def _end_of_stretch(self, at: int) -> int:
        steps = self.script.steps
        is_printed = steps[at].failure is None
        later = range(at + 1, len(steps))
        return next((i for i in later if (steps[i].failure is None) != is_printed), len(steps))

    def _run_with_alembic(
        self, database: Database, at: int, end: int
    ) -> tuple[int, Failure | None]:
        """Let Alembic run these steps; return how many are done, and a failure."""
        try:
            with self.context.open_walk(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk:
                for index in range(at, end):
                    at = index
                    walk.up(self.script.steps[index].revision)
                    self.on_step(index + 1, walk.run_sql)
        except StepFailed as stopped:
            return at + 1, replace(stopped.failure, revision=self.script.steps[at].revision)
        return end, None

    def _run_script(self, database: Database, at: int, end: int) -> tuple[int, Failure | None]:
        """Send these steps as a script of their own; return the same as `_run_with_alembic`."""
        with connect(database) as connection:
            for index in range(at, end):
                step = self.script.steps[index]
                begin = (self.script.before if index == at else "") + step.preamble
                text = step.sql + (self.script.after if index + 1 == end else "")
                failure = self._send(connection, begin, "")
                failure = failure or self._send(connection, text, step.revision)
                if failure is not None:
                    return index + 1, failure
                self.on_step(index + 1, _ask_through(connection))
        return end, None

    def _send(self, connection: Connection, text: str, revision: str) -> Failure | None:
        """Run statements in autocommit mode, so that the script's own BEGIN and COMMIT count."""
        found = self.context.history.find(revision)
        for statement in statements_of(text):
            try:
                with connection.cursor() as cursor:
                    cursor.execute(statement)  # without parameters: a % is a %
            except psycopg2.Error as error:
                return Failure(
                    message=error.diag.message_primary or str(error).strip(),
                    kind=type(error).__name__,
                    path=found.path if found else None,
                    line=1,
                    revision=revision,
                    statement=statement,
                    sqlstate=error.pgcode or "",
                )
        return None


def _ask_through(connection: Connection) -> RunSql:
    def ask(statement: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    return ask
