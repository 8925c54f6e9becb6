"""The server's arguments and its configuration file, as scripts rely on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ipcchat.cli.main import main, server_main
from ipcchat.core.limits import Limits
from ipcchat.server.configuration import Configuration
from ipcchat.server.settings import Loaded

CONFIGURATION = 78  # EX_CONFIG of BSD's sysexits


@pytest.fixture(autouse=True)
def without_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No file is named by the environment, and the current folder is a test's own."""
    monkeypatch.delenv("IPC_CHAT_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the server would have been started with: what was loaded, each time."""
    calls: list[Any] = []

    def run(configuration: Any) -> int:
        calls.append(configuration.loaded)
        return 0

    monkeypatch.setattr("ipcchat.server.app.run", run)
    return calls


def essentials(loaded: Loaded) -> tuple[object, ...]:
    """What most arguments are about."""
    settings = loaded.settings
    return (settings.network, loaded.threads, settings.throttles.lines, loaded.log_level)


def test_no_argument_is_enough(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "/xdg")
    assert server_main([]) == 0
    (loaded,) = started
    assert loaded.listen == ("irc://127.0.0.1:6667",) and loaded.folder == Path("/xdg/ipc-chat")
    assert essentials(loaded) == ("IPCChat", None, True, "info")


def test_every_argument(started: list[Any]) -> None:
    words = "--listen irc://[::1]:1 --listen irc://h:2 --data /d --name Net --threads 2 --no-throttle --log-level debug"
    assert main(["serve", *words.split()]) == 0
    (loaded,) = started
    assert (loaded.listen, loaded.folder) == (("irc://[::1]:1", "irc://h:2"), Path("/d"))
    assert essentials(loaded) == ("Net", 2, False, "debug")


def test_memory_means_no_folder(started: list[Any]) -> None:
    assert server_main(["--memory"]) == 0
    assert started[0].folder is None


@pytest.mark.parametrize(
    "words",
    [
        ["--memory", "--data", "/d"],
        ["--threads", "-1"],
        ["--threads", "x"],
        ["--threads", "9999"],
        ["--threads", "9" * 5_000],
        ["--log-level", "loud"],
        ["--name", "a b"],
        ["--name", ""],
        ["extra"],
    ],
)
def test_wrong_usage_is_exit_code_2(started: list[Any], words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert server_main(words) == 2
    assert started == [] and "usage: server.py" in capsys.readouterr().err


def test_a_wrong_argument_says_what_is_expected(started: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert server_main(["--threads", "999"]) == 2
    assert "argument --threads: expected a number from 0 to 256, got 999\n" in capsys.readouterr().err


FILE = """
[server]
network = "File"
name = "file.example.org"
listen = ["irc://127.0.0.1:7000", "irc://[::1]:7000"]
motd = "Hello."
threads = 3
log_level = "error"
[storage]
folder = "chat"
[limits]
users_max = 5
"""


def write(text: str, name: str = "ipc-chat.toml") -> None:
    Path(name).write_text(text)


class TestConfiguration:
    def test_it_is_what_the_server_runs_with(self, started: list[Any], tmp_path: Path) -> None:
        write(FILE)
        assert server_main(["--config", "ipc-chat.toml"]) == 0
        (loaded,) = started
        assert loaded.listen == ("irc://127.0.0.1:7000", "irc://[::1]:7000")
        assert loaded.folder == tmp_path / "chat"
        assert essentials(loaded) == ("File", 3, True, "error")
        assert (loaded.settings.server_name, loaded.settings.motd) == ("file.example.org", ("Hello.",))
        assert loaded.settings.limits == Limits(users_max=5)

    def test_flags_win(self, started: list[Any]) -> None:
        write(FILE)
        words = "--listen irc://h:2 --data /d --name Net --threads 0 --no-throttle --log-level debug"
        assert server_main(["--config", "ipc-chat.toml", *words.split()]) == 0
        (loaded,) = started
        assert (loaded.listen, loaded.folder) == (("irc://h:2",), Path("/d"))
        assert essentials(loaded) == ("Net", 0, False, "debug")
        assert loaded.settings.server_name == "file.example.org"

    def test_the_file_and_the_flags_are_handed_on_to_be_read_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write(FILE)

        def run(configuration: Configuration) -> int:
            assert configuration.path == Path("ipc-chat.toml")
            assert configuration.flags == {"server.network": "Net"}
            return 99

        monkeypatch.setattr("ipcchat.server.app.run", run)
        assert server_main(["--config", "ipc-chat.toml", "--name", "Net"]) == 99

    def test_memory_wins_over_a_folder_and_a_folder_over_memory(self, started: list[Any]) -> None:
        write("storage = {memory = true, folder = '/d'}")
        assert server_main(["--config", "ipc-chat.toml"]) == 0
        assert server_main(["--config", "ipc-chat.toml", "--data", "/e"]) == 0
        write(FILE)
        assert server_main(["--config", "ipc-chat.toml", "--memory"]) == 0
        assert [loaded.folder for loaded in started] == [None, Path("/e"), None]

    def test_a_relative_folder_of_a_flag_is_in_the_current_folder(self, started: list[Any], tmp_path: Path) -> None:
        (tmp_path / "etc").mkdir()
        write(FILE, "etc/ipc-chat.toml")
        assert server_main(["--config", "etc/ipc-chat.toml", "--data", "here"]) == 0
        assert started[0].folder == tmp_path / "here"

    def test_the_environment_names_the_file_unless_a_flag_does(
        self, started: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write("server.network = 'One'", "one.toml")
        write("server.network = 'Two'", "two.toml")
        monkeypatch.setenv("IPC_CHAT_CONFIG", "one.toml")
        assert server_main([]) == 0
        assert server_main(["--config", "two.toml"]) == 0
        monkeypatch.setenv("IPC_CHAT_CONFIG", "")
        assert server_main([]) == 0
        assert [loaded.settings.network for loaded in started] == ["One", "Two", "IPCChat"]

    @pytest.mark.parametrize("more", [[], ["--check-config"]])
    def test_mistakes_are_told_and_nothing_starts(
        self, started: list[Any], more: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        write("limits.nick_bytes = 9\nserver.threads = 'x'")
        assert server_main(["--config", "ipc-chat.toml", "--listen", "x", *more]) == CONFIGURATION
        assert started == []
        out, err = capsys.readouterr()
        assert out == ""
        assert err.splitlines() == [
            "ipc-chat.toml: limits.nick_bytes: no such setting; did you mean limits.nick_bytes_max?",
            "ipc-chat.toml: server.threads: expected a number from 0 to 256, got 'x'",
            "ipc-chat: --listen: expected irc://HOST:PORT, got 'x'",
        ]

    def test_a_file_that_is_not_there(self, started: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
        assert server_main(["--config", "no.toml"]) == CONFIGURATION
        assert capsys.readouterr().err == "no.toml: cannot be read: No such file or directory\n"

    @pytest.mark.parametrize(
        ("words", "line"),
        [(["--config", "ipc-chat.toml"], "ipc-chat.toml: no mistakes\n"), ([], "ipc-chat: no mistakes\n")],
    )
    def test_a_check_starts_nothing(
        self, started: list[Any], words: list[str], line: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(FILE)
        assert server_main(["--check-config", *words]) == 0
        assert (started, capsys.readouterr().out) == ([], line)

    def test_remarks_go_to_standard_error(self, started: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
        write("server.password = 'x'")
        Path("ipc-chat.toml").chmod(0o644)
        assert server_main(["--config", "ipc-chat.toml"]) == 0
        assert len(started) == 1
        out, err = capsys.readouterr()
        assert out == "" and err.startswith("ipc-chat: ipc-chat.toml has passwords and everybody")
