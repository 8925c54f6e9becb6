"""`ipc-chat password`: on a terminal, in a pipe, and that no password is ever shown."""

from __future__ import annotations

import getpass
import subprocess
import sys
import warnings
from pathlib import Path

import pexpect
import pytest

from ipcchat.cli.main import main
from ipcchat.server.passwords import matches

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "ipcchat", "password"]
SECONDS = 20
PASSWORD = "correct horse é"


def piped(typed: bytes | None, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command with this on standard input; None closes it."""
    command = ["sh", "-c", 'exec "$@" <&-', "sh", *COMMAND] if typed is None else COMMAND
    return subprocess.run([*command, *words], cwd=ROOT, capture_output=True, timeout=SECONDS, input=typed or b"")


@pytest.fixture
def terminal():
    """The command on a terminal."""
    child = pexpect.spawn(COMMAND[0], COMMAND[1:], cwd=str(ROOT), encoding="utf-8", timeout=SECONDS)
    yield child
    child.close(force=True)


def say(terminal: pexpect.spawn, prompt: str, typed: str) -> None:
    """Answer a prompt, once the terminal has stopped to echo."""
    terminal.expect_exact(prompt)
    assert terminal.waitnoecho(SECONDS)
    terminal.sendline(typed)


def test_on_a_terminal_it_asks_twice_without_echo(terminal):
    say(terminal, "Password: ", PASSWORD)
    say(terminal, "Once more: ", PASSWORD)
    terminal.expect(r"\r\n(\$argon2id\$\S+)\r\n")
    assert matches(terminal.match[1], PASSWORD)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0


def test_two_different_passwords_are_none(terminal):
    say(terminal, "Password: ", "12345678")
    say(terminal, "Once more: ", "12345679")
    terminal.expect_exact("ipc-chat: these were two different passwords; try again")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 1


@pytest.mark.parametrize(("key", "code"), [("\x04", 1), ("\x03", 130)])
def test_ctrl_d_and_ctrl_c_end_it(terminal, key, code):
    terminal.expect_exact("Password: ")
    assert terminal.waitnoecho(SECONDS)
    terminal.send(key)
    terminal.expect(pexpect.EOF)
    assert "Traceback" not in terminal.before
    terminal.close()
    assert terminal.exitstatus == code


def test_a_terminal_that_would_show_it_is_refused(monkeypatch, capsys):
    def getpass_with_echo(prompt: str) -> str:
        warnings.warn("Can not control echo on the terminal.", getpass.GetPassWarning, stacklevel=2)
        return PASSWORD

    monkeypatch.setattr(getpass, "getpass", getpass_with_echo)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert main(["password"]) == 1
    assert capsys.readouterr() == ("", "ipc-chat: this terminal would show the password; pipe it in instead\n")


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\nanother line\n"])
def test_in_a_pipe_it_reads_one_line(ending):
    done = piped((PASSWORD + ending).encode())
    assert (done.returncode, done.stderr) == (0, b"")
    (line,) = done.stdout.decode().splitlines()
    assert matches(line, PASSWORD)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (None, "there was no password"),
        (b"", "there was no password"),
        (b"\n", "there was no password"),
        (b"hunter2\n", "a password has at least 8 characters; this one is too easy to guess"),
        (b"hunter2\xff\xff", "the password is not UTF-8"),
        (b"hunter2\x02hunter2", "a password has no control characters: no client can send them"),
        (b"hunter2" * 60, "a password has at most 400 bytes; a longer one does not fit into a line"),
        (b"hunter2" * 60_000, "a password has at most 400 bytes; a longer one does not fit into a line"),
        ("é".encode() * 300, "a password has at most 400 bytes; a longer one does not fit into a line"),
    ],
)
def test_what_is_no_password_is_refused_and_not_shown(typed, reason):
    done = piped(typed)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode() == f"ipc-chat: {reason}\n"


def test_the_longest_password_is_taken():
    done = piped(b"x" * 400 + b"\r\n")
    assert matches(done.stdout.decode().strip(), "x" * 400)


@pytest.mark.parametrize("words", [["hunter2hunter2"], ["--", "--hunter2"], ["a", "hunter2"]])
def test_the_command_line_is_no_place_for_it(words, capsys):
    assert main(["password", *words]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("ipc-chat: the command line is no place for a password")
    assert "hunter2" not in err


def test_help_does_not_offer_an_argument(capsys):
    assert main(["password", "--help"]) == 0
    assert "words" not in capsys.readouterr().out
