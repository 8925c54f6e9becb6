"""Typing: the keys of the line, what was sent before, completion (UX rows 3 and 4)."""

from __future__ import annotations

from pathlib import Path

import pytest

import ipcchat
from ipcchat.tui.widgets.completion_popup import CompletionPopup
from tests.tui.conftest import Place
from tests.tui.program import Person, at, terminal_client


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (("ctrl+a", *"X"), "Xone two three"),
        (("home", *"X"), "Xone two three"),
        (("ctrl+a", "ctrl+e", *"X"), "one two threeX"),
        (("ctrl+w",), "one two "),
        (("alt+b", "ctrl+u"), "three"),
        (("ctrl+a", "alt+f", "alt+k"), "one"),
        (("alt+b", "alt+b", *"X"), "one Xtwo three"),
        (("alt+b", "alt+b", "alt+f", *"X"), "one twoX three"),
        (("alt+b", "alt+d"), "one two "),
        (("ctrl+w", "ctrl+a", "ctrl+y"), "threeone two "),
        (("left", "left", "ctrl+t"), "one two there"),
        (("ctrl+w", "ctrl+z"), "one two three"),
    ],
)
async def test_the_keys_of_readline(place: Place, tmp_path: Path, keys: tuple[str, ...], text: str) -> None:
    """UX row 3: Ctrl+A/E/W/U, Alt+B/F/D, Ctrl+Y, Ctrl+T; Ctrl+K is the switcher's, Alt+K deletes to the end."""
    async with terminal_client(at(place.url, place.nick("ann"), place.channel()), folder=tmp_path) as ann:
        await ann.bursts(*(character if character != " " else "space" for character in "one two three"))
        await ann.bursts(*keys)
        await ann.until(lambda: ann.typed == text)


async def test_up_brings_back_what_was_sent_only_from_the_first_row(place: Place, tmp_path: Path) -> None:
    """UX row 3: on an empty line or the first row Up goes back in what was sent; in a longer text it goes up a row."""
    channel = place.channel()
    async with terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann:
        await ann.arrives(channel)
        await ann.types("first")
        await ann.types("second")
        found = []
        for key in ("up", "up", "down", "down"):
            await ann.presses(key)
            found.append(ann.typed)
        assert found == ["second", "first", "second", ""]
        await ann.types("above\nbelow", enter=False)
        await ann.presses("up", "X")
        assert ann.typed == "aboveX\nbelow"
        await ann.presses("up")
        assert ann.typed == "second"
        await ann.presses("down")
        assert ann.typed == "aboveX\nbelow"


@pytest.mark.parametrize("key", ["alt+enter", "shift+enter", "ctrl+j"])
async def test_a_message_of_two_lines(place: Place, tmp_path: Path, key: str) -> None:
    """UX row 3: Alt+Enter and Shift+Enter begin a new line; others see one message of two lines."""
    channel = place.channel()
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
        terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann,
    ):
        await ann.arrives(channel)
        await ann.presses(*"one", key, *"two", "enter")
        async for event in bob:
            if isinstance(event, ipcchat.Message):
                assert event.text == "one\ntwo"
                break


def popup(person: Person) -> CompletionPopup:
    return person.app.chat_screen.query_one(CompletionPopup)


async def test_nicks_come_by_who_spoke_last(place: Place, tmp_path: Path) -> None:
    """UX row 4: Tab completes who spoke last, with ": " at the start of a line; again Tab: the next; a popup shows."""
    channel, bob_nick, bea_nick = place.channel(), place.nick("bob"), place.nick("bea")
    async with (
        ipcchat.connect(place.url, nick=bob_nick, channels=[channel]) as bob,
        ipcchat.connect(place.url, nick=bea_nick, channels=[channel]) as bea,
        terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann,
    ):
        await ann.arrives(channel)
        await bea.send(channel, "first")
        await bob.send(channel, "then")
        await ann.shows("then")
        await ann.presses("b", "tab")
        assert ann.typed == f"{bob_nick}: " and popup(ann).display
        await ann.shows(f" {bea_nick} ")
        await ann.presses("tab")
        assert ann.typed == f"{bea_nick}: "
        await ann.presses("shift+tab", *"hi", "space", "b", "tab")
        assert ann.typed == f"{bob_nick}: hi {bob_nick} "
        await ann.presses("enter")
        await ann.until(lambda: f"{bob_nick}: hi {bob_nick}" in ann.said())


async def test_channels_commands_and_emoji(place: Place, tmp_path: Path) -> None:
    """UX row 4: channels behind #, commands behind /, emoji behind a colon; their choices show by themselves."""
    tea = place.channel("tea")
    async with terminal_client(at(place.url, place.nick("ann"), tea), folder=tmp_path) as ann:
        await ann.arrives(tea)
        await ann.types("see #te", enter=False)
        await ann.until(lambda: popup(ann).display)
        await ann.presses("tab")
        assert ann.typed == f"see {tea} "
        await ann.presses("ctrl+u", *"/topi")
        await ann.until(lambda: popup(ann).display)
        await ann.shows("Show the topic")
        await ann.presses("tab")
        assert ann.typed == "/topic "
        await ann.presses("ctrl+u", *":thumbs")
        await ann.until(lambda: popup(ann).display)
        await ann.presses("tab")
        assert ann.typed.strip() == "\U0001f44d"
        await ann.presses("ctrl+u", *"/to", "escape")
        assert not popup(ann).display and ann.typed == "/to"
