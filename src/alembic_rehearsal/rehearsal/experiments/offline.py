"""The SQL that `alembic upgrade --sql` prints, run on clones and held to the upgrade itself."""

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
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, SnapshotRead
from alembic_rehearsal.rehearsal.facts.offline import Deviation, Offline, Unrendered
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import FromEmpty, FromSnapshot, Restored
from alembic_rehearsal.rehearsal.runner.checkpoints import Checkpoints
from alembic_rehearsal.rehearsal.runner.context import INTERRUPTED, Context, Experiment, Skip


def offline(stage: Context, scene: Evidence) -> Offline:
    """Print the way up from each start that got to head, and run what was printed."""
    ways = [
        _Way(stage, stage.ladder(scene, start), walked, _printed(stage, scene, start))
        for start, walked in scene.ways_up.items()
        if stage.is_at_head(walked)
    ]
    if not ways:
        raise Skip("no upgrade got to head")
    with ThreadPoolExecutor(len(ways)) as pool:
        found = [each for deviations in pool.map(_Way.deviations, ways) for each in deviations]
    unrendered = {
        step.revision: Unrendered(step.failure, step.is_declared)
        for way in ways
        for step in way.script.steps
        if step.failure is not None
    }
    if stage.ended.is_set():
        raise Skip(INTERRUPTED)
    return Offline(tuple(found), tuple(unrendered.values()))


def _printed(stage: Context, scene: Evidence, start: Start) -> OfflineScript:
    stamped = stage.origin.stamp
    if start is Start.SNAPSHOT:
        stamped = scene.fact(SnapshotRead).snapshot.provenance.revisions
    try:
        with stage.pool.borrow_child() as child:
            return child.render(stamped)
    except StepFailed as stopped:
        raise Skip(_why(stopped.failure)) from stopped


def _why(failure: Failure) -> str:
    where = f" ({failure.path}:{failure.line})" if failure.path else ""
    if failure.kind == "FenceRefused":
        return f"env.py connects to the database although SQL alone is asked for{where}"
    return f"env.py prints no SQL{where}: {failure.message}"


@dataclass(frozen=True, slots=True)
class _State:
    """What a database was at one moment: its schema, and marks of its rows."""

    picture: Picture
    marks: RowChecksums

    def unlike(self, other: _State) -> frozenset[Difference]:
        found = (each for each in compare(self.picture, other.picture) if each.real)
        return frozenset(found) | row_differences(self.marks, other.marks)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way up that the upgrade has gone, and the script that should go it, too."""

    stage: Context
    ladder: Checkpoints
    walked: UpgradeRun
    script: OfflineScript

    def deviations(self) -> list[Deviation]:
        replay = Replay(self.stage, self.ladder, self.script)
        end = replay.run()
        start = self.ladder.start
        unprinted = {step.revision for step in self.script.steps if step.failure}
        found = [
            Deviation(start, each.revision, each, is_printed=each.revision not in unprinted)
            for each in replay.failures
        ]
        differences = frozenset[Difference]()
        if end is not None:
            differences = self._differences(end)
            self.stage.discard(end)
        if differences or replay.failures:
            failed = {each.revision for each in replay.failures}
            blamed = self._blamed(differences, failed)
            found += [Deviation(start, id, differences=each) for id, each in blamed.items()]
        return found

    def _differences(self, end: Database) -> frozenset[Difference]:
        """Between the upgrade and the script, at their ends."""
        upgraded, printed = self._state(self.walked.database), self._state(end)
        upgraded = replace(upgraded, picture=self.stage.schema(self.walked.database))
        found = upgraded.unlike(printed) | self._stamps(end)
        rows = row_differences(upgraded.marks, printed.marks)
        return found - self._chance(upgraded, rows) if rows else found

    def _state(self, database: Database) -> _State:
        with read_only_session(database) as ask:
            return _State(IncrementalReader(ask).read_picture(), self._marks(ask))

    def _marks(self, ask: RunSql) -> RowChecksums:
        return read_row_checksums(ask, self.script.version_table)

    def _stamps(self, end: Database) -> frozenset[Difference]:
        with connect(end) as connection:
            stamp = read_stamp(connection, self.script.version_table)
        first, second = (", ".join(sorted(each)) for each in (self.walked.heads, stamp))
        if first == second:
            return frozenset()
        name = self.script.version_table
        return frozenset({Difference("rows of", name, Change.CHANGED, "stamp", first, second)})

    def _chance(self, upgraded: _State, rows: frozenset[Difference]) -> frozenset[Difference]:
        """Those of the rows that a second upgrade does not write alike, either: clock, chance."""
        with self.stage.scratch(self.ladder, 0) as database:
            self.stage.upgraded(database, lambda step: None)
            again = self._state(database).marks
        varying = {(each.kind, each.name) for each in row_differences(upgraded.marks, again)}
        return frozenset(each for each in rows if (each.kind, each.name) in varying)

    def _blamed(
        self, found: frozenset[Difference], failed: set[str]
    ) -> dict[str, tuple[Difference, ...]]:
        """Differences by the revision after which each is seen first.

        Those `found` at the end, and those before a step that `failed`: they may be why, but
        for values, which may differ by the clock.
        """
        upgraded, printed = self._upgraded_by_step(), self._printed_by_step()
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
                now = {_subject(each): each for each in upgraded[count].unlike(printed[count])}
                first.update(dict.fromkeys(now.keys() - last.keys(), step.revision))
                last = now
        for each in found:
            blamed[first.get(_subject(each), "")][_subject(each)] = each
        return {id: _sorted(some.values()) for id, some in blamed.items()}

    def _upgraded_by_step(self) -> dict[int, _State]:
        """The states on Alembic's own way, by how many steps were taken."""
        states: dict[int, _State] = {}
        try:
            with (
                self.stage.scratch(self.ladder, 0) as database,
                self.stage.walking(database, mode=WalkMode.COMMAND_PER_MIGRATION) as walk,
                read_only_session(database) as ask,
            ):
                reader = IncrementalReader(ask)
                for count, step in enumerate(self.script.steps, start=1):
                    walk.up(step.revision)
                    states[count] = _State(reader.read_picture(), self._marks(ask))
        except StepFailed:  # in other transactions than the upgrade's: a finding of its own
            pass
        return states

    def _printed_by_step(self) -> dict[int, _State]:
        states: dict[int, _State] = {}

        def look(count: int, ask: RunSql) -> None:
            states[count] = _State(IncrementalReader(ask).read_picture(), self._marks(ask))

        end = Replay(self.stage, self.ladder, self.script, look).run()
        if end is not None:
            self.stage.discard(end)
        return states


_Subject = tuple[str, str, str]


def _subject(difference: Difference) -> _Subject:
    """What a difference is about: a later revision may change what it says."""
    return difference.kind, difference.name, difference.attribute


def _sorted(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    return tuple(sorted(differences, key=_subject))


OFFLINE = Experiment(
    "run the SQL that offline mode prints",
    Offline,
    (),
    offline,
    after=(Restored, FromEmpty, FromSnapshot),
)
