"""The client as a filter: `client.py send` and `client.py tail` between other programs, as a script uses them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ROOT, ServerProcess, free_port
from tests.e2e.waiting import SECONDS_MAX, until

TAIL_LINE = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} <ann> (.*)")


class Shell:
    """A shell with an empty HOME, in which `client` is our client, connected to one server."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "USER": "ann",
            "LOGNAME": "ann",
            "LANG": "C.UTF-8",
            "IPCCHAT_SERVER": f"irc://127.0.0.1:{port}",
            "PYTHON": sys.executable,
            "CLIENT": str(ROOT / "client.py"),
        }

    def begins(self, script: str) -> subprocess.Popen[str]:
        """Start a script; it is a process group of its own."""
        return subprocess.Popen(
            ["/bin/bash", "-o", "pipefail", "-c", f'client() {{ "$PYTHON" "$CLIENT" "$@"; }}\n{script}'],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment,
            start_new_session=True,
        )

    def runs(self, script: str) -> tuple[int, str, str]:
        """Run a script; its exit code, standard output and standard error."""
        with self.begins(script) as process:
            try:
                output, errors = process.communicate(timeout=SECONDS_MAX)
            finally:
                process.kill()
        return process.returncode, output, errors


@pytest.fixture
def shell(server: ServerProcess, tmp_path: Path) -> Shell:
    """A shell beside the server."""
    home = tmp_path / "home"
    home.mkdir()
    return Shell(home, server.port)


@pytest.fixture
def room(server: ServerProcess) -> Iterator[RawClient]:
    """Somebody in #ops, so that the room stays when the programs go."""
    with RawClient(server.port).registers("keeper").joins("#ops") as keeper:
        yield keeper


def texts(output: str) -> list[str]:
    """The texts in tail's output; every line must be a message."""
    found = [TAIL_LINE.fullmatch(line) for line in output.splitlines()]
    assert all(found), output
    return [match[1] for match in found if match]


def test_what_is_echoed_can_be_tailed(shell: Shell, room: RawClient):
    assert shell.runs("echo 'build 42 is green' | client send '#ops'") == (0, "", "")
    assert shell.runs("client send '#ops' three words here") == (0, "", "")
    assert shell.runs("printf 'one\\n\\ntwo' | client send '#ops'") == (0, "", "")
    code, output, errors = shell.runs("client tail '#ops'")
    assert (code, texts(output), errors) == (0, ["build 42 is green", "three words here", "one", "two"], "")
    assert texts(shell.runs("client tail '#ops' -n 1")[1]) == ["two"]
    assert room.hears_text("two").nick == "ann"


def test_json_for_programs(shell: Shell, room: RawClient):
    assert shell.runs("client send '#ops' 'zażółć \"gęślą\" 👋'")[0] == 0
    row = json.loads(shell.runs("client tail '#ops' --json")[1])
    assert (row["nick"], row["target"], row["text"], row["kind"]) == ("ann", "#ops", 'zażółć "gęślą" 👋', "message")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row["time"])
    assert row["msgid"]


def test_thirty_lines_keep_their_order(shell: Shell, room: RawClient):
    assert shell.runs("seq 30 | client send '#ops'") == (0, "", "")
    said = [room.hears("PRIVMSG").params[-1] for _ in range(30)]
    assert said == [str(number) for number in range(1, 31)]
    assert texts(shell.runs("client tail '#ops' -n 1000")[1]) == said


def test_grep_sees_a_followed_line_at_once(shell: Shell, room: RawClient):
    with shell.begins("client tail '#ops' -n 0 --follow --nick watcher | grep --line-buffered deploy") as watching:
        room.hears("JOIN", where=lambda line: line.nick == "watcher")
        assert shell.runs("client send '#ops' 'lunch?'")[0] == 0
        assert shell.runs("client send '#ops' 'deploy of 42 begins'")[0] == 0
        assert watching.stdout is not None and watching.stderr is not None
        assert texts(watching.stdout.readline().rstrip("\n")) == ["deploy of 42 begins"]
        os.killpg(watching.pid, signal.SIGTERM)
        assert watching.stdout.read() == ""


def test_follow_survives_a_restart_without_gap_or_double(server: ServerProcess, shell: Shell, room: RawClient):
    with shell.begins("client tail '#ops' -n 0 --follow --nick watcher") as watching:
        room.hears("JOIN", where=lambda line: line.nick == "watcher")
        assert shell.runs("client send '#ops' before")[0] == 0
        server.kill()
        server.start()
        assert shell.runs("seq 5 | client send '#ops'")[0] == 0
        assert watching.stdout is not None and watching.stderr is not None
        heard = [texts(watching.stdout.readline().rstrip("\n"))[0] for _ in range(6)]
        assert heard == ["before", "1", "2", "3", "4", "5"]
        os.killpg(watching.pid, signal.SIGTERM)
        assert watching.stdout.read() == ""


def test_send_survives_a_restart(server: ServerProcess, shell: Shell, room: RawClient):
    go = shell.home / "go"
    os.mkfifo(go)
    script = f"(echo one; cat '{go}'; seq 3 5) | client send '#ops'"
    with shell.begins(script) as sending:
        room.hears_text("one")
        server.kill()
        server.start()
        go.write_text("two\n")
        output, errors = sending.communicate(timeout=SECONDS_MAX)
    assert (sending.returncode, output) == (0, ""), errors
    assert texts(shell.runs("client tail '#ops'")[1]) == ["one", "two", "3", "4", "5"]


def test_whoever_closes_the_pipe_ends_tail_quietly(shell: Shell, room: RawClient):
    assert shell.runs("seq 20 | client send '#ops'")[0] == 0
    code, output, errors = shell.runs("client tail '#ops' -n 20 --follow | head -n 2")
    assert (texts(output), errors) == (["1", "2"], "")
    assert code in (0, 141)


def test_exit_codes(shell: Shell, room: RawClient):
    code, output, errors = shell.runs("client send nobody-here hello")
    assert (code, output) == (1, "")
    assert errors.startswith("ipc-chat: not delivered: ") and errors.count("\n") == 1
    for usage in (
        "client send",
        "client tial '#ops'",
        "client tail '#ops' -n many",
        "client send '#ops' --server ftp://x y",
    ):
        code, output, errors = shell.runs(usage)
        assert (code, output) == (2, ""), usage
        assert errors and "Traceback" not in errors
    assert "did you mean 'tail'?" in shell.runs("client tial '#ops'")[2]


def test_no_server_is_exit_code_69(tmp_path: Path):
    shell = Shell(tmp_path, free_port())
    for command in ("send '#ops' hello", "tail '#ops'"):
        code, output, errors = shell.runs(f"client {command} --wait 0.3")
        assert (code, output) == (69, "")
        assert errors.startswith("ipc-chat: ") and errors.count("\n") == 1


def test_nothing_that_was_said_reaches_the_terminal_as_a_control(shell: Shell, room: RawClient):
    room.says("PRIVMSG #ops :\x1b]0;owned\x07\x1b[2Jred\x0304!\u202e")
    output = until(lambda: shell.runs("client tail '#ops'")[1], "the message")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", output)
    assert "\u241b]0;owned" in output
