"""The output of `rehearsal squash`: what it proved and did."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from alembic_rehearsal.core.values.phrases import first_few, quantity
from alembic_rehearsal.squash.values import Proof, SquashResult

_SHOWN = 20
_BELOW, _UNDER = "\n  ", "\n         "


def squash_text(found: SquashResult, folder: Path) -> str:
    """The proofs with their seconds, the differences, the files, and what to do next.

    Paths are shown relative to `folder`.
    """
    return "".join(f"{line}\n" for line in _lines(found, folder))


def _lines(found: SquashResult, folder: Path) -> Iterator[str]:
    bounds = found.bounds
    if bounds.is_trivial:
        yield f"nothing to squash: {bounds.to.id} is the first revision of its history"
        return
    yield (
        f"{quantity(len(bounds.squashed), 'revision')} up to {bounds.to.id} become one: "
        f"{quantity(found.statements, 'statement')}, {quantity(found.rows, 'row')}"
    )
    yield ""
    for proof in found.proofs:
        yield f"{proof.seconds:7.2f} s  {proof.what}: {_verdict(proof)}"
    yield from _difference_lines(found)
    if found.varying_columns:
        yield ""
        yield (
            "values that differ in every run (clock or random values); the baseline has those of "
            f"this run: {first_few(found.varying_columns)}"
        )
    if found.column_orders:
        yield ""
        yield "production has another order of columns, as before the squash:"
        yield from first_few(
            [f"  {each.text}" for each in found.column_orders], separator="\n"
        ).splitlines()
    yield ""
    yield from (
        _written_lines(found, folder) if found.is_written else _unwritten_lines(found, folder)
    )


def _verdict(proof: Proof) -> str:
    cosmetic = sum(not each.real for each in proof.differences)
    if not proof.holds:
        return quantity(len(proof.differences) - cosmetic, "difference")
    return f"the same{f', {cosmetic} cosmetic' if cosmetic else ''}"


def _difference_lines(found: SquashResult) -> Iterator[str]:
    lines = {
        f"{each.text}{'' if each.real else '   (cosmetic)'}": each.real
        for proof in found.proofs
        for each in proof.differences
    }
    if lines:
        yield ""
        ordered = sorted(lines, key=lambda each: not lines[each])
        yield from first_few(ordered, shown=_SHOWN, separator="\n").splitlines()


def _written_lines(found: SquashResult, folder: Path) -> Iterator[str]:
    for path in filter(None, (found.path, found.lock)):
        yield f"wrote    {_relative_path(path, folder)}"
    removed = [_relative_path(path, folder) for path in found.removed]
    yield f"removed  {first_few(removed, shown=_SHOWN, separator=_UNDER)}"
    if found.moved_to:
        yield f"kept     {_relative_path(found.moved_to, folder)} has them, because git does not"
    yield (
        f"a database that is older than {found.bounds.to.id} cannot be upgraded by this history "
        "any more"
    )
    if found.waived:
        yield f"waivers  for {first_few(found.waived)} can be removed from the settings"
    yield f"next     {'rehearsal run' if found.moved_to else 'git add -A && rehearsal run'}"


def _unwritten_lines(found: SquashResult, folder: Path) -> Iterator[str]:
    if found.holds:
        yield f"would write {_relative_path(found.path, folder)} and remove:"
        removed = [_relative_path(each.path, folder) for each in found.bounds.squashed]
        yield f"  {first_few(removed, shown=_SHOWN, separator=_BELOW)}"
    yield "nothing was written"


def _relative_path(path: Path | None, folder: Path) -> str:
    return os.path.relpath(path, folder) if path else ""
