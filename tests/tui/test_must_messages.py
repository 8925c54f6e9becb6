"""What is done to messages, by keys and by the mouse (UX rows 10, 11 and 13)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events

import ipcchat
from ipcchat.client.chat import Chat
from ipcchat.client.events import Edited, Event, Message, Reaction, Redacted
from ipcchat.tui.screens.question import Choice
from ipcchat.tui.terminal import MOUSE_OFF, MOUSE_ON
from ipcchat.tui.widgets.channel_list import ChannelList
from tests.tui.conftest import Place
from tests.tui.program import SECONDS, Person, at, terminal_client


async def hears(chat: Chat, wanted: Callable[[Event], object]) -> Event:
    """The next event that is wanted."""
    async with asyncio.timeout(SECONDS):
        async for event in chat:
            if wanted(event):
                return event
    raise AssertionError("the connection was closed")


# Keys.


async def test_an_answer_to_a_selected_message(place: Place, tmp_path: Path) -> None:
    """UX row 13: a key selects the last message, Up goes on, r answers it; others see what is answered."""
    channel = place.channel()
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
        terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann,
    ):
        await ann.arrives(channel)
        asked = await bob.send(channel, "tea or coffee?")
        await bob.send(channel, "it is late")
        await ann.shows("it is late")
        await ann.presses("alt+s")
        await ann.shows("r reply")
        await ann.presses("up", "r")
        await ann.shows("tea or coffee?")
        await ann.shows(f"answering {bob.nick}")
        await ann.types("tea")
        heard = await hears(bob, lambda event: isinstance(event, Message) and event.text == "tea")
        assert isinstance(heard, Message) and heard.reply_to == asked.msgid
        await ann.until(lambda: ann.screen.count("tea or coffee?") == 2)


async def test_an_answer_that_is_typed_fast(place: Place, tmp_path: Path) -> None:
    """UX row 13: the letters behind r are the answer's, also those that mean something for a selected message."""
    channel = place.channel()
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
        terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann,
    ):
        await ann.arrives(channel)
        asked = await bob.send(channel, "tea?")
        await ann.shows("tea?")
        await ann.bursts("alt+s", "r", *"decoy", "enter")
        heard = await hears(bob, lambda event: isinstance(event, Message) and not event.mine)
        assert isinstance(heard, Message) and (heard.text, heard.reply_to) == ("decoy", asked.msgid)


async def test_a_reaction_and_its_end(place: Place, tmp_path: Path) -> None:
    """UX row 13: + offers signs; a click on the reaction takes it back, and puts it there again."""
    channel = place.channel()
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
        terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann,
    ):
        await ann.arrives(channel)
        message = await bob.send(channel, "it works")
        await ann.shows("it works")
        await ann.presses("shift+up", "+")
        await ann.until(lambda: isinstance(ann.app.screen, Choice))
        await ann.presses("down", "enter")
        heard = await hears(bob, lambda event: isinstance(event, Reaction))
        assert isinstance(heard, Reaction) and (heard.reply_to, heard.reaction) == (message.msgid, "\u2764\ufe0f")
        said = ann.entry("it works")
        await ann.until(lambda: said.ours == {"\u2764\ufe0f"})
        await ann.shows(" 1 ")
        await ann.clicks(" 1 ")
        await ann.until(lambda: not said.reactions)
        assert "\u2764" not in ann.screen


async def test_a_message_is_changed(place: Place, tmp_path: Path) -> None:
    """UX row 13: e changes the selected message of ours, Ctrl+Up the last one; Escape gives up."""
    channel = place.channel()
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
        terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann,
    ):
        await ann.arrives(channel)
        await ann.types("teh tea")
        await ann.until(lambda: ann.entry("teh tea").message.msgid)
        await ann.presses("alt+s", "e")
        await ann.until(lambda: ann.typed == "teh tea")
        await ann.presses("escape")
        assert ann.typed == ""
        await ann.presses("ctrl+up")
        await ann.until(lambda: ann.typed == "teh tea")
        await ann.presses("ctrl+u")
        await ann.types("the tea")
        heard = await hears(bob, lambda event: isinstance(event, Edited))
        assert isinstance(heard, Edited) and heard.text == "the tea"
        await ann.shows("the tea (edited)")
        assert "teh" not in ann.screen


