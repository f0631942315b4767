"""One rehearsal for a whole test run: the first process that needs it runs it.

The other processes of the test run share a folder with it, wait for its report there, and read
that.  Knows nothing of pytest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alembic_rehearsal.core.postgres.programs.folders import hold_file_lock
from alembic_rehearsal.core.project.history import read_history
from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.atomic_write import replace_file
from alembic_rehearsal.core.values.errors import RehearsalError
from alembic_rehearsal.core.values.progress import Tell
from alembic_rehearsal.rehearsal.facts.report import Report
from alembic_rehearsal.rehearsal.facts.scope import Scope
from alembic_rehearsal.rehearsal.judging.as_tests import (
    CheckItem,
    check_items,
    needed_codes,
    select_items,
    select_items_unloaded,
)
from alembic_rehearsal.rehearsal.merge_shards import merge_reports
from alembic_rehearsal.rehearsal.rehearse import rehearse
from alembic_rehearsal.rehearsal.report.as_json import as_json

REPORT, FAILURE = "report.json", "failure.txt"  # in the folder that processes share


@dataclass(frozen=True, slots=True)
class CollectedItems:
    """All items of a history, and those of them that are selected."""

    all_items: tuple[CheckItem, ...]
    selected: tuple[CheckItem, ...]


def collect_items(settings: Settings, names: Sequence[str] = ()) -> CollectedItems:
    """The items of the project's history; no migration is run.

    The named items are selected; without names, all that the settings do not skip.  Raises what
    `open_project` raises, and `UsageError` for a name that matches no item.  A history that does
    not load raises nothing here: H2 is an item, and will fail.
    """
    with open_project(settings.project()) as child:
        history = read_history(child)
    asked = tuple(check_items(history, settings.skip))
    if names:
        select = select_items if history.problem is None else select_items_unloaded
        asked = select(asked, names)
    return CollectedItems(tuple(check_items(history)), asked)


class RehearsalFailed(RehearsalError):
    """The rehearsal failed for an earlier item, which was given the whole error."""


@dataclass(slots=True)
class SharedRehearsal:
    """One rehearsal for all items of a test run; it judges at least the `chosen_items`.

    `folder` is shared with the other processes of the same test run, None where there are none.
    `known_report` is the report as soon as there is one, also that of an interrupted rehearsal.
    """

    settings: Settings
    all_items: tuple[CheckItem, ...]
    chosen_items: tuple[CheckItem, ...]
    all_fail: bool = False
    folder: Path | None = None
    known_report: Report | None = None
    _failure: RehearsalFailed | None = None

    def obtain_report(self, tell: Tell) -> Report:
        """The report; the first call runs the rehearsal, and `tell` gets its progress.

        Raises what `rehearse` raises, and on every later call, in any process, `RehearsalFailed`;
        `KeyboardInterrupt` where the rehearsal was interrupted.
        """
        if self._failure is not None:
            raise self._failure
        try:
            self.known_report = self.known_report or self._read_or_run(tell)
        except Exception as error:
            self._failure = _brief_failure(error)
            raise
        return self.known_report

    def _read_or_run(self, tell: Tell) -> Report:
        """Read the shared report, or run the rehearsal and write it, under a file lock.

        The operating system releases the lock when its holder ends, whatever the cause.
        """
        if self.folder is None or not self.folder.is_dir():  # a worker on another machine
            return self._run(tell)
        with hold_file_lock(self.folder / "lock"):
            if has_report(self.folder):
                return read_report(self.folder, self.settings)
            _expect_no_failure(self.folder)
            try:
                report = self._run(tell)
            except Exception as error:
                replace_file(self.folder / FAILURE, str(error))
                raise
            replace_file(self.folder / REPORT, as_json(report, folder=self.settings.folder))
            return report

    def _run(self, tell: Tell) -> Report:
        scope = Scope(needed_codes(self.chosen_items, self.all_items))
        project = self.settings.project()
        with rehearse(
            project, self.settings, tell=tell, all_fail=self.all_fail, scope=scope
        ) as rehearsal:
            report = rehearsal.report
        if report.run.interrupted:
            self.known_report = report
            raise KeyboardInterrupt
        return report


def has_report(folder: Path) -> bool:
    """Whether a process of this test run has written its report to the shared folder."""
    return (folder / REPORT).is_file()


def read_report(folder: Path, settings: Settings) -> Report:
    """Read the report in the shared folder."""
    return merge_reports([folder / REPORT], folder=settings.folder)


def _expect_no_failure(folder: Path) -> None:
    if (path := folder / FAILURE).is_file():
        raise _brief_failure(RehearsalError(path.read_text(encoding="utf-8")))


def _brief_failure(error: Exception) -> RehearsalFailed:
    if isinstance(error, RehearsalFailed):
        return error
    first = next(iter(str(error).splitlines()), type(error).__name__)
    return RehearsalFailed(
        f"the rehearsal could not be held: {first}", why="one of its tests has the whole error."
    )
