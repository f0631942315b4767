"""The story of a rehearsal that tests ask about: held once, by whichever process is first.

Those that run beside it share a folder, wait for its report there, and read it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from alembic_rehearsal.core.postgres.programs.folders import hold_file_lock
from alembic_rehearsal.core.project.history import read_history
from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.atomic_write import replace_file
from alembic_rehearsal.core.values.errors import RehearsalError
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

Tell = Callable[[str], None]
REPORT, FAILURE = "report.json", "failure.txt"  # in the folder that processes share


@dataclass(frozen=True, slots=True)
class CollectedItems:
    """The items of a history: `every` one, and those of them that are `asked` for."""

    all_items: tuple[CheckItem, ...]
    selected: tuple[CheckItem, ...]


def collect_items(settings: Settings, names: Sequence[str] = ()) -> CollectedItems:
    """The items of the project's history; nothing is run.

    Those that are named are asked for, without names all that the settings do not skip.
    Raises what opening the project raises, and `Usage` for a name of none; a history that
    does not load is an item that fails.
    """
    with open_project(settings.project()) as child:
        history = read_history(child)
    asked = tuple(check_items(history, settings.skip))
    if names:
        select = select_items if history.problem is None else select_items_unloaded
        asked = select(asked, names)
    return CollectedItems(tuple(check_items(history)), asked)


class RehearsalFailed(RehearsalError):
    """Told of every item but the first, of which the whole of it is told."""


@dataclass(slots=True)
class SharedRehearsal:
    """One rehearsal for all who ask; of `every` item it has to judge those that are `chosen`.

    `folder` is one that other processes of the same test run have as well, None where there
    are none.  `known` is the report as soon as there is one, also of a rehearsal that somebody
    has ended.
    """

    settings: Settings
    all_items: tuple[CheckItem, ...]
    chosen_items: tuple[CheckItem, ...]
    all_fail: bool = False
    folder: Path | None = None
    known_report: Report | None = None
    _failure: RehearsalFailed | None = None

    def obtain_report(self, tell: Tell) -> Report:
        """The report, which may have to be made first: `tell` hears how it goes.

        Raises what `rehearse` raises, and from then on `RehearsalFailed`, in every process that
        asks; `KeyboardInterrupt` where somebody has ended the rehearsal.
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
        """By whoever has the lock first; it is free again when its holder ends, however it does."""
        if self.folder is None or not self.folder.is_dir():  # there is none on another machine
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
        ) as held:
            report = held.report
        if report.run.interrupted:
            self.known_report = report
            raise KeyboardInterrupt
        return report


def has_report(folder: Path) -> bool:
    """Whether one of the processes that share the folder has left its report there."""
    return (folder / REPORT).is_file()


def read_report(folder: Path, settings: Settings) -> Report:
    """The report that is there."""
    return merge_reports([folder / REPORT], folder=settings.folder)


def _expect_no_failure(folder: Path) -> None:
    if (path := folder / FAILURE).is_file():
        raise _brief_failure(RehearsalError(path.read_text(encoding="utf-8")))


def _brief_failure(error: Exception) -> RehearsalFailed:
    if isinstance(error, RehearsalFailed):
        return error
    first = next(iter(str(error).splitlines()), type(error).__name__)
    return RehearsalFailed(
        f"the rehearsal could not be held: {first}", why="one of its tests tells the whole of it."
    )
