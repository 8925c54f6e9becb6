"""Messages that were looked for (ipcchat/tui/screens/results.py): row 8 of what people expect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from ipcchat.client.errors import CommandRefused
from ipcchat.client.events import Message
from ipcchat.tui.screens.results import Found, Results, newest_first, words_in
from tests.tui.desks import message
from tests.tui.panes import rows, style_at, until, wheel


class Looking(App[None]):
    """An app that looks for messages. Each search waits until the test answers it."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.options = options
        self.asked: list[tuple[str, asyncio.Future[list[Message]]]] = []
        self.chosen: list[Any] = []

    def on_mount(self) -> None:
        """Look at once."""
        self.push_screen(Results("Search", self.options.pop("find", self.find), **self.options), self.chosen.append)

    async def find(self, words: str) -> list[Message]:
        """What the test answers."""
        self.asked.append((words, asyncio.get_running_loop().create_future()))
        return await self.asked[-1][1]

    def answer(self, *found: Message) -> None:
        """Answer the latest search."""
        self.asked[-1][1].set_result(list(found))

    @property
    def found(self) -> list[str]:
        """The texts that are shown."""
        return [found.text for found in self.screen.query_one(Found).messages]


@asynccontextmanager
async def looking(**options: Any) -> AsyncIterator[tuple[Looking, Pilot[None]]]:
    app = Looking(**options)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Results))
        await pilot.pause()
        yield app, pilot


def numbered(first: int, end: int) -> list[Message]:
    return [message(str(number), minutes=number, msgid=str(number)) for number in range(first, end)]


def on_screen(app: App[Any]) -> str:
    return "\n".join(rows(app))


async def test_words_are_looked_for_and_the_newest_message_stands_first():
    async with looking() as (app, pilot):
        assert "has:link" in on_screen(app)
        await pilot.press(*"tea", "enter")
        await until(pilot, lambda: "searching…" in on_screen(app))
        app.answer(message("green tea", minutes=1), message("Tea time\nnow", nick="eve", target="#ops", minutes=2))
        await until(pilot, lambda: app.found)
        assert app.found == ["Tea time\nnow", "green tea"]
        place = next(y for y, row in enumerate(rows(app)) if "eve  #ops" in row)
        assert "Tea time now" in rows(app)[place + 1]
        column = rows(app)[place + 1].index("Tea")
        underlined = [offset for offset in range(8) if style_at(app, column + offset, place + 1).underline]
        assert underlined == [0, 1, 2]
        assert "2 messages" in on_screen(app)
        await pilot.press("down", "enter")
        assert [chosen.text for chosen in app.chosen] == ["green tea"]


async def test_after_a_rest_they_are_looked_for_without_enter():
    async with looking() as (app, pilot):
        await pilot.press(*"te", "a")
        assert app.asked == []
        await until(pilot, lambda: app.asked)
        assert [words for words, _ in app.asked] == ["tea"]


async def test_an_answer_that_comes_after_other_words_is_not_shown():
    async with looking() as (app, pilot):
        await pilot.press(*"tea", "enter")
        await until(pilot, lambda: len(app.asked) == 1)
        await pilot.press(*"pot", "enter")
        await until(pilot, lambda: len(app.asked) == 2)
        assert app.asked[0][1].cancelled()
        app.answer(message("teapot"))
        await until(pilot, lambda: app.found == ["teapot"])


async def test_nothing_found_and_refusals_are_said():
    async def refuse(words: str) -> list[Message]:
        raise CommandRefused("too many\x1b searches; wait 5 s")

    async with looking(words="zebra") as (app, pilot):
        await until(pilot, lambda: app.asked)
        app.answer()
        await until(pilot, lambda: "no message has these words" in on_screen(app))
        await pilot.press("enter")
        assert app.chosen == []
    async with looking(find=refuse, words="tea") as (app, pilot):
        await until(pilot, lambda: "too many␛ searches; wait 5 s" in on_screen(app))


async def test_a_place_alone_is_not_looked_for_and_words_go_behind_it():
    async with looking(words="in:#tea ") as (app, pilot):
        assert "type what to look for" in on_screen(app)
        await pilot.press(*"pot", "enter")
        await until(pilot, lambda: app.asked)
        assert [words for words, _ in app.asked] == ["in:#tea pot"]


async def test_without_words_nothing_is_asked():
    async with looking(words="tea") as (app, pilot):
        await until(pilot, lambda: app.asked)
        app.answer(message("tea"))
        await until(pilot, lambda: app.found)
        await pilot.press("ctrl+u", "enter")
        assert app.found == [] and len(app.asked) == 1
        assert "type what to look for" in on_screen(app)


async def test_given_messages_need_no_words():
    async with looking(find=None, messages=[message("one", minutes=1), message("two", minutes=2)]) as (app, pilot):
        assert app.found == ["two", "one"]
        await pilot.press("down", "enter")
        assert [chosen.text for chosen in app.chosen] == ["one"]


async def test_a_click_chooses_and_escape_does_not():
    async with looking(find=None, messages=[message("one", minutes=1), message("two", minutes=2)]) as (app, pilot):
        await pilot.click(Found, offset=(5, 9))
        assert app.chosen == []
        await pilot.click(Found, offset=(5, 3))
        await pilot.pause()
        assert [chosen.text for chosen in app.chosen] == ["one"]
    async with looking(find=None, messages=[message("one")]) as (app, pilot):
        await pilot.press("escape")
        await pilot.pause()
        assert app.chosen == [None]


async def test_who_reaches_the_end_is_shown_older_ones_until_there_are_none():
    asked: list[str] = []

    async def older(words: str, last: Message) -> list[Message]:
        asked.append(last.text)
        first = int(last.text)
        return numbered(max(first - 10, 0), first + 1)

    async with looking(find=None, messages=numbered(15, 30), older=older) as (app, pilot):
        assert asked == []
        await wheel(pilot, app.screen.query_one(Found), 9)
        await until(pilot, lambda: len(app.found) == 25)
        for _ in range(10):
            await pilot.press("pagedown")
            await pilot.pause()
        await until(pilot, lambda: "30 messages, these are all" in on_screen(app))
        assert app.found == [str(number) for number in range(29, -1, -1)]
        assert asked == ["15", "5", "0"]


async def test_a_long_message_is_shown_from_where_the_word_is():
    async with looking(words="needle") as (app, pilot):
        await until(pilot, lambda: app.asked)
        app.answer(message("hay " * 1_000 + "needle" + " hay" * 1_000))
        await until(pilot, lambda: "…hay hay hay hay hay needle hay" in on_screen(app))


@pytest.mark.parametrize(
    ("typed", "text", "found"),
    [
        ("tea pot", "Teapot, tea", ["Tea", "pot", "tea"]),
        ('"green tea"', "green tea", ["green", "tea"]),
        ("rel*", "release", ["rel"]),
        ("a.c", "abc a.c", ["a.c"]),
        ("tea tea-pot", "tea-pot", ["tea-pot"]),
    ],
)
def test_the_words_that_are_emphasised(typed, text, found):
    words = words_in(typed)
    assert words is not None and words.findall(text) == found


def test_hints_alone_emphasise_nothing():
    assert words_in("in:#tea FROM:bob has:link") is None


def test_of_one_moment_the_later_message_is_the_newer():
    assert [one.text for one in newest_first([message("a"), message("b"), message("c", minutes=-1)])] == ["b", "a", "c"]
