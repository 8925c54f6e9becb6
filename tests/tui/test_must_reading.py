"""Reading: what is new, what was before, when and by whom (UX rows 5, 6, 7, 8 and 12)."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from rich.style import Style
from textual import events

import ipcchat
from ipcchat.client.chat import Chat
from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.model.timeline import Edge
from ipcchat.tui.text.look import CONTRAST_MIN, contrast
from ipcchat.wire.message import Message
from tests.client.fake_server import FakeServer
from tests.tui.conftest import Place
from tests.tui.program import Person, at, terminal_client

ROOT = Path(__file__).resolve().parents[2]


async def says_many(chat: Chat, channel: str, amount: int) -> None:
    """So many numbered messages."""
    for receipt in [chat.post(channel, f"text {number:03}") for number in range(amount)]:
        await receipt


def row_of(person: Person, name: str) -> str:
    """The row of the list of channels that has a name."""
    return next(line for line in person.screen.splitlines() if name in line[:18])[:18]


async def test_what_was_not_read_is_counted_and_marked(place: Place, tmp_path: Path) -> None:
    """UX row 5: counts in the list, @1 for a mention, and the unread line where reading goes on."""
    one, two = place.channel("a"), place.channel("b")
    nick = place.nick("ann")
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[one, two]) as bob,
        terminal_client(at(place.url, nick, one, two), folder=tmp_path) as ann,
    ):
        await ann.arrives(one, two)
        await bob.send(two, "seen before")
        await ann.until(lambda: row_of(ann, two).split()[-1] == "1")
        await ann.presses("alt+2")
        await ann.until(lambda: row_of(ann, two).split()[-1] == two)
        await ann.presses("alt+1")
        await bob.send(two, "first news")
        await bob.send(two, f"{nick}: more news")
        await ann.until(lambda: row_of(ann, two).split()[-1] == "@1")
        assert ann.buffer(two).unread == 2
        await ann.presses("alt+a")
        await ann.shows("more news")
        rows = [line[18:].strip() for line in ann.screen.splitlines()]
        line = next(place for place, row in enumerate(rows) if row.strip("\u2500 ") == "new")
        assert "seen before" in rows[line - 1] and "first news" in rows[line + 1]
        await ann.until(lambda: row_of(ann, two).split()[-1] == two)


async def test_only_what_is_looked_at_is_read(place: Place, tmp_path: Path) -> None:
    """UX row 5: nothing is read while the window has no focus, or while one looks at older messages."""
    channel = place.channel()
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
        terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann,
    ):
        await ann.arrives(channel)
        await says_many(bob, channel, 60)
        await ann.shows("text 059")
        assert ann.current.unread == 0
        ann.app.post_message(events.AppBlur())
        await ann.until(lambda: not ann.app.app_focus)
        await bob.send(channel, "while away")
        await ann.shows("while away")
        assert ann.current.unread == 1
        ann.app.post_message(events.AppFocus())
        await ann.until(lambda: ann.current.unread == 0)
        await ann.presses("pageup", "pageup")
        await bob.send(channel, "below")
        await ann.shows("1 new message below")
        assert ann.current.unread == 1
        await ann.presses("ctrl+end")
        await ann.until(lambda: ann.current.unread == 0)
        await ann.shows("below")


def has_unread(person: Person, name: str) -> bool:
    return person.buffer(name).unread == 1


async def test_what_one_client_has_read_the_other_one_has_too(place: Place, tmp_path: Path) -> None:
    """UX row 5: two clients of one account, in step by MARKREAD."""
    one, two, nick = place.channel("a"), place.channel("b"), place.nick("ann")
    async with ipcchat.connect(place.url, nick=nick) as chat:
        await chat.register("a-long-password")
    here = at(place.url, nick, one, two, account=nick, password="a-long-password")
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[one, two]) as bob,
        terminal_client(here, folder=tmp_path / "laptop") as laptop,
        terminal_client(here, folder=tmp_path / "phone") as phone,
    ):
        for client in (laptop, phone):
            await client.arrives(one, two)
        await bob.send(two, "for both")
        for client in (laptop, phone):
            await client.until(partial(has_unread, client, two))
        await phone.presses("alt+2")
        await laptop.until(lambda: laptop.buffer(two).unread == 0)
        assert laptop.current.name == one
        await laptop.until(lambda: row_of(laptop, two).split()[-1] == two)


def places(person: Person) -> dict[str, int]:
    """Where each numbered text stands on the screen."""
    found = {}
    for row, line in enumerate(person.screen.splitlines()):
        if "text " in line:
            found[line[line.index("text ") :][:8]] = row
    return found


async def test_older_messages_come_without_moving_what_one_reads(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """UX row 6: PageUp loads by CHATHISTORY until the beginning; what is on the screen stays where it is."""
    channel = place.channel()
    async with ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob:
        await says_many(bob, channel, 250)
        async with terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann:
            await ann.arrives(channel)
            await ann.shows("text 249")
            link = next(iter(ann.app.links.values()))
            may_come, load = asyncio.Event(), link.load_older

            async def late(buffer: Buffer) -> None:
                await may_come.wait()
                await load(buffer)

            monkeypatch.setattr(link, "load_older", late)
            before = len(ann.said())
            while ann.current.timeline.above is not Edge.ASKED:
                await ann.presses("pageup")
            seen = places(ann)
            assert len(seen) > 10 and len(ann.said()) == before
            may_come.set()
            await ann.until(lambda: len(ann.said()) > before)
            await ann.pilot.pause()
            assert places(ann) == seen
            await bob.send(channel, "news")
            await ann.shows("1 new message below")
            assert {text: row for text, row in places(ann).items() if text in seen}.items() <= seen.items()
            while "text 000" not in ann.screen:
                await ann.presses("pageup")
            await ann.shows(f"this is the beginning of {channel}")
            await ann.presses("escape")
            await ann.shows("news")
            assert "below" not in ann.screen and "text 249" in ann.screen


async def test_a_click_on_the_bar_leads_to_what_is_new(place: Place, tmp_path: Path) -> None:
    """UX row 6: "N new messages below" counts, and is a way down itself; so are End's key and the wheel."""
    channel = place.channel()
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
        terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann,
    ):
        await ann.arrives(channel)
        await says_many(bob, channel, 60)
        await ann.shows("text 059")
        await ann.presses("pageup")
        await bob.send(channel, "one")
        await bob.send(channel, "two")
        await ann.shows("2 new messages below")
        await ann.clicks("2 new messages below")
        await ann.until(lambda: "below" not in ann.screen)
        await ann.shows("two")


