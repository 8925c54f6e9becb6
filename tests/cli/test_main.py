"""The entries of the command line: help, mistyped commands, environment, what is imported."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ipcchat.cli import chat, send, tail
from ipcchat.cli.main import (
    CLIENT_COMMANDS,
    COMMANDS,
    SERVER_COMMANDS,
    client_main,
    client_parser,
    main,
    main_parser,
    server_main,
    server_parser,
)
from ipcchat.cli.parsing import nick_of, plain_of, server_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, argparse.Namespace]]:
    """Which commands ran, and with what."""
    calls: list[tuple[str, argparse.Namespace]] = []

    def runner(name: str) -> Any:
        def run(options: argparse.Namespace) -> int:
            calls.append((name, options))
            return 0

        return run

    for name, module in {"chat": chat, "send": send, "tail": tail}.items():
        monkeypatch.setattr(module, "run", runner(name))
    for name in ("IPCCHAT_SERVER", "IPCCHAT_NICK", "IPCCHAT_ACCOUNT"):
        monkeypatch.delenv(name, raising=False)
    return calls


@pytest.mark.parametrize(
    ("words", "name", "server", "nick"),
    [
        ([], "chat", "", None),
        (["--nick", "ann"], "chat", "", "ann"),
        (["--account", "ann"], "chat", "", "ann"),
        (["--account", "ann", "--nick", "eve"], "chat", "", "eve"),
        (["chat", "--server", "irc://h:1"], "chat", "irc://h:1", None),
        (["--server", "irc://h:1", "send", "--nick", "ann", "#ops", "hi", "there"], "send", "irc://h:1", "ann"),
        (["--nick", "eve", "tail", "#ops", "--nick", "ann"], "tail", "", "ann"),
        (["--server", "irc://h:1", "tui", "--nick", "ann"], "chat", "irc://h:1", "ann"),
        (["--server", "irc://h:1", "send", "tui", "irc://h"], "send", "irc://h:1", None),
    ],
)
def test_client_options_stand_before_or_after_the_command(
    ran: list[Any], words: list[str], name: str, server: str, nick: str | None
) -> None:
    assert client_main(words) == 0
    ((command, options),) = ran
    assert (command, server_of(options), nick_of(options)) == (name, server, nick)


@pytest.mark.parametrize(
    "words",
    [
        ["irc://h:1/#tea", "--nick", "ann"],
        ["--nick", "ann", "irc://h:1/#tea"],
        ["--nick", "ann", "chat", "irc://h:1/#tea"],
        ["tui", "--nick=ann", "irc://h:1/#tea"],
        ["--nick=ann", "--wait", "5", "irc://h:1/#tea"],
    ],
)
@pytest.mark.parametrize("entry", [main, client_main])
def test_an_address_is_gone_to(ran: list[Any], entry: Any, words: list[str]) -> None:
    if entry is main and words[0].startswith("--"):
        words = [word for word in words if word.startswith("irc:")] + ["--nick", "ann"]
    assert entry(words) == 0
    ((command, options),) = ran
    assert (command, options.address, nick_of(options)) == ("chat", "irc://h:1/#tea", "ann")


def test_the_environment_gives_defaults_and_options_win(ran: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPCCHAT_SERVER", "irc://env:1")
    monkeypatch.setenv("IPCCHAT_NICK", "envy")
    client_main(["--plain"])
    client_main(["--server", "irc://h:2", "--nick", "ann"])
    seen = [(server_of(options), nick_of(options), plain_of(options)) for _, options in ran]
    assert seen == [("irc://env:1", "envy", True), ("irc://h:2", "ann", False)]


def test_the_words_of_send_and_the_numbers_of_tail(ran: list[Any]) -> None:
    client_main(["send", "#ops", "build", "is", "green"])
    main(["tail", "#ops", "-n", "3", "--follow", "--json"])
    assert ran[0][1].text == ["build", "is", "green"]
    assert (ran[1][1].lines, ran[1][1].follow, ran[1][1].json) == (3, True, True)


@pytest.mark.parametrize(
    ("entry", "words", "message"),
    [
        (main, ["serv"], "did you mean 'serve'"),
        (client_main, ["sned"], "did you mean 'send'"),
        (client_main, ["frobnicate"], "the commands are chat, send, tail, search, trust"),
        (main, ["tail", "#ops", "-n", "-1"], "not a number"),
        (main, ["tail", "#ops", "-n", "x"], "not a number"),
        (main, ["send", "--wait", "-2", "#ops"], "0 and 86400"),
        (main, ["send"], "TARGET"),
    ],
)
def test_wrong_usage_says_what_is_right(
    entry: Any, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert entry(words) == 2
    captured = capsys.readouterr()
    assert message in captured.err and captured.out == ""


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (main, []),
        (client_main, []),
        (server_main, []),
        *((server_main, [name]) for name in SERVER_COMMANDS),
        *((main, [name]) for name in ("serve", "chat", "send", "tail", "search", "trust", "version")),
        (client_main, ["send"]),
    ],
)
def test_help_has_examples_and_exit_codes_and_fits(
    entry: Any, words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert entry([*words, "--help"]) == 0
    text = capsys.readouterr().out
    assert "exit codes:" in text and "{prog}" not in text
    assert "examples:" in text or words == ["version"]
    assert all(len(line) <= 80 for line in text.splitlines()), [line for line in text.splitlines() if len(line) > 80]


@pytest.mark.parametrize(
    ("entry", "program", "commands"),
    [
        (main, "ipc-chat", COMMANDS),
        (server_main, "server.py", SERVER_COMMANDS),
        (client_main, "client.py", CLIENT_COMMANDS),
    ],
)
def test_an_unknown_option_is_answered_with_the_usage_of_its_command(
    entry: Any, program: str, commands: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where all that the command needs is there."""
    file_or_word = ("backup", "restore", "import", "tail", "search", "send")
    needed = {"audit": ["verify", "x"]} | {name: ["x"] for name in file_or_word}
    for name in commands:
        assert entry([name, *needed.get(name, []), "--bad-option"]) == 2
        captured = capsys.readouterr()
        assert captured.err.startswith(f"usage: {program} {name} [-h]") and captured.out == ""
        assert captured.err.endswith(f"{program} {name}: error: unrecognized arguments: --bad-option\n")
    assert entry(["--bad-option"]) == 2
    assert capsys.readouterr().err.startswith(f"usage: {program} [-h]")


