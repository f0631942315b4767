"""The files of a squash: a trial copy of the revision folders, then the real replacement.

No squashed revision is lost: its file is in git, or is moved to a separate folder.
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
    """The baseline's path: next to the revision whose id it keeps, with a similar name."""
    before, id, _ = bounds.to.path.stem.partition(bounds.to.id)
    return bounds.to.path.with_name(f"{before if id else ''}{bounds.to.id}_baseline.py")


@contextmanager
def trial_folders(bounds: Bounds, text: str) -> Iterator[tuple[Path, ...]]:
    """Copies of the revision folders with the baseline instead of the squashed revisions.

    Files next to a revision folder are reachable from its copy by the same relative paths.
    """
    gone = {each.path for each in bounds.squashed}
    with TemporaryDirectory(prefix="rehearsal-squash-") as root:
        copies = {
            folder: _copy_folder(folder, Path(root) / str(number), gone)
            for number, folder in enumerate(_revision_folders(bounds))
        }
        path = baseline_path(bounds)
        folder = next(each for each in copies if path.is_relative_to(each))
        (copies[folder] / path.relative_to(folder)).write_text(text, "utf-8", newline="\n")
        yield tuple(copies.values())


def _revision_folders(bounds: Bounds) -> list[Path]:
    """The folders that revisions are read from, without folders inside another one."""
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
    """Whether git has every file that a squash removes; False without git or a repository.

    Raises `Refused` if one of them is not committed in its present state.
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
            f"git does not have the present content of {first_few(changed)}.",
            why="the file would be removed, and its content could not be recovered.",
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
    """Replace the squashed revisions by the baseline.

    Returns the folder that their files were moved to, None if git has them and they were
    deleted.  If it is killed half-way, each file is still in place, in that folder or in git,
    and the baseline is in a `.py.part` file.
    """
    path = baseline_path(bounds)
    part = path.with_suffix(".py.part")
    moved_to = None if is_committed else bounds.history.location / f"squashed_{bounds.to.id}"
    with write_part_file(path, text, part=part, keep_on_error=True):
        for each in bounds.squashed:
            _delete_compiled(each.path)
            if moved_to is None:
                each.path.unlink()
            else:
                _move(each.path, moved_to)
        part.replace(path)
    return moved_to


def _move(path: Path, into: Path) -> None:
    into.mkdir(exist_ok=True)
    name = path.name if not (into / path.name).exists() else f"{path.parent.name}_{path.name}"
    shutil.move(path, into / name)


def _delete_compiled(path: Path) -> None:
    """Delete compiled files: with `sourceless`, Alembic loads them even without their source."""
    compiled = [path.with_suffix(".pyc"), path.with_suffix(".pyo")]
    compiled += (path.parent / "__pycache__").glob(f"{glob.escape(path.stem)}.*.py[co]")
    for each in compiled:
        each.unlink(missing_ok=True)