def nick_style(person: Person, nick: str) -> Style:
    """How a nick is drawn before a message."""
    view = person.app.chat_screen.timeline
    for y in range(view.size.height):
        for segment in view.render_line(y):
            if segment.style is not None and segment.style.meta.get("nick") == nick and segment.text.strip():
                return segment.style
    raise AssertionError(f"{nick} is not on the screen:\n{person.screen}")


COLOURS = """
import json, sys
from ipcchat.dialogue.nicks import colour_number
print(json.dumps([colour_number(nick, 16) for nick in sys.argv[1:]]))
"""


def test_colours_of_nicks_are_the_same_in_every_run() -> None:
    """UX row 7: by CRC32, not by hash(), which is another one in each process."""
    nicks = [f"person{number}" for number in range(40)]
    runs = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", COLOURS, *nicks],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        runs.append(json.loads(done.stdout))
    assert runs[0] == runs[1] and len(set(runs[0])) > 8


async def test_nicks_can_be_read_in_every_theme(place: Place, tmp_path: Path) -> None:
    """UX row 7: all themes have a contrast of 4.5 at least, and the screen shows the nick in its colour."""
    channel, nick = place.channel(), place.nick("bob")
    async with (
        ipcchat.connect(place.url, nick=nick, channels=[channel]) as bob,
        terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann,
    ):
        await ann.arrives(channel)
        await bob.send(channel, "hello")
        await ann.shows("hello")
        for theme in sorted(ann.app.available_themes):
            ann.app.theme = theme
            look = ann.app.painter(80).look
            for ground in look.grounds:
                for style in (look.text, look.own_nick, look.muted, look.link, *look.nicks):
                    assert style.color is not None and style.color.triplet is not None
                    assert contrast(type(ground).from_rich_color(style.color), ground) >= CONTRAST_MIN - 0.05, theme
        ann.app.theme = "nord"
        await ann.pilot.pause()
        colour = nick_style(ann, nick).color
        assert colour == ann.app.painter(80).look.nick(nick).color and colour is not None
        assert colour.triplet is not None and colour.triplet.hex in ann.app.export_screenshot()


