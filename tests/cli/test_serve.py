"""The server's arguments, as scripts rely on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ipcchat.cli.main import main, server_main
from ipcchat.cli.serve import default_data_folder


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the server would have been started with."""
    calls: list[Any] = []

    def run(options: Any) -> int:
        calls.append(options)
        return 0

    monkeypatch.setattr("ipcchat.server.app.run", run)
    return calls


def test_no_argument_is_enough(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "/xdg")
    assert server_main([]) == 0
    (options,) = started
    assert options.listen == ["irc://127.0.0.1:6667"] and options.data == Path("/xdg/ipc-chat")
    assert (options.name, options.threads, options.throttle, options.log_level) == ("IPCChat", None, True, "info")


def test_every_argument(started: list[Any]) -> None:
    words = "--listen irc://[::1]:1 --listen irc://h:2 --data /d --name Net --threads 2 --no-throttle --log-level debug"
    assert main(["serve", *words.split()]) == 0
    (options,) = started
    assert (options.listen, options.data) == (["irc://[::1]:1", "irc://h:2"], Path("/d"))
    assert (options.name, options.threads, options.throttle, options.log_level) == ("Net", 2, False, "debug")


def test_memory_means_no_folder(started: list[Any]) -> None:
    assert server_main(["--memory"]) == 0
    assert started[0].data is None


@pytest.mark.parametrize(
    "words",
    [
        ["--memory", "--data", "/d"],
        ["--threads", "-1"],
        ["--threads", "x"],
        ["--threads", "9999"],
        ["--name", "a b"],
        ["--name", ""],
        ["extra"],
    ],
)
def test_wrong_usage_is_exit_code_2(started: list[Any], words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert server_main(words) == 2
    assert started == [] and "usage: server.py" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"STATE_DIRECTORY": "/var/lib/a:/var/lib/b", "XDG_DATA_HOME": "/xdg"}, "/var/lib/a"),
        ({"XDG_DATA_HOME": "/xdg"}, "/xdg/ipc-chat"),
        ({"XDG_DATA_HOME": "relative"}, "/home/ann/.local/share/ipc-chat"),
        ({}, "/home/ann/.local/share/ipc-chat"),
    ],
)
def test_the_data_folder(environment: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """XDG Base Directory Specification: a relative path counts as unset; systemd.exec: STATE_DIRECTORY."""
    for name in ("STATE_DIRECTORY", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/ann")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert default_data_folder() == Path(folder)