async def test_a_message_is_deleted_after_a_question(place: Place, tmp_path: Path) -> None:
    """UX row 13: Del asks first; Enter alone deletes nothing."""
    channel = place.channel()
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
        terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann,
    ):
        await ann.arrives(channel)
        await ann.types("oops")
        await ann.until(lambda: ann.entry("oops").message.msgid)
        for answer in ("enter", "d"):
            await ann.presses("alt+s", "delete")
            await ann.until(lambda: isinstance(ann.app.screen, Choice))
            await ann.presses(answer)
            await ann.until(lambda: not isinstance(ann.app.screen, Choice))
        heard = await hears(bob, lambda event: isinstance(event, Redacted))
        assert isinstance(heard, Redacted)
        await ann.shows("message deleted by")
        assert "oops" not in ann.screen


# The mouse.


async def test_what_is_clicked_is_done(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """UX row 10: a click on a channel in the list, on a nick, on a link, on the name of a channel in a text."""
    one, two, other = place.channel("a"), place.channel("b"), place.channel("other")
    nick = place.nick("bob")
    opened: list[str] = []
    async with (
        ipcchat.connect(place.url, nick=nick, channels=[one]) as bob,
        terminal_client(at(place.url, place.nick("ann"), one, two), folder=tmp_path) as ann,
    ):
        monkeypatch.setattr(ann.app, "open_url", opened.append)
        await ann.arrives(one, two)
        await bob.send(one, f"see https://example.org/menu or {other}")
        await ann.clicks(two)
        assert ann.current.name == two
        await ann.presses("alt+1")
        await ann.shows("https://example.org/menu")
        await ann.clicks("example.org", column=3)
        assert opened == ["https://example.org/menu"]
        await ann.clicks(f"or {other}", column=4)
        await ann.until(lambda: ann.current.name == other)
        await ann.shows(f"Message {other}")
        await ann.presses("alt+1")
        await ann.shows("example.org")
        await ann.clicks(f"{nick} see", column=1)
        assert ann.current.name == nick


async def test_the_wheel_scrolls(place: Place, tmp_path: Path) -> None:
    """UX row 10: the wheel over the timeline scrolls it, and back to the end."""
    channel = place.channel()
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
        terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann,
    ):
        await ann.arrives(channel)
        for receipt in [bob.post(channel, f"text {number:03}") for number in range(60)]:
            await receipt
        await ann.shows("text 059")
        await wheel(ann, events.MouseScrollUp)
        await ann.until(lambda: "text 059" not in ann.screen)
        await wheel(ann, events.MouseScrollDown)
        await ann.until(lambda: "text 059" in ann.screen and ann.app.chat_screen.timeline.at_bottom)


async def wheel(person: Person, kind: type[events.MouseScrollUp] | type[events.MouseScrollDown]) -> None:
    """Turn the wheel over the middle of the timeline."""
    x, y = person.app.chat_screen.timeline.region.center
    assert person.app._driver is not None
    for _ in range(3):
        person.app._driver.send_message(kind(None, int(x), int(y), 0, 0, 0, False, False, False))
    await person.pilot.pause()


async def test_a_drag_selects_and_ctrl_c_copies(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """UX row 10: what is dragged over is copied by Ctrl+C, by OSC 52, without times and nicks; then Ctrl+C is free."""
    channel = place.channel()
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
        terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann,
    ):
        await ann.arrives(channel)
        await bob.send(channel, "first line\nsecond line")
        await ann.shows("second line")
        rows = ann.screen.splitlines()
        top = next(row for row, line in enumerate(rows) if "first line" in line)
        begin, end = rows[top].index("first"), rows[top + 1].index("second") + len("second")
        written: list[str] = []
        assert ann.app._driver is not None
        monkeypatch.setattr(ann.app._driver, "write", written.append)
        await ann.pilot.mouse_down(offset=(begin, top))
        await ann.pilot.hover(offset=(end - 1, top + 1))
        await ann.pilot.mouse_up(offset=(end - 1, top + 1))
        await ann.presses("ctrl+c")
        assert ann.app.clipboard == "first line\nsecond"
        assert any(text.startswith("\x1b]52;c;") for text in written)
        await ann.shows("copied")
        await ann.presses("ctrl+c")
        await ann.shows("Ctrl+Q quits")


