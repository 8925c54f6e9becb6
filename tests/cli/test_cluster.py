"""`ipc-chat cluster`, as far as it needs no cluster; tests/e2e/test_cluster.py has one."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ipcchat.cli.main import main


def test_a_server_that_stands_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cluster", "status", "--data", str(tmp_path)]) == 1
    assert "this server is no node of a cluster; name a NATS server with --cluster" in capsys.readouterr().err


def test_nobody_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"nats://127.0.0.1:{held.getsockname()[1]}"
        assert main(["cluster", "--cluster", url]) == 1
    assert f"no NATS server answers at {url}" in capsys.readouterr().err


def test_a_mistake_in_the_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cluster", "--cluster", "http://x"]) == 78
    assert "--cluster: expected" in capsys.readouterr().err
