"""What terminals send for Alt with a key is that key, at once and however fast they follow each other."""

from __future__ import annotations

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from ipcchat.tui import terminal_keys
from ipcchat.tui.key_names import read_key
from ipcchat.tui.keymap import ACTIONS


@pytest.fixture(autouse=True)
def installed() -> None:
    terminal_keys.install()


def keys_of(sent: str) -> list[str]:
    """The keys that Textual makes of what a terminal sends, without any wait."""
    return [event.key for event in XTermParser().feed(sent) if isinstance(event, events.Key)]


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("\x1ba", "alt+a"),
        ("\x1bA", "alt+shift+a"),
        ("\x1b1", "alt+1"),
        ("\x1b\r", "alt+enter"),
        ("\x1b\x7f", "alt+backspace"),
        ("\x1bb", "alt+b"),
        ("\x1b/", "alt+slash"),
        ("\x1b=", "alt+equals_sign"),
        ("\x1b[1;3A", "alt+up"),
        ("\x1b[1;4B", "alt+shift+down"),
        ("\x1b[1;2A", "shift+up"),
        ("\x1b[1;5A", "ctrl+up"),
        ("\x1b[97;3u", "alt+a"),
        ("\x1b[49;3u", "alt+1"),
        ("\x1b[13;3u", "alt+enter"),
        ("\x1b[13;2u", "shift+enter"),
        ("\x1bOP", "f1"),
        ("\x1bOb", "ctrl+down"),
    ],
)
def test_each_pair_is_one_key_of_the_name_that_the_kitty_protocol_has(sent, key):
    assert keys_of(sent) == [key]


def test_a_key_that_is_held_down_stays_the_same_key():
    assert keys_of("\x1bn" * 5) == ["alt+n"] * 5


def test_text_that_is_pasted_has_no_keys_in_it():
    found = list(XTermParser().feed("\x1b[200~one\rtwo\x1b[201~ "))
    assert [event.key for event in found if isinstance(event, events.Key)] == ["space"]
    assert [event.text for event in found if isinstance(event, events.Paste)] == ["one\rtwo"]


def test_reports_of_the_terminal_are_still_understood():
    found = list(XTermParser().feed("\x1b[I\x1b[O\x1b[<0;3;4M"))
    assert [type(event) for event in found] == [events.AppFocus, events.AppBlur, events.MouseDown]


def test_every_alt_key_with_a_character_can_be_pressed_on_every_terminal():
    made = {name for _, name in terminal_keys.pairs()}
    wanted = {key for action in ACTIONS for key in action.keys if key.startswith("alt+") and len(key) < 8}
    assert {key for key in wanted if key not in ("alt+up", "alt+down", "alt+left")} <= made


def test_every_name_is_one_that_the_settings_know():
    assert [name for _, name in terminal_keys.pairs() if name != "alt+space" and read_key(name) != name] == []
