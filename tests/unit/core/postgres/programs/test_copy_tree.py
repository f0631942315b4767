from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.programs.account import Account
from alembic_rehearsal.core.postgres.programs.copy_tree import copy_cluster

OURSELVES = Account("", os.geteuid(), os.getegid(), switch=False)


@pytest.mark.parametrize("platform", ["linux", "darwin"])
@pytest.mark.parametrize("size", [0, 1, 3 * 1024 * 1024 + 5])
def test_a_copy_has_every_byte_and_closed_modes(
    tmp_path: Path, platform: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    (tmp_path / "cluster" / "base").mkdir(parents=True)
    content = os.urandom(size)
    (tmp_path / "cluster" / "base" / "1").write_bytes(content)
    copy_cluster(tmp_path / "cluster", tmp_path / "copy", OURSELVES)
    copied = tmp_path / "copy" / "base" / "1"
    assert copied.read_bytes() == content
    assert copied.stat().st_mode & 0o777 == 0o600
    assert copied.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(sys.platform != "linux", reason="sendfile copies between files on Linux only")
def test_a_file_that_shrinks_while_it_is_copied_ends_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cluster").mkdir()
    file = tmp_path / "cluster" / "log"
    file.write_bytes(b"x" * 5000)
    real = os.sendfile

    def cut_off(writer: int, reader: int, offset: int, count: int) -> int:
        sent = real(writer, reader, offset, min(count, 1000))
        os.truncate(file, 2000)
        return sent

    monkeypatch.setattr(os, "sendfile", cut_off)
    copy_cluster(tmp_path / "cluster", tmp_path / "copy", OURSELVES)
    assert (tmp_path / "copy" / "log").read_bytes() == b"x" * 2000
