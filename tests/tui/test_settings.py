"""The settings file of the terminal client: everything has a default, and all mistakes are told with their lines."""

from __future__ import annotations

import stat
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.client.errors import ChatError
from ipcchat.tui import settings
from ipcchat.tui.settings import SECTIONS, SERVER, Settings, SettingsError, append_server, default_path, load, read
from ipcchat.tui.start import ServerEntry

PIN = "SHA256:" + ":".join(["1f"] * 32)
WHOLE = f"""\
[display]
theme = "nord"
joins = "none"
clock = 12
members = "hidden"
channels_columns = 20
reorder_right_to_left = false
mouse = false

[notifications]
bell = false
desktop = "both"
private = false
mentions = false
only_unfocused = false
words = ["deploy", "outage"]

[privacy]
typing = false

[keys]
next_unread = ["F9", "alt+a"]
mute = "f10"
theme = []

[[servers]]
name = "work"
address = "ircs://chat.example"
nick = "ann"
account = "ann"
channels = ["#tea", "#ops"]
password_command = "pass show chat"
pin = "{PIN}"
certificate = "~/ann.pem"
connect = false

[[servers]]
address = "irc://127.0.0.1:6667"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "terminal.toml"


def mistakes(text: str) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        read(text, Path("/home/ann/terminal.toml"))
    return str(raised.value).splitlines()


def test_without_a_file_everything_is_as_by_default(path):
    found = load(path)
    assert (found.display, found.notifications, found.privacy) == (
        settings.Display(),
        settings.Notifications(),
        settings.Privacy(),
    )
    assert found.servers == () and found.path == path and not path.exists()


def test_an_empty_file_is_as_good_as_none(path):
    path.write_text("")
    assert load(path).display == settings.Display()


def test_every_setting_is_read(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    found = read(WHOLE, Path("terminal.toml"))
    assert found.display == settings.Display("nord", "none", 12, "hidden", 20, False, False)
    assert found.notifications == settings.Notifications(False, "both", False, False, False, ("deploy", "outage"))
    assert found.privacy.typing is False
    assert found.keymap.keys("next_unread") == ("f9", "alt+a")
    assert found.keymap.keys("mute") == ("f10",) and found.keymap.keys("theme") == ()
    work, local = found.servers
    assert work == ServerEntry(
        "ircs://chat.example", "work", "ann", "ann", ("#tea", "#ops"), "pass show chat", PIN, "/home/ann/ann.pem", False
    )
    assert local == ServerEntry("irc://127.0.0.1:6667")


@pytest.mark.parametrize("section", SECTIONS)
def test_each_default_is_a_value_that_the_file_may_have(section):
    for entry in fields(SECTIONS[section]):
        value = list(entry.default) if isinstance(entry.default, tuple) else entry.default
        assert entry.metadata["kind"].read(value) == entry.default, entry.name


def test_all_mistakes_are_told_with_their_lines():
    text = """\
