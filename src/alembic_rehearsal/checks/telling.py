"""How findings put facts into words: lists that stay readable, starts of a way up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from alembic_rehearsal.difference import Change, Difference
from alembic_rehearsal.words import Start

SHOWN = 5


def listed(
    differences: Sequence[Difference],
    *,
    shown: int = SHOWN,
    came: str = "left behind",
    went: str = "lost",
) -> str:
    """The differences in a row, objects that came or went grouped by kind.

    "index a, b, c left behind; default of column x.y ..."
    """
    became = {Change.ADDED: came, Change.REMOVED: went}
    whole: dict[tuple[Change, str], list[str]] = defaultdict(list)
    others = []
    for each in differences:
        if each.change in (Change.ADDED, Change.REMOVED):
            whole[each.change, each.kind].append(each.name)
        else:
            others.append(each.text)
    texts = [
        f"{kind} {_some(names, shown)} {became[change]}" for (change, kind), names in whole.items()
    ]
    return _some([*texts, *others], shown, between="; ")


def started(start: Start) -> str:
    return "an empty database" if start is Start.EMPTY else str(start)


def _some(texts: Sequence[str], shown: int, *, between: str = ", ") -> str:
    more = f" ... and {len(texts) - shown} more" if len(texts) > shown else ""
    return between.join(texts[:shown]) + more
