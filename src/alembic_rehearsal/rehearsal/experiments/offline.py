"""Experiment: run the SQL that `alembic upgrade --sql` prints, and compare with the upgrade.

How the script is run is in `offline_replay.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.project.answers import OfflineScript, StepFailed
from alembic_rehearsal.core.project.steps import Failure, UpgradeRun, WalkMode
from alembic_rehearsal.core.rows.checksums import (
    VALUE_CHECKSUM,
    RowChecksums,
    read_row_checksums,
    row_differences,
)
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.schema.incremental import IncrementalReader
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.core.schema.query import RunSql, read_only_session
from alembic_rehearsal.core.schema.version_table import read_stamp
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.rehearsal.experiments.offline_replay import Replay
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, LoadedSnapshot
from alembic_rehearsal.rehearsal.facts.offline import (
    OfflineDivergence,
    OfflineSql,
    UnprintableRevision,
)
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import (
    RestoredSnapshot,
    UpgradeFromEmpty,
    UpgradeFromSnapshot,
)
from alembic_rehearsal.rehearsal.runner.checkpoints import Checkpoints
from alembic_rehearsal.rehearsal.runner.context import INTERRUPTED, Context, Experiment, Skip


def replay_offline_sql(context: Context, evidence: Evidence) -> OfflineSql:
    """Print the SQL of each upgrade that got to head, run it, and compare.

    Raises `Skip` where no upgrade got to head or env.py prints no SQL, and after an interruption.
    """
    comparisons = [
        _ScriptComparison(
            context,
            context.checkpoints_from(evidence, start),
            upgrade,
            _render_script(context, evidence, start),
        )
        for start, upgrade in context.upgrades_at_head(evidence).items()
    ]
    with ThreadPoolExecutor(len(comparisons)) as pool:
        found = [
            each
            for divergences in pool.map(_ScriptComparison.find_divergences, comparisons)
            for each in divergences
        ]
    unprintable = {
        step.revision: UnprintableRevision(step.failure, step.is_declared)
        for each in comparisons
        for step in each.script.steps
        if step.failure is not None
    }
    if context.interrupted.is_set():
        raise Skip(INTERRUPTED)
    return OfflineSql(tuple(found), tuple(unprintable.values()))


def _render_script(context: Context, evidence: Evidence, start: Start) -> OfflineScript:
    stamped = context.bootstrap.stamp
    if start is Start.SNAPSHOT:
        stamped = evidence.fact(LoadedSnapshot).snapshot.provenance.revisions
    try:
        with context.pool.borrow_child() as child:
            return child.render(stamped)
    except StepFailed as stopped:
        raise Skip(_skip_reason(stopped.failure)) from stopped


def _skip_reason(failure: Failure) -> str:
    where = f" ({failure.path}:{failure.line})" if failure.path else ""
    if failure.kind == "FenceRefused":
        return f"env.py connects to the database although SQL alone is asked for{where}"
    return f"env.py prints no SQL{where}: {failure.message}"


@dataclass(frozen=True, slots=True)
class _SchemaAndRows:
    """A database at one moment: its schema, and the checksums of its rows."""

    picture: Picture
    row_checksums: RowChecksums

    def differences(self, other: _SchemaAndRows) -> frozenset[Difference]:
        found = (each for each in compare(self.picture, other.picture) if each.real)
        return frozenset(found) | row_differences(self.row_checksums, other.row_checksums)


@dataclass(frozen=True, slots=True)
class _ScriptComparison:
    """One upgrade, and the printed script that should do the same."""

    context: Context
    checkpoints: Checkpoints
    upgrade: UpgradeRun
    script: OfflineScript

    def find_divergences(self) -> list[OfflineDivergence]:
        replay = Replay(self.context, self.checkpoints, self.script)
        end = replay.run()
        start = self.checkpoints.start
        unprinted = {step.revision for step in self.script.steps if step.failure}
        found = [
            OfflineDivergence(start, each.revision, each, is_printed=each.revision not in unprinted)
            for each in replay.failures
        ]
        differences = frozenset[Difference]()
        if end is not None:
            differences = self._compare_ends(end)
            self.context.discard(end)
        if differences or replay.failures:
            failed = {each.revision for each in replay.failures}
            blamed = self._blame_revisions(differences, failed)
            found += [OfflineDivergence(start, id, differences=each) for id, each in blamed.items()]
        return found

    def _compare_ends(self, end: Database) -> frozenset[Difference]:
        """The differences between the upgrade's database and the script's, `end`."""
        upgraded, printed = self._read_state(self.upgrade.database), self._read_state(end)
        upgraded = replace(upgraded, picture=self.context.final_schema(self.upgrade.database))
        found = upgraded.differences(printed) | self._compare_stamps(end)
        rows = row_differences(upgraded.row_checksums, printed.row_checksums)
        return found - self._find_varying_rows(upgraded, rows) if rows else found

    def _read_state(self, database: Database) -> _SchemaAndRows:
        with read_only_session(database) as ask:
            return _SchemaAndRows(
                IncrementalReader(ask).read_picture(), self._read_row_checksums(ask)
            )

    def _read_row_checksums(self, ask: RunSql) -> RowChecksums:
        return read_row_checksums(ask, self.script.version_table)

    def _compare_stamps(self, end: Database) -> frozenset[Difference]:
        with connect(end) as connection:
            stamp = read_stamp(connection, self.script.version_table)
        first, second = (", ".join(sorted(each)) for each in (self.upgrade.heads, stamp))
        if first == second:
            return frozenset()
        name = self.script.version_table
        return frozenset({Difference("rows of", name, Change.CHANGED, "stamp", first, second)})

    def _find_varying_rows(
        self, upgraded: _SchemaAndRows, rows: frozenset[Difference]
    ) -> frozenset[Difference]:
        """The differences in rows that a second upgrade writes differently, too: clock, chance."""
        with self.context.temporary_database_at(self.checkpoints, 0) as database:
            self.context.upgrade(database, lambda step: None)
            again = self._read_state(database).row_checksums
        varying = {
            (each.kind, each.name) for each in row_differences(upgraded.row_checksums, again)
        }
        return frozenset(each for each in rows if (each.kind, each.name) in varying)

    def _blame_revisions(
        self, found: frozenset[Difference], failed: set[str]
    ) -> dict[str, tuple[Difference, ...]]:
        """The differences, keyed by the revision after which each is seen first.

        These are the ones `found` at the end, and those seen before a step that `failed`, which
        may be the cause; differences in values are not, since the clock may cause them.
        """
        upgraded, printed = self._upgrade_states(), self._script_states()
        blamed: dict[str, dict[_Subject, Difference]] = defaultdict(dict)
        first: dict[_Subject, str] = {}
        last: dict[_Subject, Difference] = {}
        for count, step in enumerate(self.script.steps, start=1):
            if step.revision in failed:
                for subject, each in last.items():
                    if each.kind != VALUE_CHECKSUM:
                        blamed[first[subject]][subject] = each
                last = {}
            elif count in upgraded and count in printed:
                now = {_subject(each): each for each in upgraded[count].differences(printed[count])}
                first.update(dict.fromkeys(now.keys() - last.keys(), step.revision))
                last = now
        for each in found:
            blamed[first.get(_subject(each), "")][_subject(each)] = each
        return {id: _sorted(each.values()) for id, each in blamed.items()}

    def _upgrade_states(self) -> dict[int, _SchemaAndRows]:
        """The states during Alembic's own upgrade, by how many steps were taken."""
        states: dict[int, _SchemaAndRows] = {}
        try:
            with (
                self.context.temporary_database_at(self.checkpoints, 0) as database,
                self.context.open_walk(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
                read_only_session(database) as ask,
            ):
                reader = IncrementalReader(ask)
                for count, step in enumerate(self.script.steps, start=1):
                    walk.up(step.revision)
                    states[count] = _SchemaAndRows(
                        reader.read_picture(), self._read_row_checksums(ask)
                    )
        except StepFailed:  # it fails in another transaction mode: U10 reports that
            pass
        return states

    def _script_states(self) -> dict[int, _SchemaAndRows]:
        """The states during the printed script, by how many steps were taken."""
        states: dict[int, _SchemaAndRows] = {}

        def record(count: int, ask: RunSql) -> None:
            states[count] = _SchemaAndRows(
                IncrementalReader(ask).read_picture(), self._read_row_checksums(ask)
            )

        end = Replay(self.context, self.checkpoints, self.script, record).run()
        if end is not None:
            self.context.discard(end)
        return states


_Subject = tuple[str, str, str]


def _subject(difference: Difference) -> _Subject:
    """What a difference is about, without its values, which a later revision may change."""
    return difference.kind, difference.name, difference.attribute


def _sorted(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    return tuple(sorted(differences, key=_subject))


OFFLINE_SQL = Experiment(
    "run the SQL that offline mode prints",
    OfflineSql,
    (),
    replay_offline_sql,
    after=(RestoredSnapshot, UpgradeFromEmpty, UpgradeFromSnapshot),
)
