"""Experiments performed side by side, each as soon as the facts are there that it needs.

What an experiment is, and on what it is performed, is the acts' business.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from alembic_rehearsal.rehearsal.facts.evidence import Evidence, ExperimentResult
from alembic_rehearsal.rehearsal.runner.context import INTERRUPTED, Context, Experiment, Skip

PATIENCE = 2.0  # seconds that acts have to say what they know when somebody ends the rehearsal


@dataclass(frozen=True, slots=True)
class Performed:
    """The scene with every fact that was made, and how each experiment went."""

    scene: Evidence
    acts: tuple[ExperimentResult, ...]
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One experiment's fact, or why there is none, and its seconds."""

    fact: object = None
    skipped: str = ""
    seconds: float = 0.0


def perform(experiments: Sequence[Experiment], stage: Context, scene: Evidence) -> Performed:
    """Perform each experiment whose facts are there; say of the others why they were skipped.

    Ctrl-C ends it: acts that can return what they know by then, the others count as
    skipped; a second one ends the rest at once and is raised.  An error of one act ends
    the others and is raised.
    """
    performance = _Performance(experiments, stage, scene)
    with ThreadPoolExecutor(max(len(experiments), 1)) as pool:
        try:
            performance.run(pool.submit)
        except KeyboardInterrupt:
            performance.end()
            return performance.performed(interrupted=True)
        except BaseException:
            performance.end()
            raise
    return performance.performed()


def nothing_performed(experiments: Sequence[Experiment], scene: Evidence) -> Performed:
    """What there is to say where somebody ended it before the first experiment."""
    skipped = {**scene.skipped, **{each.makes: INTERRUPTED for each in experiments}}
    acts = tuple(ExperimentResult(each.name, skipped=INTERRUPTED) for each in experiments)
    return Performed(replace(scene, skipped=skipped, is_whole=False), acts, interrupted=True)


class _Performance:
    """The state of one performance: what waits, what is under way, what came of the rest."""

    def __init__(self, experiments: Sequence[Experiment], stage: Context, scene: Evidence) -> None:
        self._experiments = experiments
        self._stage = stage
        self._scene = scene
        self._waiting = list(experiments)
        self._running: dict[Future[_Outcome], Experiment] = {}
        self._outcomes: dict[Experiment, _Outcome] = {}

    def run(self, submit: Callable[..., Future[_Outcome]]) -> None:
        self._start(submit)
        while self._running:
            done, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in done:
                self._take_in(self._running.pop(future), future.result())
            self._start(submit)

    def end(self) -> None:
        """Let what is under way end, by force where it does not; keep what can be kept.

        What was ended by force has failed for that alone: it is kept where the act knows so.
        """
        self._stage.ended.set()
        late: set[Future[_Outcome]] = set(self._running)
        try:
            _, late = wait(self._running, timeout=PATIENCE)
        finally:
            if late:
                self._stage.pool.kill()
                wait(late)
        for future, experiment in self._running.items():
            if future.exception() is None and (future not in late or experiment.in_pieces):
                self._take_in(experiment, future.result())

    def performed(self, *, interrupted: bool = False) -> Performed:
        missing = _Outcome(skipped=INTERRUPTED)
        skipped = dict(self._scene.skipped)
        acts = []
        for each in self._experiments:
            outcome = self._outcomes.get(each, missing)
            note = getattr(outcome.fact, "note", "")
            acts.append(ExperimentResult(each.name, outcome.seconds, outcome.skipped, note))
            if outcome.skipped:
                skipped[each.makes] = outcome.skipped
        scene = replace(
            self._scene, skipped=skipped, is_whole=self._scene.is_whole and not interrupted
        )
        return Performed(scene, tuple(acts), interrupted)

    def _start(self, submit: Callable[..., Future[_Outcome]]) -> None:
        """Start all that waits for nothing that is still to come."""
        while ready := self._next():
            self._waiting.remove(ready)
            missing = next((kind for kind in ready.needs if kind not in self._scene.facts), None)
            if missing is not None:
                self._take_in(ready, _Outcome(skipped=self._scene.skipped[missing]))
            else:
                self._stage.tell(ready.name)
                self._running[submit(_outcome_of, ready, self._stage, self._scene)] = ready

    def _next(self) -> Experiment | None:
        to_come = {each.makes for each in (*self._waiting, *self._running.values())}
        return next(
            (each for each in self._waiting if not to_come & {*each.needs, *each.after}),
            None,
        )

    def _take_in(self, experiment: Experiment, outcome: _Outcome) -> None:
        self._outcomes[experiment] = outcome
        kind = experiment.makes
        if outcome.skipped:
            skipped = {**self._scene.skipped, kind: outcome.skipped}
            self._scene = replace(self._scene, skipped=skipped)
        else:
            self._scene = replace(self._scene, facts={**self._scene.facts, kind: outcome.fact})


def _outcome_of(experiment: Experiment, stage: Context, scene: Evidence) -> _Outcome:
    begun = time.perf_counter()
    try:
        fact = experiment.perform(stage, scene)
    except Skip as skip:
        return _Outcome(skipped=str(skip))
    return _Outcome(fact, seconds=time.perf_counter() - begun)
