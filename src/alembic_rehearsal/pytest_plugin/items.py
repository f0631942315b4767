"""What `pytest --rehearsal` collects: each check, or each revision that it looks at, as a test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import pytest

from alembic_rehearsal.pytest_plugin.options import failure
from alembic_rehearsal.rehearsal.judging.as_tests import CheckItem, Verdict
from alembic_rehearsal.rehearsal.report.findings import finding_blocks

ROOT = "rehearsal"


class ItemSource(Protocol):
    """Who knows the items of the project's history, and what came of each."""

    def items(self) -> Sequence[CheckItem]: ...

    def verdict(self, item: CheckItem) -> Verdict:
        """It holds the rehearsal where that has not been done, and fails in words."""
        ...


class RehearsalCollector(pytest.Collector):
    """The rehearsal of the project's history; nothing is run to collect it."""

    def __init__(self, *, source: ItemSource, **node: Any) -> None:
        super().__init__(**node)
        self._source = source

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        for code, group in groupby(self._source.items(), key=lambda each: each.code):
            members = tuple(group)
            if members[0].revision is None:
                yield _make_test(self, code, members[0], self._source)
            else:
                yield CheckCollector.from_parent(
                    self, name=code, items=members, source=self._source
                )


class CheckCollector(pytest.Collector):
    """A check that looks at revisions one by one."""

    def __init__(self, *, items: Sequence[CheckItem], source: ItemSource, **node: Any) -> None:
        super().__init__(**node)
        self._items = items
        self._source = source

    def collect(self) -> Iterator[pytest.Item]:
        for each in self._items:
            yield _make_test(self, each.revision_id, each, self._source)


class RehearsalTest(pytest.Item):
    """One check, or one check on one revision."""

    def __init__(self, *, item: CheckItem, source: ItemSource, **node: Any) -> None:
        super().__init__(**node)
        self.item = item
        self._source = source
        self._verdict = Verdict()
        self.extra_keyword_matches.add(self.nodeid)  # so that -k takes it whole

    def setup(self) -> None:
        self._verdict = self._source.verdict(self.item)

    def runtest(self) -> None:
        if why := self._verdict.not_judged:
            pytest.skip(f"{self.item.code} is not judged: {why}")
        text = "\n\n".join(
            finding_blocks(self._verdict.findings, self.config.invocation_params.dir)
        )
        if self._verdict.fails:
            raise failure(text)
        if text:
            self.add_report_section("call", ROOT, text)

    def reportinfo(self) -> tuple[Path, int, str]:
        about = " ".join(filter(None, (self.item.code, self.item.revision_id)))
        line = self.item.revision.line if self.item.revision else 1
        return self.path, line - 1, f"{about}: {self.item.check.title}"


def _make_test(
    parent: pytest.Collector, name: str, item: CheckItem, source: ItemSource
) -> RehearsalTest:
    path = item.revision.path if item.revision else parent.path
    return RehearsalTest.from_parent(parent, name=name, path=path, item=item, source=source)
