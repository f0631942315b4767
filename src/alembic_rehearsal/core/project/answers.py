"""The child's answers as frozen values, and `StepFailed`, the error of a failed step.

Converts the child's JSON only: knows no pipe and no interpreter, and judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic_rehearsal.core.history.revisions import LoadProblem
from alembic_rehearsal.core.project.model_answers import (
    UnimportableModule,
    UnimportedModels,
    UnimportedTable,
)
from alembic_rehearsal.core.project.steps import Detour, Direction, Failure
from alembic_rehearsal.core.schema.version_table import configured_name
from alembic_rehearsal.core.values.errors import RehearsalError
from alembic_rehearsal.core.values.urls import mask


@dataclass(frozen=True, slots=True)
class RawRevision:
    """One revision as Alembic sees it; `history.py` reads the revision's source code."""

    id: str
    down: tuple[str, ...]
    depends_on: tuple[str, ...]
    doc: str
    path: Path
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawHistory:
    """The revisions up to the target in upgrade order, base first; none if there is a `problem`.

    `target` is the project's own, `location` the folder of env.py.  `paths` are the folders that
    the project imports its own code from.
    """

    revisions: tuple[RawRevision, ...]
    heads: tuple[str, ...]
    location: Path
    problem: LoadProblem | None = None
    paths: tuple[Path, ...] = ()
    target: str = ""


@dataclass(frozen=True, slots=True)
class ConnectedDatabase:
    """The database that the project is connected to, read over the project's own connection.

    `address` and `port` are the server's own, "" and 0 over a Unix socket.  `comment` is
    the database's comment, "" for none: databases that we create have our marker there.
    """

    database: str
    backend_pid: int
    address: str
    port: int
    comment: str


@dataclass(frozen=True, slots=True)
class EnvConfiguration:
    """The options that env.py passed to `context.configure`, and the state of its connection.

    `heads` are the revisions of the database.  `version_table_schema` is "" for the default
    schema.  `is_in_transaction` says that one transaction stays open over all steps, so that
    no other session sees what a step did; `transaction_begun_by` is the statement of env.py
    that began it before Alembic, "" if none did.  `connected_to` is None on SQLite.
    """

    heads: tuple[str, ...]
    version_table: str
    version_table_schema: str
    transaction_per_migration: bool
    include_schemas: bool
    has_target_metadata: bool
    is_in_transaction: bool
    dialect: str
    connected_to: ConnectedDatabase | None
    transaction_begun_by: str = ""


@dataclass(frozen=True, slots=True)
class RenderedStep:
    """The SQL of one revision's upgrade, the change of the version table included.

    `preamble` is what Alembic prints before it: BEGIN, and for the first revision the version
    table.  `failure` says why there is no SQL, and then `sql` has no meaning.  `is_declared`
    says that the revision's own code raised a CommandError or NotImplementedError.
    """

    revision: str
    sql: str
    failure: Failure | None = None
    is_declared: bool = False
    preamble: str = ""


@dataclass(frozen=True, slots=True)
class OfflineScript:
    """What `alembic upgrade ...:heads --sql` prints: before the revisions, for each, and after.

    `version_table` is its name in SQL, with the schema if env.py gives one.
    """

    before: str
    steps: tuple[RenderedStep, ...]
    after: str
    version_table: str


class StepFailed(RehearsalError):
    """A step failed, or what env.py does before it, or the commit after it (exit code 1)."""

    exit_code = 1

    def __init__(self, failure: Failure) -> None:
        where = f"{failure.path}:{failure.line}: " if failure.path else ""
        task = f"{failure.direction} of {failure.revision}: " if failure.revision else ""
        super().__init__(f"{where}{task}{failure.message}", why=failure.statement)
        self.failure = failure


def read_raw_history(answer: dict[str, Any], target: str) -> RawHistory:
    location = Path(answer["location"])
    problem = answer["problem"]
    if problem is not None:
        found = LoadProblem(
            mask(problem["message"]),
            Path(problem["path"]),
            problem["line"],
            problem.get("revision", ""),
        )
        return RawHistory((), (), location, found, target=target)
    revisions = tuple(_read_revision(each) for each in answer["revisions"])
    paths = tuple(Path(each) for each in answer["paths"])
    return RawHistory(revisions, tuple(answer["heads"]), location, paths=paths, target=target)


def _read_revision(answer: dict[str, Any]) -> RawRevision:
    return RawRevision(
        answer["id"],
        tuple(answer["down"]),
        tuple(answer["depends_on"]),
        answer["doc"],
        Path(answer["path"]),
        tuple(answer["labels"]),
    )


def read_configuration(answer: dict[str, Any]) -> EnvConfiguration:
    connected = None
    if answer["seen"] is not None:
        database, backend, address, port, comment = answer["seen"]
        connected = ConnectedDatabase(database, backend, address or "", port or 0, comment or "")
    return EnvConfiguration(
        heads=tuple(answer["heads"]),
        version_table=answer["version_table"],
        version_table_schema=answer["version_table_schema"],
        transaction_per_migration=answer["transaction_per_migration"],
        include_schemas=answer["include_schemas"],
        has_target_metadata=answer["has_target_metadata"],
        is_in_transaction=answer["is_open"],
        dialect=answer["dialect"],
        connected_to=connected,
        transaction_begun_by=mask(answer["begun_by"]),
    )


def read_script(answer: dict[str, Any]) -> OfflineScript:
    steps = tuple(_read_rendered_step(each) for each in answer["steps"])
    name = configured_name(answer["version_table"], answer["version_table_schema"])
    return OfflineScript(answer["before"], steps, answer["after"], name)


def _read_rendered_step(answer: dict[str, Any]) -> RenderedStep:
    failure = read_failure(answer["failure"]) if answer["failure"] else None
    return RenderedStep(
        answer["revision"],
        answer["sql"],
        failure,
        answer["is_declared"],
        answer["preamble"],
    )


def read_unimported_models(answer: dict[str, Any]) -> UnimportedModels:
    tables = (
        UnimportedTable(
            each["table"], each["module"], Path(each["path"]), each["line"], each["name"]
        )
        for each in answer["tables"]
    )
    failed = (
        UnimportableModule(each["module"], Path(each["path"]), each["line"], mask(each["message"]))
        for each in answer["failed"]
    )
    import_file = Path(answer["place"])
    return UnimportedModels(tuple(answer["packages"]), tuple(tables), tuple(failed), import_file)


def read_failure(answer: dict[str, Any]) -> Failure:
    return Failure(
        message=mask(answer["message"]),
        kind=answer["kind"],
        path=Path(answer["path"]) if answer["path"] else None,
        line=answer["line"],
        revision=answer["revision"],
        direction=Direction.UP if answer["up"] else Direction.DOWN,
        statement=mask(answer["statement"]),
        sqlstate=answer["sqlstate"],
    )


def read_detour(answer: dict[str, Any]) -> Detour:
    return Detour(answer["driver"], mask(answer["asked"]), answer["outcome"])
