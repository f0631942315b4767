"""What `pytest --rehearsal` collects: each check, or each revision that it looks at, as a test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import pytest

from alembic_rehearsal.pytest_plugin.options import failure
from alembic_rehearsal.rehearsal.judging.as_tests import Item, Verdict
from alembic_rehearsal.rehearsal.report.findings import blocks

ROOT = "rehearsal"


class Asked(Protocol):
    """Who knows the items of the project's history, and what came of each."""

    def items(self) -> Sequence[Item]: ...

    def verdict(self, item: Item) -> Verdict:
        """It holds the rehearsal where that has not been done, and fails in words."""
        ...


class Rehearsal(pytest.Collector):
    """The rehearsal of the project's history; nothing is run to collect it."""

    def __init__(self, *, asked: Asked, **node: Any) -> None:
        super().__init__(**node)
        self._asked = asked

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        for code, group in groupby(self._asked.items(), key=lambda each: each.code):
            members = tuple(group)
            if members[0].revision is None:
                yield _test(self, code, members[0], self._asked)
            else:
                yield Check.from_parent(self, name=code, items=members, asked=self._asked)


class Check(pytest.Collector):
    """A check that looks at revisions one by one."""

    def __init__(self, *, items: Sequence[Item], asked: Asked, **node: Any) -> None:
        super().__init__(**node)
        self._items = items
        self._asked = asked

    def collect(self) -> Iterator[pytest.Item]:
        for each in self._items:
            yield _test(self, each.is_about, each, self._asked)


class RehearsalTest(pytest.Item):
    """One check, or one check on one revision."""

    def __init__(self, *, item: Item, asked: Asked, **node: Any) -> None:
        super().__init__(**node)
        self.item = item
        self._asked = asked
        self._verdict = Verdict()
        self.extra_keyword_matches.add(self.nodeid)  # so that -k takes it whole

    def setup(self) -> None:
        self._verdict = self._asked.verdict(self.item)

    def runtest(self) -> None:
        if why := self._verdict.not_judged:
            pytest.skip(f"{self.item.code} is not judged: {why}")
        told = "\n\n".join(blocks(self._verdict.findings, self.config.invocation_params.dir))
        if self._verdict.fails:
            raise failure(told)
        if told:
            self.add_report_section("call", ROOT, told)

    def reportinfo(self) -> tuple[Path, int, str]:
        about = " ".join(filter(None, (self.item.code, self.item.is_about)))
        line = self.item.revision.line if self.item.revision else 1
        return self.path, line - 1, f"{about}: {self.item.check.title}"


def _test(parent: pytest.Collector, name: str, item: Item, asked: Asked) -> RehearsalTest:
    path = item.revision.path if item.revision else parent.path
    return RehearsalTest.from_parent(parent, name=name, path=path, item=item, asked=asked)
