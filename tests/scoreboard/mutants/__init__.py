"""All mutants, one file for each subject; written before the checks that must find them."""

from __future__ import annotations

from scoreboard.mutant import Mutant
from scoreboard.mutants import (
    branches,
    downgrades,
    equivalent,
    graph,
    later,
    leftovers,
    models,
    production,
    restored,
    unseen,
    upgrades,
)

MUTANTS: tuple[Mutant, ...] = (
    *graph.MUTANTS,
    *upgrades.MUTANTS,
    *models.MUTANTS,
    *unseen.MUTANTS,
    *production.MUTANTS,
    *downgrades.MUTANTS,
    *restored.MUTANTS,
    *leftovers.MUTANTS,
    *branches.MUTANTS,
    *later.MUTANTS,
    *equivalent.MUTANTS,
)