def test_no_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage: ipc-chat" in capsys.readouterr().err


def test_the_server_has_its_own_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also with an option in front that both know."""
    assert server_main(["certificate", "--make", "chat.lan", "--data", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert server_main(["--data", str(tmp_path), "certificate"]) == 0
    assert capsys.readouterr().out == shown and "chat.lan" in shown
    assert server_main(["certificat"]) == 2
    assert "did you mean 'certificate'?" in capsys.readouterr().err


def test_a_reader_who_has_gone_ends_it_without_a_word(tmp_path: Path) -> None:
    assert main(["certificate", "--make", "chat.lan", "--data", str(tmp_path)]) == 0
    command = [sys.executable, "-m", "ipcchat", "certificate", "--data", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b"" and process.wait() == 141


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    from ipcchat.version import VERSION

    assert main(["version"]) == 0
    assert capsys.readouterr().out.startswith(f"ipc-chat {VERSION} (Python 3.")


def test_ctrl_c_is_exit_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(send, "run", interrupted)
    assert client_main(["send", "#ops", "x"]) == 130


@pytest.mark.parametrize("module", ["ipcchat", "ipcchat.cli.main"])
def test_what_is_cheap_stays_cheap(module: str) -> None:
    """Importing the package, or the command line before a command runs, brings in none of the heavy parts."""
    code = f"import sys, {module}; print(*sorted(sys.modules))"
    modules = set(
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
    )
    assert not modules & {
        "asyncio",
        "msgspec",
        "sqlite3",
        "ipcchat.client",
        "ipcchat.server",
        "ipcchat.core",
        "ipcchat.wire",
        "uvloop",
    }


def test_python_m_ipcchat_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ipcchat", "version"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and done.stdout.startswith("ipc-chat ")


def test_parsers_can_be_looked_at() -> None:
    """Documentation is checked against them."""
    assert main_parser().prog == "ipc-chat" and "--no-throttle" in server_parser().format_help()
    assert client_parser().prog == "client.py"
