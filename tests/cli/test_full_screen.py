"""The way into the terminal client: what the command line, the environment and the settings make of it."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ipcchat.cli import chat, exits, full_screen, keyrings
from ipcchat.cli.full_screen import chat_for_entry, has_few_colours, password_of, start_of
from ipcchat.client.errors import AddressError, ChatError
from ipcchat.tui.settings import SettingsError
from ipcchat.tui.start import ServerEntry, Start


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without settings, variables or a keyring."""
    for name in (
        "ACCOUNT",
        "NICK",
        "PASSWORD",
        "SERVER_PASSWORD",
        "PASSWORD_COMMAND",
        "CERTIFICATE",
        "PIN",
        "SERVER",
        "TERMINAL_CONFIG",
    ):
        monkeypatch.delenv(f"IPCCHAT_{name}", raising=False)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr(keyrings, "installed", lambda: None)
    return tmp_path


def options(**given: object) -> argparse.Namespace:
    return argparse.Namespace(**({"address": "", "wait": 10.0} | given))


def begins(**given: object) -> Start:
    return start_of(options(**given))


def settings(home: Path, text: str) -> None:
    (home / "ipc-chat").mkdir(exist_ok=True)
    (home / "ipc-chat" / "terminal.toml").write_text(text)


def prints(text: str) -> str:
    return shlex.join([sys.executable, "-c", f"print({text!r})"])


def test_without_a_word_our_user_is_asked_with_his_login_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "joann")
    begin = begins()
    assert begin.servers == () and (begin.proposal.nick, begin.proposal.address) == ("joann", "")
    assert begins(server="ircs://chat.example").proposal.address == "ircs://chat.example"


def test_what_the_command_line_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPCCHAT_NICK", "ann")
    (entry,) = begins(server="ircs://chat.example", pin="SHA256:00").servers
    assert entry == ServerEntry(address="ircs://chat.example", nick="ann", pin="SHA256:00")


def test_the_servers_of_the_settings(home: Path) -> None:
    settings(home, '[[servers]]\naddress = "ircs://chat.example"\naccount = "ann"\n')
    begin = begins()
    assert [entry.account for entry in begin.servers] == ["ann"] and begin.settings.path is not None


def test_settings_with_a_mistake_are_refused(home: Path) -> None:
    settings(home, "[display]\njoins = 7\n")
    with pytest.raises(SettingsError, match=r"terminal\.toml:2"):
        begins()


def test_the_environments_passwords(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account's where there is one; for the first server, for no other."""
    monkeypatch.setenv("IPCCHAT_PASSWORD", "hush")
    (entry,) = begins(nick="ann").servers
    assert (entry.password, entry.server_password) == ("", "hush")
    settings(home, '[[servers]]\naccount = "ann"\n[[servers]]\naddress = "other.example"\naccount = "ann"\n')
    first, second = begins().servers
    assert (first.password, first.server_password, second.password, second.server_password) == ("hush", "", "", "")
    monkeypatch.setenv("IPCCHAT_SERVER_PASSWORD", "open")
    assert begins().servers[0].server_password == "open"
    assert begins(server="ircs://new.example").proposal.server_password == "open"


def test_a_command_prints_the_password_before_the_screen_begins() -> None:
    (entry,) = begins(account="ann", password_command=prints("hush")).servers
    assert entry.password == "hush"
    with pytest.raises(ChatError, match="printed nothing"):
        begins(account="ann", password_command=f"{sys.executable} -c ''")


def test_later_a_command_has_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """What it would write there would stand on the screen."""
    program = "import sys, os; print('oops', file=sys.stderr); print('hush' if not sys.stdin.read() else '')"
    command = shlex.join([sys.executable, "-c", program])
    assert password_of(ServerEntry(account="ann", password_command=command)) == "hush"
    assert capfd.readouterr() == ("", "")


def test_where_a_password_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full_screen, "kept", lambda account, host: f"{account} at {host}" if account == "ann" else "")
    assert password_of(ServerEntry(nick="ann")) == ""
    assert password_of(ServerEntry(account="ann", password="typed")) == "typed"
    assert password_of(ServerEntry(account="ann", certificate="ann.pem")) == ""
    assert password_of(ServerEntry(account="ann", address="unix:///run/chat.sock")) == ""
    assert password_of(ServerEntry(account="ann", address="ircs://chat.example")) == "ann at chat.example"
    assert password_of(ServerEntry(account="bob", address="ircs://chat.example")) is None


