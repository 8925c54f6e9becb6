"""Moving: the keyboard is the input's, and a key or two lead everywhere (UX rows 1 and 2)."""

from __future__ import annotations

from pathlib import Path

import ipcchat
from ipcchat.tui.screens.switcher import Switcher
from tests.tui.conftest import Place
from tests.tui.program import at, terminal_client


async def test_what_is_typed_from_the_first_frame_on_is_in_the_input(place: Place, tmp_path: Path) -> None:
    """UX row 1: nothing is to be clicked before one types; the connection is not waited for."""
    async with terminal_client(at(place.url, place.nick("ann"), place.channel()), folder=tmp_path) as ann:
        assert ann.app.focused is ann.app.chat_screen.composer
        await ann.bursts(*"early")
        assert ann.typed == "early"
        await ann.arrives(place.channel())
        await ann.shows("early")


async def test_typing_anywhere_goes_to_the_input(place: Place, tmp_path: Path) -> None:
    """UX row 1: after clicks in every pane, after a selected message, after a dialogue that was closed."""
    channel = place.channel()
    async with (
        terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path, size=(120, 24)) as ann,
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
    ):
        await ann.arrives(channel)
        await bob.send(channel, "morning")
        await ann.shows("morning")
        for pane in ("#timeline", "#title", "#members", "#channels", "#status"):
            await ann.pilot.click(pane, offset=(1, 15) if pane in ("#members", "#channels") else (1, 0))
            assert ann.app.focused is ann.app.chat_screen.composer, pane
        await ann.types("ab", enter=False)
        await ann.presses("alt+s")
        assert ann.app.chat_screen.timeline.focused_entry is not None
        await ann.types("x", enter=False)
        assert ann.app.focused is ann.app.chat_screen.composer
        await ann.presses("f1")
        await ann.bursts("escape", "c")
        await ann.until(lambda: ann.typed == "abxc")


async def test_the_switcher_finds_people_channels_and_servers(place: Place, tmp_path: Path) -> None:
    """UX row 2: Ctrl+K and a few letters that stand somewhere in the name, and Enter; Escape stays."""
    tea, ops = place.channel("tea"), place.channel("ops")
    nick = place.nick("ann")
    async with (
        terminal_client(at(place.url, nick, tea, ops), folder=tmp_path) as ann,
        ipcchat.connect(place.url, nick=place.nick("bartholomew"), channels=[tea]),
    ):
        await ann.arrives(tea, ops)
        await ann.bursts("ctrl+k", *"op", "enter")
        await ann.until(lambda: ann.current.name == ops)
        await ann.presses("ctrl+k")
        await ann.types("bthlmw", enter=False)
        await ann.shows("bartholomew")
        await ann.presses("enter")
        await ann.until(lambda: ann.current.name == place.nick("bartholomew"))
        await ann.bursts("ctrl+k", *"127", "enter")
        await ann.until(lambda: ann.current is ann.app.desk.networks[0].server)
        await ann.presses("ctrl+k")
        assert isinstance(ann.app.screen, Switcher)
        await ann.presses("escape")
        assert ann.current is ann.app.desk.networks[0].server


async def test_the_switcher_joins_a_channel_that_nobody_has_opened_yet(place: Place, tmp_path: Path) -> None:
    """UX row 2: a name that is none of the list is joined."""
    tea, new = place.channel("tea"), place.channel("new")
    async with terminal_client(at(place.url, place.nick("ann"), tea), folder=tmp_path) as ann:
        await ann.arrives(tea)
        await ann.bursts("ctrl+k", *new, "enter")
        await ann.until(lambda: ann.current.name == new)
        await ann.shows(f"Message {new}")


async def test_keys_lead_through_the_list(place: Place, tmp_path: Path) -> None:
    """UX row 2: Alt+Up and Alt+Down, Ctrl+P and Ctrl+N, Alt+1 to 9, and Alt+Left back to where one was."""
    one, two, three = (place.channel(name) for name in ("a", "b", "c"))
    async with terminal_client(at(place.url, place.nick("ann"), one, two, three), folder=tmp_path) as ann:
        await ann.arrives(one, two, three)
        seen = []
        for key in ("alt+down", "ctrl+n", "alt+up", "ctrl+p", "alt+3", "alt+left", "alt+left", "alt+2"):
            await ann.presses(key)
            seen.append(ann.current.name)
        assert seen == [two, three, two, one, three, one, three, two]
        await ann.presses("alt+9")
        await ann.shows("there is no place number 9")


async def test_the_next_unread_is_where_one_is_mentioned_first(place: Place, tmp_path: Path) -> None:
    """UX row 2: Alt+A goes to mentions, then to people, then to channels, and says when all is read."""
    one, two, three = (place.channel(name) for name in ("a", "b", "c"))
    ann_nick, bob_nick = place.nick("ann"), place.nick("bob")
    async with (
        terminal_client(at(place.url, ann_nick, one, two, three), folder=tmp_path) as ann,
        ipcchat.connect(place.url, nick=bob_nick, channels=[two, three]) as bob,
    ):
        await ann.arrives(one, two, three)
        await bob.send(two, "nothing for anybody")
        await bob.send(three, f"{ann_nick}: look")
        await ann.until(lambda: ann.buffer(two).unread and ann.buffer(three).mentions)
        seen = []
        for _ in range(2):
            await ann.presses("alt+a")
            seen.append(ann.current.name)
        assert seen == [three, two]
        await ann.presses("alt+a")
        await ann.shows("everything is read")
