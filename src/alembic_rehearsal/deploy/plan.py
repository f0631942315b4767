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
from alembic_rehearsal.deploy.refusals import another, expect_adoptable, unbootstrapped, unknown
from alembic_rehearsal.deploy.state import Schema, Standing, State
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
    terms: DeployOptions
    history: History
    standing: Standing
    actions: tuple[Action, ...]
    begins_at: tuple[str, ...]
    pending: tuple[str, ...]
    snapshot: Snapshot | None


@dataclass(frozen=True, slots=True)
class Initialized:
    """What was done about one database.

    `actions` are those of this copy: another one may have done them in the meantime.
    `heads` are read by a second connection afterwards, and so is `schema`; `seconds` is wall
    time.
    """

    address: Address
    actions: tuple[Action, ...]
    begins_at: tuple[str, ...]
    steps: tuple[Step, ...]
    heads: tuple[str, ...]
    schema: Schema
    seconds: float


def way_to_head(standing: Standing, terms: DeployOptions, *, where: str) -> tuple[Action, ...]:
    """The actions that bring a database to head, in order; none where it is there.

    `where` is its masked URL.  Raises `Refused` where going on would have to guess.
    """
    state = standing.state
    if standing.is_another and not terms.allow_drift:
        raise another(standing, terms, where)
    if state is State.AT_HEAD:
        return ()
    if state is State.BEHIND:
        return (Action.UPGRADE,)
    if state is State.UNSTAMPED:
        expect_adoptable(standing, terms, where)
        return (Action.STAMP, Action.UPGRADE)
    if state is State.UNKNOWN:
        raise unknown(standing, where)
    create = (Action.CREATE,) if state is State.MISSING else ()
    if create and not terms.may_create:
        raise Refused(
            f"{where} does not exist, and this command creates no database.",
            remedies=(
                f"rehearsal-init{terms.config_option}   (creates it, and brings it to head)",
            ),
        )
    return (*create, *_start(terms, where), Action.UPGRADE)


def _start(terms: DeployOptions, where: str) -> tuple[Action, ...]:
    """How an empty database begins: with production's schema, or with nothing."""
    if not terms.from_snapshot and terms.replayable:
        if terms.bootstrap:
            raise unbootstrapped(terms.bootstrap, where, terms.config_option)
        return ()
    if terms.snapshot is not None and terms.may_restore:
        return (Action.RESTORE,)
    cannot = "no snapshot is configured" if terms.may_restore else "this command restores nothing"
    raise Refused(
        f"{where} has to start from production's snapshot, and {cannot}.",
        why=""
        if terms.replayable
        else "settings say `replayable = false`: the history cannot be run from an empty database.",
        remedies=(
            f"rehearsal snapshot take --from URL{terms.config_option}   "
            "(URL: production, or a copy of it)",
            'snapshot = "snapshots/production.sql" in [tool.rehearsal]',
        )
        if terms.may_restore
        else (f"rehearsal-init --from-snapshot{terms.config_option}",),
    )
