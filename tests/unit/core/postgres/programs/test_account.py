from __future__ import annotations

import os
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.programs import account as account_module
from alembic_rehearsal.core.postgres.programs.account import Account, server_account
from alembic_rehearsal.core.values.errors import NoServer

STRANGER = Account("stranger", 54321, 54321, switch=True)


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """A folder that every account can enter, because all folders above it are opened, too."""
    for each in (tmp_path, *tmp_path.parents):
        if each.stat().st_uid == os.geteuid() and each != Path("/"):
            each.chmod(each.stat().st_mode | 0o055)
    return tmp_path


def test_another_account_reads_what_is_open_for_all(open_folder: Path) -> None:
    file = open_folder / "file"
    file.touch(mode=0o644)
    assert STRANGER.can_read(file)


def test_another_account_reads_nothing_under_a_closed_folder(open_folder: Path) -> None:
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    (home / "file").touch(mode=0o644)
    assert not STRANGER.can_read(home / "file")


def test_an_account_reads_its_own_files(open_folder: Path) -> None:
    status = open_folder.stat()
    owner = Account("owner", status.st_uid, 54321, switch=True)
    file = open_folder / "file"
    file.touch(mode=0o400)
    assert owner.can_read(file)
    assert not STRANGER.can_read(file)


@pytest.mark.skipif(os.geteuid() == 0, reason="root never runs a server as itself")
def test_accounts_other_than_root_run_servers_as_themselves() -> None:
    assert server_account().run_as() == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives up its rights")
def test_root_becomes_an_account_that_the_machine_has() -> None:
    found = server_account()
    assert found.name in ("postgres", "nobody")
    assert found.run_as() == {"user": found.uid, "group": found.gid, "extra_groups": []}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives up its rights")
def test_root_without_such_an_account_gets_remedies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_module, "CANDIDATES", ("nobody-of-that-name",))
    with pytest.raises(NoServer, match="nobody-of-that-name") as caught:
        server_account()
    assert "refuses to run as root" in caught.value.why
