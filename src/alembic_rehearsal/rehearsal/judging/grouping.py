"""Merges the findings of one group: eighty columns with the same fault are one finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from alembic_rehearsal.core.values.phrases import first_few
from alembic_rehearsal.rehearsal.facts.findings import Finding


def group_findings(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings in order, those of a group merged in the place of the first.

    Waived findings are merged separately, so that they hide none of the others.
    """
    groups: dict[object, list[Finding]] = {}
    for position, each in enumerate(findings):
        key = (each.code, each.group, each.revision, each.waived) if each.group else position
        groups.setdefault(key, []).append(each)
    for members in groups.values():
        yield _merge_group(members) if members[0].group else members[0]


def _merge_group(members: list[Finding]) -> Finding:
    first = members[0]
    number = f"{len(members)} x " if len(members) > 1 else ""
    texts = first_few([each.what for each in members], separator="; ")
    return replace(
        first,
        what=f"{number}{first.group}: {texts}.",
        object=first.group if len(members) > 1 else first.object,
        objects=tuple(each.object for each in members),
    )