@pytest.mark.parametrize("key", ["f6", "alt+l"])
async def test_copy_mode_is_bare_and_gives_the_mouse_to_the_terminal(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """UX row 10: F6 or Alt+L: nothing but texts, from the first column on, and the terminal has the mouse."""
    channel = place.channel()
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
        terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann,
    ):
        await ann.arrives(channel)
        await bob.send(channel, "copy me")
        await ann.shows("copy me")
        written: list[str] = []
        monkeypatch.setattr(ann.app.terminal, "write", written.append)
        await ann.presses(key)
        await ann.until(lambda: any(line.startswith("copy me") or line.endswith("copy me") for line in lines(ann)))
        assert not ann.app.chat_screen.query_one(ChannelList).display and written == [MOUSE_OFF]
        await ann.presses(key)
        await ann.until(lambda: ann.app.chat_screen.query_one(ChannelList).display)
        assert written == [MOUSE_OFF, MOUSE_ON]


def lines(person: Person) -> list[str]:
    return [line.rstrip() for line in person.screen.splitlines()]


# Notifications.


async def test_a_mention_calls_only_who_looks_elsewhere(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """UX row 11: bell and OSC 9 for a mention and for a private message while the window has no focus; not else."""
    channel, nick = place.channel(), place.nick("ann")
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
        terminal_client(at(place.url, nick, channel), folder=tmp_path) as ann,
    ):
        await ann.arrives(channel)
        written: list[str] = []
        monkeypatch.setattr(ann.app.terminal, "write", written.append)
        monkeypatch.setattr("ipcchat.tui.notifying.SECONDS_BETWEEN", 0.0)
        ann.app.post_message(events.AppFocus())
        await bob.send(channel, f"{nick}: one")
        await ann.shows(f"{nick}: one")
        assert written == []
        ann.app.post_message(events.AppBlur())
        await ann.until(lambda: not ann.app.app_focus)
        await bob.send(channel, "for nobody")
        await bob.send(channel, f"{nick}: \x1b]0;two\x07")
        await ann.until(lambda: written)
        assert len(written) == 1 and written[0].endswith("\a") and "\x1b]9;" in written[0]
        assert f"{nick}: " in written[0] and written[0].count("\x1b") == 1
        await bob.send(nick, "psst")
        await ann.until(lambda: len(written) == 2)
        assert "psst" in written[1]


async def test_what_is_muted_does_not_call(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """UX row 11: Alt+M mutes a channel, that is seen in the list, kept for the next time, and Alt+M ends it."""
    channel, nick = place.channel(), place.nick("ann")
    async with ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob:
        async with terminal_client(at(place.url, nick, channel), folder=tmp_path) as ann:
            await ann.arrives(channel)
            await ann.presses("alt+m")
            await ann.shows("is muted")
            ann.app.save()
        async with terminal_client(at(place.url, nick, channel), folder=tmp_path) as ann:
            await ann.arrives(channel)
            written: list[str] = []
            monkeypatch.setattr(ann.app.terminal, "write", written.append)
            ann.app.post_message(events.AppBlur())
            await ann.until(lambda: not ann.app.app_focus)
            await bob.send(channel, f"{nick}: muted")
            await ann.shows(f"{nick}: muted")
            assert written == []
            await ann.presses("alt+m")
            await ann.shows("is heard again")
            ann.app.post_message(events.AppBlur())
            await ann.until(lambda: not ann.app.app_focus)
            await bob.send(channel, f"{nick}: heard")
            await ann.until(lambda: written)
