"""What the terminal client looks like, in its sizes and colours: a conversation that the real library and the real
model have heard, drawn by the real program without a server. `pictured` has the rules of the snapshots."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from rich.style import Style
from textual.color import Color
from textual.pilot import Pilot
from textual.widgets import Input

from ipcchat.tui.app import ChatApp
from ipcchat.tui.model.network import State
from ipcchat.tui.model.timeline import Edge
from ipcchat.tui.settings import Display, Settings
from ipcchat.tui.text import columns
from ipcchat.tui.text.look import CONTRAST_MIN, contrast
from ipcchat.tui.themes import DARK, LIGHT
from tests.tui.model.seat import Seat
from tests.tui.pictured import FOLDER, looks_like
from tests.tui.program import start_for

SMALL, LARGE = (80, 24), (120, 40)
OTHER_PLACES = ("#ops", "#operators", "#gardening")
PAUSES_MAX = 200


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A terminal with all colours, in Greenwich."""
    for name in ("TMUX", "STY", "TERM_PROGRAM", "LC_TERMINAL", "NO_COLOR", "TEXTUAL_COLOR_SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    columns._moment.cache_clear()
    yield
    monkeypatch.undo()
    time.tzset()
    columns._moment.cache_clear()


def conversation() -> Seat:
    """A day in #tea with all that can be said there; other places where something waits."""
    seat = Seat("#tea", *OTHER_PLACES).connect()
    seat.network.state = State.CONNECTED
    seat.server(":bob!u@h.test TOPIC #tea :First flush is in, see https://example.org/menu")
    seat.says("morning! the kettle is on", msgid="m1", nick="eve")
    _, line = seat.send("who wants the last of the assam?")
    seat.confirmed(line, "m2")
    seat.says("me!", msgid="m3", tags="+draft/reply=m2;+reply=m2")
    seat.server(
        "@msgid=r1;+reply=m3;+draft/react=\N{THUMBS UP SIGN} :eve!u@h.test TAGMSG #tea",
        "@msgid=r2;+reply=m3;+draft/react=\N{THUMBS UP SIGN} :bob!u@h.test TAGMSG #tea",
        ":mallory_the_third!u@h.test JOIN #tea",
    )
    seat.says("\x01ACTION fetches the good cups\x01", msgid="m4", nick="eve")
    seat.says(
        "it is in `brew.py`, and in \x02bold\x02: three minutes and not one second more, whatever they say", msgid="m5"
    )
    seat.says("\u05e9\u05dc\u05d5\u05dd, \u4f60\u597d and hello", msgid="m6", nick="mallory_the_third")
    seat.play.at += 60
    seat.says("ann: leave me a cup, would you?", msgid="m7", nick="eve")
    seat.says("build 42 is green", msgid="m8", nick="buildbot", to="#ops")
    seat.says("ann: deploy it?", msgid="m9", to="#ops")
    seat.says("got a minute?", msgid="m10", to="ann")
    return seat


@asynccontextmanager
async def program(
    tmp_path: Path,
    size: tuple[int, int] = SMALL,
    *,
    theme: str = "auto",
    is_ansi: bool = False,
) -> AsyncIterator[tuple[ChatApp, Pilot[int]]]:
    """The program, which asks who to be because it knows no server."""
    start = start_for(folder=tmp_path, settings=replace(Settings(), display=Display(theme=theme)), is_ansi=is_ansi)
    app = ChatApp(start)
    app.animation_level = "none"
    async with app.run_test(size=size) as pilot:
        yield app, pilot


async def sits_down(app: ChatApp, pilot: Pilot[int], seat: Seat) -> None:
    """The question is taken away, and the conversation is there."""
    app.pop_screen()
    seat.tea.timeline.above = Edge.END
    app.desk.add(seat.network)
    app.chat_screen.go(seat.tea)
    await still(app, pilot)


async def still(app: ChatApp, pilot: Pilot[int]) -> None:
    """Nothing blinks, and all is drawn."""
    app.chat_screen.composer.cursor_blink = False
    for field in app.screen.query(Input):
        field.cursor_blink = False
    for _ in range(PAUSES_MAX):
        await pilot.pause()
        if app._drawing is None:
            return
    raise AssertionError("it does not come to rest")


async def test_dark(tmp_path: Path) -> None:
    async with program(tmp_path) as (app, pilot):
        await sits_down(app, pilot, conversation())
        looks_like(app, "dark", DARK.background)


async def test_dark_with_members(tmp_path: Path) -> None:
    async with program(tmp_path, LARGE) as (app, pilot):
        await sits_down(app, pilot, conversation())
        looks_like(app, "dark-large", DARK.background)


async def test_light(tmp_path: Path) -> None:
    async with program(tmp_path, theme=LIGHT.name) as (app, pilot):
        await sits_down(app, pilot, conversation())
        looks_like(app, "light", LIGHT.background)


async def test_sixteen_colours(tmp_path: Path) -> None:
    async with program(tmp_path, is_ansi=True) as (app, pilot):
        await sits_down(app, pilot, conversation())
        looks_like(app, "sixteen")


async def test_no_colours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with program(tmp_path) as (app, pilot):
        await sits_down(app, pilot, conversation())
        looks_like(app, "no-colours")


async def test_first_run(tmp_path: Path) -> None:
    async with program(tmp_path) as (app, pilot):
        await still(app, pilot)
        looks_like(app, "first-run", DARK.background)


async def test_switcher(tmp_path: Path) -> None:
    async with program(tmp_path) as (app, pilot):
        await sits_down(app, pilot, conversation())
        await pilot.press("ctrl+k", "o", "p")
        await still(app, pilot)
        looks_like(app, "switcher", DARK.background)


async def test_help(tmp_path: Path) -> None:
    async with program(tmp_path) as (app, pilot):
        await sits_down(app, pilot, conversation())
        await pilot.press("f1")
        await still(app, pilot)
        looks_like(app, "help", DARK.background)


@pytest.mark.parametrize("theme", [DARK.name, LIGHT.name])
async def test_whatever_is_on_the_screen_can_be_read(tmp_path: Path, theme: str) -> None:  # WCAG 2.2, 1.4.3
    async with program(tmp_path, LARGE, theme=theme) as (app, pilot):
        await sits_down(app, pilot, conversation())
        await pilot.press("shift+up", "shift+up")
        await still(app, pilot)
        assert app.chat_screen.timeline.focused_entry is not None
        seen = [segment for strip in app.screen._compositor.render_strips(app.size) for segment in strip]
        texts = [(segment.text, segment.style) for segment in seen if any(map(str.isalnum, segment.text))]
        assert len(texts) > 40
        assert [text for text, style in texts if style is None or not is_legible(style)] == []


def is_legible(style: Style) -> bool:
    """Whether text can be read on its ground."""
    assert style.color is not None and style.bgcolor is not None
    colours = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
    return contrast(*colours) >= CONTRAST_MIN


def test_every_snapshot_is_one_of_these() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [place.name for place in FOLDER.glob("*.svg") if f'"{place.stem}"' not in source] == []
