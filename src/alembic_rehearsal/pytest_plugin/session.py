"""`pytest --rehearsal`: the rehearsal beside the ordinary tests, held when its first test runs.

This is loaded with that option alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.pytest_plugin.items import ROOT, RehearsalCollector, RehearsalTest
from alembic_rehearsal.pytest_plugin.options import fail_on_errors, find_settings_for
from alembic_rehearsal.rehearsal.facts.report import Report
from alembic_rehearsal.rehearsal.judging.as_tests import (
    CheckItem,
    Verdict,
    find_verdict,
    findings_of_items,
)
from alembic_rehearsal.rehearsal.once_per_test_run import (
    SharedRehearsal,
    collect_items,
    has_report,
    read_report,
)
from alembic_rehearsal.rehearsal.report.text import text_after_tests

SHARED_FOLDER_KEY = (
    "rehearsal_folder"  # what a worker of pytest-xdist is told: the folder that all have
)


class RehearsalPlugin:
    """The hooks of one pytest process."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._names = _take_names(config)
        self._shared_folder: TemporaryDirectory[str] | None = None
        self._all_items: tuple[CheckItem, ...] = ()
        self._rehearsal: SharedRehearsal | None = None

    @cached_property
    def settings(self) -> Settings:
        return find_settings_for(self._config)

    # --- what its tests ask --------------------------------------------------------------

    def items(self) -> Sequence[CheckItem]:
        with fail_on_errors():
            collected = collect_items(self.settings, self._names)
        self._all_items = collected.all_items
        return collected.selected

    def verdict(self, item: CheckItem) -> Verdict:
        assert self._rehearsal is not None, "a test that runs has been collected"
        with fail_on_errors(), self._open_terminal() as tell:
            report = self._rehearsal.obtain_report(tell)
        return find_verdict(item, report)

    @contextmanager
    def _open_terminal(self) -> Iterator[Callable[[str], None]]:
        """What tells people how it goes: at once with -v, and else not at all."""
        if self._config.get_verbosity() < 1:
            yield lambda line: None
            return
        capture = self._config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled() if capture else nullcontext():
            yield lambda line: print(f"\n{line}", end="", file=sys.stderr, flush=True)

    # --- hooks ---------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        if isinstance(collector, pytest.Session) and report.passed:
            rehearsal = RehearsalCollector.from_parent(
                collector, name=ROOT, nodeid=ROOT, source=self
            )
            report.result = [*(report.result or ()), rehearsal]
        return report

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        chosen = tuple(each.item for each in session.items if isinstance(each, RehearsalTest))
        if chosen:
            folder = getattr(self._config, "workerinput", {}).get(SHARED_FOLDER_KEY)
            self._rehearsal = SharedRehearsal(
                self.settings,
                self._all_items,
                chosen,
                all_fail=self._config.getoption("rehearsal_all"),
                folder=Path(folder) if folder else None,
            )

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Before a worker of pytest-xdist starts."""
        if self._shared_folder is None:
            self._shared_folder = TemporaryDirectory(prefix="rehearsal-")
        node.workerinput[SHARED_FOLDER_KEY] = self._shared_folder.name

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A skipped test is shown with the revision's place, and not with ours."""
        report = yield
        if isinstance(item, RehearsalTest) and isinstance(report.longrepr, tuple):
            path, line, _ = item.reportinfo()
            report.longrepr = (str(path), line + 1, report.longrepr[2])
        return report

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """On what it was held, and findings that fail no test."""
        report = self._find_report()
        if report is not None:
            passed = [each.nodeid for each in terminalreporter.stats.get("passed", ())]
            shown = findings_of_items(report, {each.removeprefix(f"{ROOT}::") for each in passed})
            folder = self._config.invocation_params.dir
            terminalreporter.section(f"rehearsal{', interrupted' * report.run.interrupted}")
            terminalreporter.write(text_after_tests(report, shown, folder=folder))

    def pytest_unconfigure(self) -> None:
        if self._shared_folder is not None:
            self._shared_folder.cleanup()

    def _find_report(self) -> Report | None:
        """The report of this process, or of one of its workers."""
        if self._rehearsal is not None:
            return self._rehearsal.known_report
        if self._shared_folder is None or not has_report(folder := Path(self._shared_folder.name)):
            return None
        return read_report(folder, self.settings)


def _take_names(config: pytest.Config) -> tuple[str, ...]:
    """Take what is `rehearsal` or `rehearsal::D2` from pytest's arguments: it is no path.

    So that what pytest prints of a test can be typed.  Nothing else is collected where there is
    nothing else; `rehearsal` alone means every test of it.
    """
    folder = config.invocation_params.dir
    named = {}
    for each in config.args:
        head, _, name = each.partition("::")
        if Path(head).name == ROOT and not (folder / head).exists():
            named[each] = name
    config.args[:] = [each for each in config.args if each not in named]
    return () if "" in named.values() else tuple(named.values())