def test_a_password_is_kept_where_there_is_a_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not begins().can_keep()
    found: list[tuple[str, str, str]] = []
    monkeypatch.setattr(full_screen, "keep", lambda *words: found.append(words))
    begins().keep(ServerEntry(account="ann", address="ircs://chat.example/#tea"), "hush")
    assert found == [("ann", "chat.example", "hush")]


def test_a_login_is_known_the_next_time_without_its_password(home: Path) -> None:
    entry = ServerEntry(address="ircs://chat.example", nick="ann", account="ann", password="hush")
    begins().remember(entry)
    assert "hush" not in (home / "ipc-chat" / "terminal.toml").read_text()
    assert begins().servers == (ServerEntry(address="ircs://chat.example", nick="ann", account="ann"),)


def test_the_chat_of_an_entry() -> None:
    entry = ServerEntry(address="irc://chat.example/#tea", nick="ann")
    made = chat_for_entry(entry, 10)
    assert (made.wanted_nick, str(made.address)) == ("ann", "irc://chat.example:6667")
    assert chat_for_entry(ServerEntry(account="ann", password="x"), 10).wanted_nick == "ann"
    with pytest.raises(AddressError):
        chat_for_entry(ServerEntry(address="http://chat.example"), 10)
    with pytest.raises(ChatError, match="a password"):
        chat_for_entry(ServerEntry(address="irc://chat.example", account="ann"), 10)


@pytest.mark.parametrize(
    ("term", "forced", "few"),
    [
        ("xterm-256color", "auto", False),
        ("linux", "auto", True),
        ("xterm", "auto", True),
        ("xterm-256color", "standard", True),
        ("linux", "truecolor", False),
    ],
)
def test_terminals_with_sixteen_colours(monkeypatch: pytest.MonkeyPatch, term: str, forced: str, few: bool) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", forced)
    monkeypatch.delenv("COLORTERM", raising=False)
    assert has_few_colours() is few


def terminal(is_terminal: bool) -> SimpleNamespace:
    return SimpleNamespace(isatty=lambda: is_terminal)


@pytest.mark.parametrize(
    ("stdin", "stdout", "term", "plain", "wanted"),
    [
        (True, True, "xterm", False, True),
        (True, True, "xterm", True, False),
        (False, True, "xterm", False, False),
        (True, False, "xterm", False, False),
        (True, True, "dumb", False, False),
        (True, True, "", False, False),
    ],
)
def test_the_screen_is_for_a_person_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, stdin: bool, stdout: bool, term: str, plain: bool, wanted: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", terminal(stdin))
    monkeypatch.setattr(sys, "stdout", terminal(stdout))
    monkeypatch.setenv("TERM", term)
    assert chat.wants_full_screen(options(plain=plain)) is wanted


def test_chat_runs_it_and_says_why_it_does_not(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(chat, "wants_full_screen", lambda options: True)
    ran: list[Start] = []

    def run(start: Start) -> int:
        ran.append(start)
        return exits.OK

    monkeypatch.setattr("ipcchat.tui.app.run", run)
    assert chat.run(options(address="ircs://chat.example", nick="ann")) == exits.OK
    assert ran[0].servers[0].address == "ircs://chat.example"
    assert chat.run(options(address="https://chat.example", nick="ann")) == exits.USAGE
    assert chat.run(options(address="irc://a", server="irc://b")) == exits.USAGE
    settings(home, "nonsense")
    assert chat.run(options()) == exits.FAILED
    assert "address of a page" in (said := capsys.readouterr().err) and "twice" in said and "no TOML" in said
