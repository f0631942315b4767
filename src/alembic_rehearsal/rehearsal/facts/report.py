"""The result of a rehearsal: the run before judging, and the report after it."""

from __future__ import annotations

from dataclasses import dataclass

from alembic_rehearsal.core.history.revisions import History
from alembic_rehearsal.core.project.steps import Detour, UpgradeRun
from alembic_rehearsal.core.settings.values import Waiver
from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, ExperimentResult
from alembic_rehearsal.rehearsal.facts.findings import Finding, NotJudged
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.snapshot.values import Snapshot


@dataclass(frozen=True, slots=True)
class RehearsalRun:
    """A rehearsal, or one shard of it, before anything is judged.

    The whole report can be made from this alone, here or on another machine.
    `fingerprint` is that of the history's files, `version` the library's.  `server` is
    None where the rehearsal ended before one was needed.  `fails_on_applied` says that
    findings on revisions that production has fail the run, too.  `seconds` is wall time, of the
    longest of `parts` where shards were joined; `cores` is how many walks ran at once.
    `interrupted` says that the rehearsal was interrupted: what was known by then is here.
    """

    evidence: Evidence
    results: tuple[ExperimentResult, ...]
    server: Server | None
    seconds: float
    cores: int = 1
    waivers: tuple[Waiver, ...] = ()
    fails_on_applied: bool = False
    interrupted: bool = False
    parts: int = 1
    fingerprint: str = ""
    version: str = ""

    @property
    def upgrades(self) -> tuple[UpgradeRun, ...]:
        return tuple(self.evidence.upgrades.values())

    @property
    def seed(self) -> int | None:
        """The random seed of the experiments that sample, None where none did."""
        seeds = (getattr(fact, "seed", None) for fact in self.evidence.facts.values())
        return next((each for each in seeds if each is not None), None)


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one rehearsal: everything that a format may print.

    `other_shard_checks` are the codes of checks that only another shard can judge.
    `unneeded_waivers` are waivers that match no finding any more.
    """

    run: RehearsalRun
    findings: tuple[Finding, ...]
    not_judged: tuple[NotJudged, ...]
    other_shard_checks: tuple[str, ...] = ()
    unneeded_waivers: tuple[Waiver, ...] = ()

    @property
    def failed(self) -> bool:
        return any(finding.fails for finding in self.findings)

    @property
    def history(self) -> History:
        return self.run.evidence.history

    @property
    def snapshot(self) -> Snapshot | None:
        return self.run.evidence.snapshot

    @property
    def scope(self) -> Scope:
        return self.run.evidence.scope

    @property
    def pending(self) -> tuple[str, ...]:
        evidence = self.run.evidence
        return tuple(each.id for each in evidence.history.revisions if evidence.is_pending(each.id))

    @property
    def detours(self) -> tuple[Detour, ...]:
        """The databases that the project tried to reach during the upgrades, each once."""
        detours = (detour for each in self.run.upgrades for detour in each.detours)
        return tuple(dict.fromkeys(detours))
