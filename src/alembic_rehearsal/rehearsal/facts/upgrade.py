"""Facts about upgrades: from empty, from production's schema, in other modes, and repeated."""

from __future__ import annotations

from dataclasses import dataclass

from alembic_rehearsal.core.project.steps import Failure, UpgradeRun, WalkMode
from alembic_rehearsal.core.schema.difference import Difference
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.rehearsal.facts.start import Start


@dataclass(frozen=True, slots=True)
class UpgradeFromEmpty:
    """`upgrade heads` on an empty database, in the project's own transaction mode.

    `preexisting_tables` are the tables that exist where the first revision fails: env.py, or a
    module that it imports, has made them.
    """

    upgrade: UpgradeRun
    preexisting_tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RestoredSnapshot:
    """The snapshot, restored and stamped: a sealed template to clone."""

    template: Database


@dataclass(frozen=True, slots=True)
class UpgradeFromSnapshot:
    """`upgrade heads` on production's schema, in the project's own transaction mode."""

    upgrade: UpgradeRun


@dataclass(frozen=True, slots=True)
class StartComparison:
    """The schema built from empty (first) against the one built from the snapshot (second).

    Real differences only: column order, and names that Postgres chose, are left out.
    """

    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class OtherModeUpgrade:
    """The same upgrade in another mode than the project's own.

    `differences` are the real ones between the schema at the end of the project's own mode
    (first) and of this one (second); empty where one of the two did not get to head.
    """

    start: Start
    mode: WalkMode
    upgrade: UpgradeRun
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class OtherModeUpgrades:
    """The upgrade in every mode that a deploy may use besides the project's own, by start."""

    upgrades: tuple[OtherModeUpgrade, ...]


@dataclass(frozen=True, slots=True)
class SecondRun:
    """`upgrade heads` on a database that is at head already.

    `planned` are the revisions that Alembic would run once more; `differences` are what the run
    changed, rows included, as an env.py that makes tables would; `failure` is how it failed.
    """

    start: Start
    planned: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class SecondRuns:
    """A second `upgrade heads` from each start that got to head."""

    runs: tuple[SecondRun, ...]
