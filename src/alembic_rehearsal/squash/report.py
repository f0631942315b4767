"""What a squash proved and did, as text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from alembic_rehearsal.core.values.phrases import first_few, quantity
from alembic_rehearsal.squash.values import Proof, Squash

_SHOWN = 20
_BELOW, _UNDER = "\n  ", "\n         "


def squash_text(found: Squash, folder: Path) -> str:
    """Proofs with their seconds, what differs, the files, and what to do next.

    `folder` is where relative paths begin.
    """
    return "".join(f"{line}\n" for line in _lines(found, folder))


def _lines(found: Squash, folder: Path) -> Iterator[str]:
    bounds = found.bounds
    if bounds.is_idle:
        yield f"nothing to squash: {bounds.to.id} is the first revision of its history"
        return
    yield (
        f"{quantity(len(bounds.squashed), 'revision')} up to {bounds.to.id} become one: "
        f"{quantity(found.statements, 'statement')}, {quantity(found.rows, 'row')}"
    )
    yield ""
    for proof in found.proofs:
        yield f"{proof.seconds:7.2f} s  {proof.what}: {_verdict(proof)}"
    yield from _differences(found)
    if found.varying:
        yield ""
        yield (
            "values that are new in every run, by the clock or by chance; the baseline has those "
            f"of today: {first_few(found.varying)}"
        )
    if found.orders:
        yield ""
        yield "production has its columns in another order, as before:"
        yield from first_few(
            [f"  {each.text}" for each in found.orders], separator="\n"
        ).splitlines()
    yield ""
    yield from _done(found, folder) if found.is_done else _not_done(found, folder)


def _verdict(proof: Proof) -> str:
    cosmetic = sum(not each.real for each in proof.differences)
    if not proof.holds:
        return quantity(len(proof.differences) - cosmetic, "difference")
    return f"the same{f', {cosmetic} cosmetic' if cosmetic else ''}"


def _differences(found: Squash) -> Iterator[str]:
    told = {
        f"{each.text}{'' if each.real else '   (cosmetic)'}": each.real
        for proof in found.proofs
        for each in proof.differences
    }
    if told:
        yield ""
        ordered = sorted(told, key=lambda each: not told[each])
        yield from first_few(ordered, shown=_SHOWN, separator="\n").splitlines()


def _done(found: Squash, folder: Path) -> Iterator[str]:
    for path in filter(None, (found.path, found.lock)):
        yield f"wrote    {_shown(path, folder)}"
    removed = [_shown(path, folder) for path in found.removed]
    yield f"removed  {first_few(removed, shown=_SHOWN, separator=_UNDER)}"
    if found.aside:
        yield f"kept     {_shown(found.aside, folder)} has them, since git does not"
    yield (
        f"a database that is older than {found.bounds.to.id} cannot be upgraded by this history "
        "any more"
    )
    if found.waived:
        yield f"waivers  of {first_few(found.waived)} are to be taken out of the settings"
    yield f"next     {'rehearsal run' if found.aside else 'git add -A && rehearsal run'}"


def _not_done(found: Squash, folder: Path) -> Iterator[str]:
    if found.holds:
        yield f"would write {_shown(found.path, folder)} and remove:"
        removed = [_shown(each.path, folder) for each in found.bounds.squashed]
        yield f"  {first_few(removed, shown=_SHOWN, separator=_BELOW)}"
    yield "nothing was written"


def _shown(path: Path | None, folder: Path) -> str:
    return os.path.relpath(path, folder) if path else ""