[display]
thme = "nord"
joins = "sometimes"
clock = true
channels_columns = 3
mouse = "yes"
[notifications]
words = ["deploy", 7]
bell = 1979-05-27
[keys]
nxt_unread = ["alt+a"]
mute = ["Alt+Upp"]
search = 7
[display2]
[[servers]]
address = "https://chat.example"
[[servers]]
addres = "irc://chat.example"
pin = "12"
"""
    assert mistakes(text) == [
        "terminal.toml:2: display.thme: there is no such setting; did you mean theme?",
        'terminal.toml:3: display.joins: expected "smart", "all" or "none", got "sometimes"',
        "terminal.toml:4: display.clock: expected 24 or 12, got true",
        "terminal.toml:5: display.channels_columns: expected a number from 12 to 60, or 0, got 3",
        'terminal.toml:6: display.mouse: expected true or false, got "yes"',
        "terminal.toml:8: notifications.words: expected a word, got 7",
        "terminal.toml:9: notifications.bell: expected true or false, got something else",
        "terminal.toml:11: keys.nxt_unread: there is no such action; did you mean next_unread?",
        "terminal.toml:12: keys.mute: there is no key 'Alt+Upp'; did you mean Alt+Up?",
        'terminal.toml:13: keys.search: expected keys, such as ["alt+a", "f9"]',
        "terminal.toml:14: display2: there is no such section; did you mean display?",
        "terminal.toml:16: servers.address: that is the address of a page; "
        "write irc://HOST:PORT, ircs://HOST:PORT or unix:///PATH",
        "terminal.toml:18: servers.addres: there is no such setting; did you mean address?",
        "terminal.toml:19: servers.pin: '12' is not a fingerprint; write SHA256: and 64 hexadecimal digits",
    ]


@pytest.mark.parametrize("key", ["password", "server_password"])
def test_a_password_is_refused_and_not_repeated(key):
    (told,) = mistakes(f'[[servers]]\naddress = "irc://localhost"\n{key} = "hunter2"\n')
    assert told.startswith(f"terminal.toml:3: servers.{key}: passwords have no place in this file; take it out")
    assert "hunter2" not in told


def test_a_section_that_is_none_is_told():
    assert mistakes('display = 7\nkeys = []\nservers = "x"\n') == [
        "terminal.toml:1: display: expected a section [display]",
        "terminal.toml:2: keys: expected a section [keys]",
        "terminal.toml:3: servers: expected sections [[servers]], with two brackets",
    ]
    assert mistakes('[servers]\naddress = "x"\n')[0].startswith("terminal.toml:1: servers: expected sections")


def test_what_is_no_toml_is_told_with_its_line():
    (told,) = mistakes("[display]\ntheme nord\n")
    assert told.startswith("terminal.toml:2: this is no TOML: ")


def test_a_line_within_a_long_text_is_not_taken_for_a_setting():
    assert mistakes('[[servers]]\nname = """\nnick = 7\n"""\nnick = 8\n')[-1].startswith(
        "terminal.toml:5: servers.nick: expected a nick, got 8"
    )


def test_there_is_an_end_of_mistakes():
    told = mistakes("[display]\n" + "".join(f"x{number} = 1\n" for number in range(500)))
    assert len(told) == 51 and told[-1] == "terminal.toml: there are more mistakes; correct these first"


@pytest.mark.parametrize(
    "text",
    [
        f"[notifications]\nwords = {['x'] * 101}\n",
        f'[display]\ntheme = "{"x" * 61}"\n',
        '[[servers]]\nnick = "a\\u001b"\n',
        "[[servers]]\n" * 51,
    ],
)
def test_everything_has_a_limit(text):
    assert len(mistakes(text)) == 1


def test_a_file_that_is_too_long_or_no_text_is_refused(path):
    path.write_bytes(b"#" * (settings.BYTES_MAX + 1))
    with pytest.raises(SettingsError, match="it is over 262,144 bytes long"):
        load(path)
    path.write_bytes(b"# \xff")
    with pytest.raises(SettingsError, match="byte 2 is no UTF-8"):
        load(path)


def test_a_file_that_others_may_write_to_is_refused(path):
    path.write_text("")
    path.chmod(0o602)
    with pytest.raises(SettingsError, match=r"others may write to .*; type: chmod o-w"):
        load(path)


@given(st.text(max_size=200))
def test_whatever_stands_there_is_read_or_refused_with_the_line(text):
    try:
        assert isinstance(read(text, Path("terminal.toml")), Settings)
    except SettingsError as error:
        assert all(line.startswith("terminal.toml") for line in str(error).split("\n"))


def test_the_file_is_where_people_look_for_it(monkeypatch, tmp_path):
    monkeypatch.delenv("IPCCHAT_TERMINAL_CONFIG", raising=False)
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("XDG_CONFIG_HOME", "")
    assert default_path() == Path("/home/ann/.config/ipc-chat/terminal.toml")
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert default_path() == Path("/home/ann/.config/ipc-chat/terminal.toml")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/settings")
    assert default_path() == Path("/settings/ipc-chat/terminal.toml")
    monkeypatch.setenv("IPCCHAT_TERMINAL_CONFIG", "~/mine.toml")
    assert default_path() == Path("/home/ann/mine.toml")


def test_a_server_is_added_below_what_stands_there(path):
    before = '# mine\n[display]\njoins = "all"  # everybody\n\n\n'
    path.write_text(before)
    entry = ServerEntry("ircs://chat.example", nick='a"\\\u00e9', account="ann", channels=("#tea",), password="hunter2")
    assert append_server(entry, path) == path
    assert path.read_text() == before.rstrip() + (
        '\n\n[[servers]]\naddress = "ircs://chat.example"\n'
        'nick = "a\\"\\\\\u00e9"\naccount = "ann"\nchannels = ["#tea"]\n'
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.nick for one in load(path).servers] == ['a"\\\u00e9']
    assert list(path.parent.iterdir()) == [path]


def test_the_first_server_makes_the_file_and_its_folder(tmp_path):
    path = tmp_path / "new" / "ipc-chat" / "terminal.toml"
    append_server(ServerEntry("irc://localhost", account="ann"), path)
    append_server(ServerEntry("irc://localhost", account="ann", nick="other"), path)
    append_server(ServerEntry("irc://localhost", account="bob", connect=False), path)
    assert [(one.account, one.connect) for one in load(path).servers] == [("ann", True), ("bob", False)]


def test_a_link_to_the_file_stays_a_link(tmp_path):
    real, link = tmp_path / "dotfiles.toml", tmp_path / "terminal.toml"
    real.write_text("# mine\n")
    link.symlink_to(real)
    append_server(ServerEntry("irc://localhost"), link)
    assert link.is_symlink() and real.read_text().startswith("# mine\n\n[[servers]]")


@pytest.mark.parametrize("text", ["servers = []\n", "[display]\nmouse = 7\n"])
def test_nothing_is_added_to_a_file_that_it_would_break(path, text):
    path.write_text(text)
    with pytest.raises(ChatError):
        append_server(ServerEntry("irc://localhost"), path)
    assert path.read_text() == text


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ChatError, match="cannot be"):
        append_server(ServerEntry("irc://localhost"), tmp_path / "file" / "terminal.toml")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_every_text_is_written_as_toml_reads_it(text):
    assert tomllib.loads(f"x = {settings.toml(text)}")["x"] == text


def test_the_table_of_servers_has_what_an_entry_has_but_passwords():
    assert {*SERVER} == {entry.name for entry in fields(ServerEntry)} - {"password", "server_password"}