async def test_sixteen_colours_and_none(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """UX row 7: a terminal with 16 colours gets no others; with NO_COLOR there is none at all."""
    channel, nick = place.channel(), place.nick("bob")
    async with ipcchat.connect(place.url, nick=nick, channels=[channel]) as bob:
        ann_nick = place.nick("ann")
        async with terminal_client(at(place.url, ann_nick, channel), folder=tmp_path, is_ansi=True) as ann:
            await ann.arrives(channel)
            await bob.send(channel, f"{ann_nick}: hello https://example.org `code`")
            await ann.shows("hello")
            view = ann.app.chat_screen.timeline
            styles = [
                segment.style for y in range(view.size.height) for segment in view.render_line(y) if segment.style
            ]
            numbers = [colour.number for style in styles for colour in (style.color, style.bgcolor) if colour]
            triplets = [colour.triplet for style in styles for colour in (style.color, style.bgcolor) if colour]
            assert not any(triplets) and all(number is None or number < 16 for number in numbers)
            colour = nick_style(ann, nick).color
            assert colour is not None and colour.number is not None
        monkeypatch.setenv("NO_COLOR", "1")
        async with terminal_client(at(place.url, ann_nick, channel), folder=tmp_path, is_ansi=True) as ann:
            await ann.arrives(channel)
            await ann.shows("hello")
            strips = ann.app.screen._compositor.render_strips()
            styles = [segment.style for strip in strips for segment in strip if segment.style]
            colours = [colour for style in styles for colour in (style.color, style.bgcolor) if colour]
            assert all(colour.is_default for colour in colours)
            assert styles and any(style.reverse or style.bold for style in styles)


async def test_search_asks_the_server_and_jumps_into_the_context(place: Place, tmp_path: Path) -> None:
    """UX row 8: Ctrl+F, words, Enter; Enter on a message shows it with what stands around it; Escape leads back."""
    channel = place.channel()
    async with ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob:
        await says_many(bob, channel, 40)
        await bob.send(channel, "the blue teapot is lost")
        for receipt in [bob.post(channel, f"later {number:03}") for number in range(260)]:
            await receipt
        async with terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann:
            await ann.arrives(channel)
            await ann.shows("later 259")
            assert not any("teapot" in text for text in ann.said())
            await ann.presses("ctrl+f", *"teapot", "enter")
            await ann.shows("the blue teapot is lost")
            await ann.shows("1 message;")
            await ann.presses("enter")
            await ann.shows("later 000")
            assert "text 039" in ann.screen and "the blue teapot is lost" in ann.screen
            await ann.shows("these are older messages")
            await ann.presses("escape")
            await ann.shows("later 259")
            await ann.types("/search nowhere")
            await ann.shows("no message has these words")


async def test_only_comings_that_matter_are_shown_and_in_one_line(place: Place, tmp_path: Path) -> None:
    """UX row 12: who never spoke comes and goes unseen; several who spoke are one line, which a click unfolds."""
    channel = place.channel()
    names = [place.nick(name) for name in ("bob", "eve")]
    async with terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann:
        await ann.arrives(channel)
        async with ipcchat.connect(place.url, nick=place.nick("silent"), channels=[channel]):
            await ann.until(lambda: ann.entries(channel))
        for name in names:
            async with ipcchat.connect(place.url, nick=name, channels=[channel]) as chat:
                await chat.send(channel, f"{name} was here")
        await ann.shows(f"{names[1]} left")
        assert "silent" not in ann.screen
        async with (
            ipcchat.connect(place.url, nick=names[0], channels=[channel]),
            ipcchat.connect(place.url, nick=names[1], channels=[channel]),
        ):
            await ann.shows(f"{names[1]} left and came back")
            below = ann.screen.partition(f"{names[1]} was here")[2].splitlines()
            assert len([line for line in below if set(line) & set("\u2192\u2190\u2194")]) == 1, ann.screen
            assert any(f"{names[0]} joined" in line for line in below)
            await ann.clicks("came back")
            await ann.until(lambda: "came back" not in ann.screen)
            below = ann.screen.partition(f"{names[1]} was here")[2].splitlines()
            rows = [line for line in below if set(line) & set("\u2192\u2190\u2194")]
            wanted = {f"{names[1]} left", f"{names[0]} joined", f"{names[1]} joined"}
            assert len(rows) == 3 and {text for text in wanted for row in rows if text in row} == wanted


async def test_days_are_separated_and_times_are_local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """UX row 12: a rule for each day, hours and minutes of this machine's zone, and all of it under the mouse."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        async with FakeServer() as server, terminal_client(at(server.url), folder=tmp_path) as ann:
            await ann.arrives("#tea")
            for number, (day, text) in enumerate((("21", "late"), ("22", "later"))):
                tags = {"time": f"2026-11-{day}T20:00:0{number}.000Z", "msgid": f"day-{number}"}
                server.everybody(Message("PRIVMSG", ["#tea", text], "bob!~bob@host", tags))
            await ann.shows("later")
            lines = [line[18:].strip() for line in ann.screen.splitlines()]
            assert "Sunday, 22 November 2026" in ann.screen and "Monday, 23 November 2026" in ann.screen
            assert next(line for line in lines if line.endswith("late")).startswith("01:30")
            row = next(row for row, line in enumerate(ann.screen.splitlines()) if line.strip().endswith("later"))
            await ann.pilot.hover(offset=(40, row))
            await ann.shows("Mon 23 Nov 01:30:01")
    finally:
        monkeypatch.undo()
        time.tzset()
