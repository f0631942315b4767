"""What brings a database to head, decided from where it stands.

Pure: looks at nothing and does nothing; that is `initialize.py`'s story.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.project.steps import Step
from alembic_rehearsal.core.values.databases import DatabaseOptions
from alembic_rehearsal.core.values.errors import Refused
from alembic_rehearsal.deploy.refusals import (
    bootstrap_refusal,
    drift_refusal,
    expect_adoptable,
    unknown_revision_refusal,
)
from alembic_rehearsal.deploy.state import DatabaseState, Diagnosis, SchemaCheck
from alembic_rehearsal.deploy.target import Address
from alembic_rehearsal.snapshot.values import Snapshot


class Action(StrEnum):
    """What can be done about a database.  There is none that drops anything."""

    CREATE = "create the database"
    RESTORE = "restore the snapshot"
    STAMP = "stamp"
    UPGRADE = "upgrade"
    SEED = "seed"


@dataclass(frozen=True, slots=True)
class DeployOptions:
    """What may be done, and what was asked for.

    `snapshot` is production's, None where there is none.  `from_snapshot` starts an empty
    database with it; `replayable` False says that there is no other way to start one.  `lock` is
    the lock file, which may be missing.  `adopt` asks to stamp a database without a revision:
    with these revisions, or with none given with those whose schema it has; None does not.
    `version_table` is the project's own, "" for the only one.  `bootstrap` is what an empty
    database gets before its first migration, "" for none.
    `allow_drift` goes on where the schema is not that of the stamp.  `creation` is what a database
    is made with.  `seed` is the function that puts in first rows, "" for none.  `require` is the
    only dialect that will do, "" for any.  `config_option` is what a command of a remedy must be
    given to mean this project.
    """

    snapshot: Path | None = None
    from_snapshot: bool = False
    replayable: bool = True
    may_create: bool = True
    may_restore: bool = True
    lock: Path | None = None
    adopt: tuple[str, ...] | None = None
    allow_drift: bool = False
    version_table: str = ""
    seed: str = ""
    bootstrap: str = ""
    require: str = ""
    config_option: str = ""
    creation: DatabaseOptions = field(default_factory=DatabaseOptions)


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done about one database.

    Without `actions` it is at head.  `begins_at` are the revisions that the upgrade will
    find, stamped before where it is adopted, `pending` those that it will run.  `snapshot` is
    set where it will be restored.
    """

    address: Address
    options: DeployOptions
    history: History
    diagnosis: Diagnosis
    actions: tuple[Action, ...]
    start_revisions: tuple[str, ...]
    pending: tuple[str, ...]
    snapshot: Snapshot | None


@dataclass(frozen=True, slots=True)
class DeployResult:
    """What was done about one database.

    `actions` are those of this copy: another one may have done them in the meantime.
    `heads` are read by a second connection afterwards, and so is `schema`; `seconds` is wall
    time.
    """

    address: Address
    actions: tuple[Action, ...]
    start_revisions: tuple[str, ...]
    steps: tuple[Step, ...]
    heads: tuple[str, ...]
    schema_check: SchemaCheck
    seconds: float


def choose_actions(
    diagnosis: Diagnosis, options: DeployOptions, *, where: str
) -> tuple[Action, ...]:
    """The actions that bring a database to head, in order; none where it is there.

    `where` is its masked URL.  Raises `Refused` where going on would have to guess.
    """
    state = diagnosis.state
    if diagnosis.has_drifted and not options.allow_drift:
        raise drift_refusal(diagnosis, options, where)
    if state is DatabaseState.AT_HEAD:
        return ()
    if state is DatabaseState.BEHIND:
        return (Action.UPGRADE,)
    if state is DatabaseState.UNSTAMPED:
        expect_adoptable(diagnosis, options, where)
        return (Action.STAMP, Action.UPGRADE)
    if state is DatabaseState.UNKNOWN:
        raise unknown_revision_refusal(diagnosis, where)
    create = (Action.CREATE,) if state is DatabaseState.MISSING else ()
    if create and not options.may_create:
        raise Refused(
            f"{where} does not exist, and this command creates no database.",
            remedies=(
                f"rehearsal-init{options.config_option}   (creates it, and brings it to head)",
            ),
        )
    return (*create, *_start_actions(options, where), Action.UPGRADE)


def _start_actions(options: DeployOptions, where: str) -> tuple[Action, ...]:
    """How an empty database begins: with production's schema, or with nothing."""
    if not options.from_snapshot and options.replayable:
        if options.bootstrap:
            raise bootstrap_refusal(options.bootstrap, where, options.config_option)
        return ()
    if options.snapshot is not None and options.may_restore:
        return (Action.RESTORE,)
    cannot = "no snapshot is configured" if options.may_restore else "this command restores nothing"
    raise Refused(
        f"{where} has to start from production's snapshot, and {cannot}.",
        why=""
        if options.replayable
        else "settings say `replayable = false`: the history cannot be run from an empty database.",
        remedies=(
            f"rehearsal snapshot take --from URL{options.config_option}   "
            "(URL: production, or a copy of it)",
            'snapshot = "snapshots/production.sql" in [tool.rehearsal]',
        )
        if options.may_restore
        else (f"rehearsal-init --from-snapshot{options.config_option}",),
    )
