"""Runs experiments in parallel, each as soon as the facts that it needs exist.

Knows nothing of what an experiment does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from alembic_rehearsal.rehearsal.facts.evidence import Evidence, ExperimentResult
from alembic_rehearsal.rehearsal.runner.context import INTERRUPTED, Context, Experiment, Skip

PATIENCE = 2.0  # seconds that experiments have, after Ctrl-C, to return what they know


@dataclass(frozen=True, slots=True)
class RunnerResult:
    """The evidence with every fact that was made, and how each experiment went."""

    evidence: Evidence
    results: tuple[ExperimentResult, ...]
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One experiment's fact, or why there is none, and its seconds."""

    fact: object = None
    skipped: str = ""
    seconds: float = 0.0


def run_experiments(
    experiments: Sequence[Experiment], context: Context, evidence: Evidence
) -> RunnerResult:
    """Run each experiment whose facts exist; the others are skipped, with the reason.

    After Ctrl-C experiments that can return what they know do so, and the others count as
    skipped; a second Ctrl-C stops the rest at once and raises `KeyboardInterrupt`.  An error of
    one experiment stops the others and is raised.
    """
    scheduler = _Scheduler(experiments, context, evidence)
    with ThreadPoolExecutor(max(len(experiments), 1)) as pool:
        try:
            scheduler.run(pool.submit)
        except KeyboardInterrupt:
            scheduler.stop()
            return scheduler.result(interrupted=True)
        except BaseException:
            scheduler.stop()
            raise
    return scheduler.result()


def interrupted_result(experiments: Sequence[Experiment], evidence: Evidence) -> RunnerResult:
    """The result of a rehearsal that was interrupted before its first experiment."""
    skipped = {**evidence.skipped, **{each.makes: INTERRUPTED for each in experiments}}
    results = tuple(ExperimentResult(each.name, skipped=INTERRUPTED) for each in experiments)
    return RunnerResult(
        replace(evidence, skipped=skipped, is_complete=False), results, interrupted=True
    )


class _Scheduler:
    """The state of one run: which experiments wait, which run, and the outcomes of the others."""

    def __init__(
        self, experiments: Sequence[Experiment], context: Context, evidence: Evidence
    ) -> None:
        self._experiments = experiments
        self._context = context
        self._evidence = evidence
        self._waiting = list(experiments)
        self._running: dict[Future[_Outcome], Experiment] = {}
        self._outcomes: dict[Experiment, _Outcome] = {}

    def run(self, submit: Callable[..., Future[_Outcome]]) -> None:
        self._start_ready(submit)
        while self._running:
            done, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in done:
                self._record(self._running.pop(future), future.result())
            self._start_ready(submit)

    def stop(self) -> None:
        """Let the running experiments end, kill their children where they do not, keep results.

        The fact of an experiment that was killed is kept only where the experiment is divisible.
        """
        self._context.interrupted.set()
        late: set[Future[_Outcome]] = set(self._running)
        try:
            _, late = wait(self._running, timeout=PATIENCE)
        finally:
            if late:
                self._context.pool.kill()
                wait(late)
        for future, experiment in self._running.items():
            if future.exception() is None and (future not in late or experiment.is_divisible):
                self._record(experiment, future.result())

    def result(self, *, interrupted: bool = False) -> RunnerResult:
        missing = _Outcome(skipped=INTERRUPTED)
        skipped = dict(self._evidence.skipped)
        results = []
        for each in self._experiments:
            outcome = self._outcomes.get(each, missing)
            note = getattr(outcome.fact, "note", "")
            results.append(ExperimentResult(each.name, outcome.seconds, outcome.skipped, note))
            if outcome.skipped:
                skipped[each.makes] = outcome.skipped
        evidence = replace(
            self._evidence,
            skipped=skipped,
            is_complete=self._evidence.is_complete and not interrupted,
        )
        return RunnerResult(evidence, tuple(results), interrupted)

    def _start_ready(self, submit: Callable[..., Future[_Outcome]]) -> None:
        """Start or skip every experiment whose needed facts are all decided."""
        while ready := self._next_ready():
            self._waiting.remove(ready)
            missing = next((kind for kind in ready.needs if kind not in self._evidence.facts), None)
            if missing is not None:
                self._record(ready, _Outcome(skipped=self._evidence.skipped[missing]))
            else:
                self._context.tell(ready.name)
                self._running[submit(_run_experiment, ready, self._context, self._evidence)] = ready

    def _next_ready(self) -> Experiment | None:
        to_come = {each.makes for each in (*self._waiting, *self._running.values())}
        return next(
            (each for each in self._waiting if not to_come & {*each.needs, *each.after}),
            None,
        )

    def _record(self, experiment: Experiment, outcome: _Outcome) -> None:
        self._outcomes[experiment] = outcome
        kind = experiment.makes
        if outcome.skipped:
            skipped = {**self._evidence.skipped, kind: outcome.skipped}
            self._evidence = replace(self._evidence, skipped=skipped)
        else:
            self._evidence = replace(
                self._evidence, facts={**self._evidence.facts, kind: outcome.fact}
            )


def _run_experiment(experiment: Experiment, context: Context, evidence: Evidence) -> _Outcome:
    begun = time.perf_counter()
    try:
        fact = experiment.run(context, evidence)
    except Skip as skip:
        return _Outcome(skipped=str(skip))
    return _Outcome(fact, seconds=time.perf_counter() - begun)
