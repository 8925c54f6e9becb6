"""Colours: stable for a nick, absent where they are not wanted (no-color.org)."""

import io
from datetime import datetime as moment

import pytest

from ipcchat.cli.style import NICK_COLOURS, Style, clock, nick_colour, wants_colours


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_nick_has_the_same_colour_in_every_client() -> None:
    """CRC-32 of the folded name; these values are shared with the other clients."""
    assert [nick_colour(nick) for nick in ("ann", "bob", "ANN", "zażółć")] == [35, 31, 35, 33]
    assert {nick_colour(f"user{number}") for number in range(200)} == set(NICK_COLOURS)


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert wants_colours(Terminal(), plain=False)
    assert not wants_colours(Terminal(), plain=True)
    assert not wants_colours(io.StringIO(), plain=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colours(Terminal(), plain=False)
    monkeypatch.setenv("NO_COLOR", "")
    monkeypatch.setenv("TERM", "dumb")
    assert not wants_colours(Terminal(), plain=False)


def test_without_colours_text_is_itself() -> None:
    style = Style(colours=False)
    assert (style.dim("x"), style.bold("x"), style.nick("ann")) == ("x", "x", "ann")
    assert Style(colours=True).dim("") == ""


def test_the_clock_is_local() -> None:
    time = moment(2026, 1, 2, 3, 4, 5).astimezone()
    assert clock(time) == "03:04"
