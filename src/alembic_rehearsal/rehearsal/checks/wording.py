"""Facts as text for findings: differences, starts of an upgrade, long texts in one line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.values.phrases import MAX_SHOWN, first_few
from alembic_rehearsal.rehearsal.facts.start import Start


def describe(
    differences: Sequence[Difference],
    *,
    added: str = "left behind",
    removed: str = "lost",
    shown: int = MAX_SHOWN,
) -> str:
    """The first `shown` differences in one line, whole objects grouped by kind.

    "index a, b left behind; column x.y lost its default 0".  `added` is the verb for an object
    that only the second schema has, `removed` for one that only the first has.
    """
    became = {Change.ADDED: added, Change.REMOVED: removed}
    whole: dict[tuple[Change, str], list[str]] = defaultdict(list)
    others = []
    for each in differences:
        if each.change in became:
            whole[each.change, each.kind].append(each.name)
        else:
            others.append(each.text)
    texts = [
        f"{kind} {first_few(names, shown=shown)} {became[change]}"
        for (change, kind), names in whole.items()
    ]
    return first_few([*texts, *others], shown=shown, separator="; ")


def describe_changes(differences: Sequence[Difference]) -> str:
    """The differences as changes that were made to the first schema."""
    return describe(differences, added="is made", removed="is dropped")


def describe_differences(differences: Sequence[Difference]) -> str:
    """The differences of the second schema from the first."""
    return describe(differences, added="is there as well", removed="is missing")


def one_line(text: str, width: int) -> str:
    """A text on one line, cut after `width` characters."""
    text = " ".join(text.split())
    return text if len(text) <= width else f"{text[:width]} ..."


def describe_start(start: Start) -> str:
    return "an empty database" if start is Start.EMPTY else str(start)
