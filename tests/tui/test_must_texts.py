"""What others write is shown as it is meant and harms nobody (UX row 16)."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual import events

import ipcchat
from ipcchat.client.events import Message
from ipcchat.tui.model.buffer import Buffer, Kind
from ipcchat.tui.model.entries import Coming, Comings, Hole, Said, Told
from ipcchat.tui.model.network import Alert
from ipcchat.tui.notifying import Notifier
from ipcchat.tui.settings import Notifications
from ipcchat.tui.text.look import Look
from ipcchat.tui.text.rows import Painter
from ipcchat.tui.themes import DARK
from ipcchat.wire import message as wire
from tests.client.fake_server import FakeServer
from tests.tui.conftest import Place
from tests.tui.program import Person, at, terminal_client

LOOK = Look.of(DARK.to_color_system().generate(), dark=True, colours=True)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
PIECES = st.sampled_from(
    [
        *BIDI_CONTROLS,
        *map(chr, range(0x20)),
        *map(chr, range(0x7F, 0xA0)),
        "\x1b]52;c;aGk=\x07",
        "\x1b[2J\x1b[31m",
        "\x9b31m",
        "\u4f60\u597d",
        "\u05e9\u05dc\u05d5\u05dd",
        FAMILY,
        "\U0001f1e9\U0001f1ea",
        "e" + "\u0301" * 50,
        "\u200b",
        "\ufeff",
        "\u2028",
        "\U000e0041",
        "https://example.org/\u202e",
        "#tea",
        "`code`",
        "```\n",
        "\x02\x0304,05",
        "word ",
    ]
)
HOSTILE = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map("".join))


def is_harmless(text: str) -> bool:
    """Whether nothing in a row of the screen moves the cursor, ends a sequence, or turns the reading direction."""
    return not any(
        unicodedata.category(sign) in ("Cc", "Cs") or sign in BIDI_CONTROLS + "\u2028\u2029" for sign in text
    )


@given(text=HOSTILE, nick=HOSTILE, width=st.integers(1, 100), clusters=st.booleans())
def test_whatever_is_written_fills_its_rows_and_nothing_else(text: str, nick: str, width: int, clusters: bool) -> None:
    """UX row 16: control characters, escapes and bidi controls never reach the terminal; each row has its width."""
    message = Message(time=NOON, nick=nick, text=text, target="#tea", tags={"+reply": "x"})
    entries = (
        Said(time=NOON, message=message, reactions={text: [nick]}, quoted=(nick, text), removal_reason=text),
        Said(time=NOON, message=message, removed_by=nick, removal_reason=text),
        Comings(time=NOON, people=[Coming(NOON, nick, "left", text, known=True)], unfolded=True),
        Hole(time=NOON, reason=text),
        Told(time=NOON, text=text),
    )
    painter = Painter(LOOK, width, clusters=clusters)
    for entry in entries:
        for row in painter.rows(entry, None, unread=True):
            assert is_harmless(row.strip.text) and sum(segment.cell_length for segment in row.strip) == width


@given(text=HOSTILE, nick=HOSTILE)
def test_a_notification_is_one_sequence_whatever_is_in_it(text: str, nick: str) -> None:
    """UX row 16: what others write ends no sequence and begins none."""
    message = Message(time=NOON, nick=nick, text=text, target="#tea")
    alert = Alert(Buffer("net", "#tea", Kind.CHANNEL), Said(time=NOON, message=message, mentions=True))
    sent = Notifier(Notifications(desktop="osc9"), {}).call(alert, 1.0)
    assert sent.startswith("\x1b]9;") and sent.endswith("\a\a")
    assert is_harmless(sent.removeprefix("\x1b]9;").removesuffix("\a\a"))


def is_whole(person: Person) -> bool:
    """Whether every row of the screen is harmless and as wide as the screen."""
    strips = person.app.screen._compositor.render_strips()
    return all(is_harmless(strip.text) and strip.cell_length == person.app.size.width for strip in strips)


def has_typed(person: Person, text: str) -> bool:
    return person.typed == text


async def test_people_who_write_in_all_scripts(place: Place, tmp_path: Path) -> None:
    """UX row 16: wide characters, emoji of several, combining marks and Hebrew are read by others as they were sent."""
    channel = place.channel()
    texts = ["\u4f60\u597d\uff0c\u4e16\u754c", f"us: {FAMILY}!", "e\u0301t\u00e9", "\u05e9\u05dc\u05d5\u05dd abc"]
    async with (
        ipcchat.connect(place.url, nick=place.nick("bob"), channels=[channel]) as bob,
        terminal_client(at(place.url, place.nick("ann"), channel), folder=tmp_path) as ann,
    ):
        await ann.arrives(channel)
        for text in texts:
            await bob.send(channel, text)
        await ann.until(lambda: ann.said(channel) == texts)
        await ann.shows("\u4f60\u597d\uff0c\u4e16\u754c")
        await ann.shows("\u05dd\u05d5\u05dc\u05e9")
        assert is_whole(ann)
        ends = {cell_len(line.rstrip().partition("bob")[0]) for line in ann.screen.splitlines() if "\u4f60" in line}
        assert len(ends) == 1
        for text in texts:
            ann.app.post_message(events.Paste(text))
            await ann.until(partial(has_typed, ann, text))
            await ann.presses("enter")
        await ann.until(lambda: ann.said(channel)[4:] == texts)
        assert is_whole(ann)


NASTY = [
    "\x1b]0;owned\x07title",
    "\x1b[2J\x1b[1;31mred",
    "\x9bcsi \x90dcs \x9dosc",
    f"turned {BIDI_CONTROLS} \u202etxt.exe",
    "a\u0300" * 400,
    f"{FAMILY}" * 60,
    "\ufeff\u200b\u2060zero",
    "x" * 4_000,
    "`\x1b[m` https://example.org/\u202emoc.knab",
]


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_a_server_that_passes_on_everything(tmp_path: Path, size: tuple[int, int]) -> None:
    """UX row 16: nicks, channels, topics, texts, reasons and notices of the server, as hostile as can be."""
    async with FakeServer() as server, terminal_client(at(server.url), folder=tmp_path, size=size) as ann:
        await ann.arrives("#tea")
        for text in NASTY:
            nick = text[:60].replace(" ", "_")
            for command, params in (
                ("PRIVMSG", ["#tea", text]),
                ("PRIVMSG", ["ann", text]),
                ("NOTICE", ["ann", text]),
                ("TOPIC", ["#tea", text]),
                ("PART", ["#tea", text]),
                ("WALLOPS", [text]),
            ):
                server.everybody(wire.Message(command, params, f"{nick}!user@host"))
        server.everybody(wire.Message("PRIVMSG", ["#tea", "the end"], "eve!user@host"))
        await ann.shows("the end")
        assert is_whole(ann), ann.screen
        for name in [buffer.name for buffer in ann.app.desk.buffers()]:
            ann.app.chat_screen.go(next(buffer for buffer in ann.app.desk.buffers() if buffer.name == name))
            await ann.pilot.pause()
            assert is_whole(ann), ann.screen
        await ann.presses("ctrl+k")
        await ann.pilot.pause()
        assert is_whole(ann), ann.screen
