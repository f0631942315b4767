"""The actions that bring a database to head, chosen from its state.

Pure: `decide.py` reads the database, `initialize.py` carries the plan out.
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
    """What can be done to a database.  No action drops anything."""

    CREATE = "create the database"
    RESTORE = "restore the snapshot"
    STAMP = "stamp"
    UPGRADE = "upgrade"
    SEED = "seed"


@dataclass(frozen=True, slots=True)
class DeployOptions:
    """What a deploy may do, and what it was asked to do.

    `snapshot` is production's, None where there is none.  `from_snapshot` starts an empty
    database with it; `replayable` False says that an empty database can start in no other way.
    `may_create` and `may_restore` allow these actions.  `lock` is the lock file, which may be
    missing.  `adopt` stamps a database without a revision: with these revisions, or, where it
    is empty, with the revision that the schema matches; None stamps nothing.  `allow_drift`
    continues where the schema does not match the stamp.  `version_table` is the project's own,
    "" for the only one.  `seed` is the function that inserts the first rows, "" for none.
    `bootstrap` is the program that an empty database needs before its first migration, "" for
    none.  `require` is the only accepted dialect, "" for any.  `config_option` is the option
    that a command in a remedy needs to mean this project.  `creation` has the options of
    CREATE DATABASE.
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
    """What will be done to one database.

    Without `actions` it is at head.  `start_revisions` are the revisions that the upgrade will
    find (after restoring or stamping), `pending` those that it will run.  `snapshot` is set
    where it will be restored.
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
    """What was done to one database.

    `actions` are those of this copy: another copy may have done the others in the meantime.
    `heads` and `schema_check` are read afterwards by another connection than the upgrade's.
    `seconds` is wall time, without the planning.
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
    """The actions that bring a database to head, in order; none where it is at head.

    `where` is its masked URL.  Raises `Refused` where only a person can decide.
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
    """An empty database starts with production's schema, or with nothing."""
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
