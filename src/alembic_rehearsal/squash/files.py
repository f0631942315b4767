"""The files of a squash: beside the project to be tried, then in their places.

Nothing of a squashed revision is lost: the version control has it, or a folder beside.
"""

from __future__ import annotations

import glob
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic_rehearsal.core.settings.environment import environment
from alembic_rehearsal.core.values.atomic_write import write_part_file
from alembic_rehearsal.core.values.errors import Refused
from alembic_rehearsal.core.values.phrases import first_few
from alembic_rehearsal.squash.values import Bounds


def baseline_path(bounds: Bounds) -> Path:
    """Where the baseline belongs: beside the revision whose id it has, with a name like it."""
    before, id, _ = bounds.to.path.stem.partition(bounds.to.id)
    return bounds.to.path.with_name(f"{before if id else ''}{bounds.to.id}_baseline.py")


@contextmanager
def trial_folders(bounds: Bounds, text: str) -> Iterator[tuple[Path, ...]]:
    """The folders of the squashed history, copied to where they can be tried.

    What lies beside a folder of revisions can be reached from its copy as from there.
    """
    gone = {each.path for each in bounds.squashed}
    with TemporaryDirectory(prefix="rehearsal-squash-") as place:
        copies = {
            folder: _copy_folder(folder, Path(place) / str(number), gone)
            for number, folder in enumerate(_revision_folders(bounds))
        }
        path = baseline_path(bounds)
        folder = next(each for each in copies if path.is_relative_to(each))
        (copies[folder] / path.relative_to(folder)).write_text(text, "utf-8", newline="\n")
        yield tuple(copies.values())


def _revision_folders(bounds: Bounds) -> list[Path]:
    """The folders that revisions are read from, without those inside another."""
    every = sorted({each.path.parent for each in bounds.history.revisions})
    return [
        each
        for each in every
        if not any(each != other and each.is_relative_to(other) for other in every)
    ]


def _copy_folder(folder: Path, into: Path, gone: set[Path]) -> Path:
    into.mkdir()
    for each in folder.parent.iterdir():
        if each.resolve() != folder.resolve():
            (into / each.name).symlink_to(each)

    def left_out(where: str, names: list[str]) -> set[str]:
        sources = ((each, Path(where, each).with_suffix(".py")) for each in names)
        return {name for name, source in sources if name == "__pycache__" or source in gone}

    copy = into / folder.name
    return Path(shutil.copytree(folder, copy, ignore=left_out, ignore_dangling_symlinks=True))


def expect_committed(bounds: Bounds) -> bool:
    """Whether git has every file that a squash removes; False where there is no git.

    Raises `Refused` where git is there and lacks one of them as it is now.
    """
    command = ["git", "status", "--porcelain", "--ignored", "-uall", "--"]
    changed: list[str] = []
    for folder in _revision_folders(bounds):
        files = [str(each.path) for each in bounds.squashed if each.path.is_relative_to(folder)]
        found = _command_output([*command, *files], folder) if files else ""
        if found is None:
            return False
        changed += [line[3:] for line in found.splitlines()]
    if changed:
        raise Refused(
            f"git does not have {first_few(changed)} as it is now.",
            why="the file would be removed, and what is in it could not be had again.",
            remedies=("git add -A && git commit", "rehearsal squash --dry-run --to ..."),
        )
    return True


def _command_output(command: Sequence[str], folder: Path) -> str | None:
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment(), capture_output=True, text=True
        )
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None


def replace_revisions(bounds: Bounds, text: str, *, is_committed: bool) -> Path | None:
    """Replace the squashed revisions by the baseline; where their files are now, if anywhere.

    Killed in between, it leaves each file in its place, in that folder, or in git, and the
    baseline beside its place.
    """
    path = baseline_path(bounds)
    part = path.with_suffix(".py.part")
    aside = None if is_committed else bounds.history.location / f"squashed_{bounds.to.id}"
    with write_part_file(path, text, part=part, keep_on_error=True):
        for each in bounds.squashed:
            _delete_compiled(each.path)
            if aside is None:
                each.path.unlink()
            else:
                _move(each.path, aside)
        part.replace(path)
    return aside


def _move(path: Path, into: Path) -> None:
    into.mkdir(exist_ok=True)
    name = path.name if not (into / path.name).exists() else f"{path.parent.name}_{path.name}"
    shutil.move(path, into / name)


def _delete_compiled(path: Path) -> None:
    """With `sourceless` Alembic reads what Python has compiled, whose source may be gone."""
    compiled = [path.with_suffix(".pyc"), path.with_suffix(".pyo")]
    compiled += (path.parent / "__pycache__").glob(f"{glob.escape(path.stem)}.*.py[co]")
    for each in compiled:
        each.unlink(missing_ok=True)
