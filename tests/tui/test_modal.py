"""What lies over the screen takes keys in their order, however fast they come, and by the keys that our user wants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.screen import Screen

from ipcchat.client.events import Message
from ipcchat.tui.keymap import Keymap
from ipcchat.tui.model.desk import Desk
from ipcchat.tui.screens.first_run import FirstRun
from ipcchat.tui.screens.help import HelpScreen
from ipcchat.tui.screens.modal import Field, Modal
from ipcchat.tui.screens.question import Choice, Question
from ipcchat.tui.screens.results import Results
from ipcchat.tui.screens.switcher import Destination, Switcher
from ipcchat.tui.start import ServerEntry
from ipcchat.tui.widgets.composer import Composer
from tests.tui.desks import desk_of, network_of
from tests.tui.program import character_of


class Below(App[None]):
    """A composer, and what lies over it."""

    AUTO_FOCUS = "Composer"

    def __init__(self, keymap: Keymap | None = None) -> None:
        super().__init__()
        self.keymap = keymap
        self.answers: list[object] = []

    def compose(self) -> ComposeResult:
        yield Composer()

    def action_over(self) -> None:
        self.push_screen(Question("First?"), self.answers.append)


@asynccontextmanager
async def over(screen: Screen[Any] | None = None, keymap: Keymap | None = None) -> AsyncIterator[Pilot[None]]:
    """The app with a screen over it."""
    app = Below(keymap)
    async with app.run_test(size=(80, 24)) as pilot:
        if screen is not None:
            app.push_screen(screen, app.answers.append)
            await until(pilot, lambda: screen.is_current and screen.is_running)
            await pilot.pause()
        yield pilot


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Let the app go on until something is so."""
    for _ in range(200):
        if condition():
            return
        await pilot.pause()
    raise AssertionError("it never came")


async def burst(pilot: Pilot[None], *keys: str | Sequence[str]) -> None:
    """Press keys all at once."""
    assert pilot.app._driver is not None
    for key in keys:
        pilot.app._driver.send_message(events.Key(str(key), character_of(str(key))))
    await pilot.pause()


def answers(pilot: Pilot[None]) -> list[object]:
    assert isinstance(pilot.app, Below)
    return pilot.app.answers


def tea_and_ops() -> Desk:
    network, _ = network_of("net", "#tea", "#ops")
    desk = desk_of(network)
    desk.go(network.server)
    return desk


def two_messages() -> list[Message]:
    return [
        Message(time=datetime(2026, 11, 23, 9, minute, tzinfo=UTC), nick="bob", text=f"text {minute}", target="#tea")
        for minute in (1, 2)
    ]


async def test_the_second_enter_reaches_the_field_to_which_the_first_one_led() -> None:
    async with over(FirstRun(ServerEntry())) as pilot:
        await burst(pilot, *"ann", "enter", *"hush", "enter")
        await until(pilot, lambda: answers(pilot))
        assert answers(pilot) == [ServerEntry(nick="ann", account="ann", password="hush")]


async def test_a_mistake_that_was_typed_ahead_is_shown() -> None:
    async with over(FirstRun(ServerEntry())) as pilot:
        await burst(pilot, *"1a", "enter", "enter")
        await until(pilot, lambda: pilot.app.screen.query_one("#mistake-name").display)
        assert answers(pilot) == [] and pilot.app.focused is pilot.app.screen.query_one("#name")


async def test_what_is_typed_behind_the_end_of_a_question_is_for_what_lies_below() -> None:
    async with over(Question("Who?")) as pilot:
        await burst(pilot, *"eve", "enter", *"hello")
        await until(pilot, lambda: pilot.app.query_one(Composer).text == "hello")
        assert answers(pilot) == ["eve"]


async def test_what_is_typed_behind_the_key_that_opens_a_question_is_its_answer() -> None:
    async with over() as pilot:
        pilot.app.screen._bindings.bind("f9", "app.over")
        await burst(pilot, *"ab", "f9", *"eve", "enter", *"cd")
        await until(pilot, lambda: pilot.app.query_one(Composer).text == "abcd")
        assert answers(pilot) == ["eve"]


async def test_the_switcher_chooses_by_all_that_was_typed() -> None:
    desk = tea_and_ops()
    async with over(Switcher(desk)) as pilot:
        await burst(pilot, *"tea", "enter")
        await until(pilot, lambda: answers(pilot))
        assert answers(pilot) == [Destination(desk.networks[0], "#tea", desk.networks[0].buffers["#tea"])]


async def test_a_pasted_text_keeps_its_place_among_the_keys() -> None:
    async with over(Question("Who?")) as pilot:
        assert pilot.app._driver is not None
        for event in (events.Key("a", "a"), events.Paste("bc"), events.Key("d", "d"), events.Key("enter", "\r")):
            pilot.app._driver.send_message(event)
        await until(pilot, lambda: answers(pilot))
        assert answers(pilot) == ["abcd"]


SCREENS: dict[str, Callable[[], Modal[Any]]] = {
    "question": lambda: Question("Who?"),
    "choice": lambda: Choice("Which?", ["one", "two"]),
    "first run": lambda: FirstRun(ServerEntry(nick="ann")),
    "switcher": lambda: Switcher(tea_and_ops()),
    "results": lambda: Results("Found", messages=two_messages()),
    "help": lambda: HelpScreen(Keymap()),
}


@pytest.mark.parametrize("name", SCREENS)
async def test_every_one_closes_by_the_key_that_our_user_wants(name: str) -> None:
    async with over(SCREENS[name](), Keymap.of({"list_close": ["f9"]})) as pilot:
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, Modal)
        await pilot.press("f9")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Modal))


@pytest.mark.parametrize(("name", "chosen"), [("choice", 1), ("results", "text 1")])
async def test_lists_are_gone_through_by_the_keys_that_our_user_wants(name: str, chosen: object) -> None:
    async with over(SCREENS[name](), Keymap.of({"list_next": ["f9"], "list_choose": ["f10"]})) as pilot:
        await burst(pilot, "down", "f9", "f10")
        await until(pilot, lambda: answers(pilot))
        assert [getattr(answer, "text", answer) for answer in answers(pilot)] == [chosen]


@pytest.mark.parametrize(("name", "action"), [("switcher", "switcher"), ("results", "search"), ("help", "help")])
async def test_what_opens_it_closes_it(name: str, action: str) -> None:
    async with over(SCREENS[name](), Keymap.of({action: ["f9"]})) as pilot:
        await pilot.press("f9")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Modal))


async def test_a_field_has_the_keys_of_the_line_still() -> None:
    async with over(Question("Who?", proposal="one two")) as pilot:
        await burst(pilot, "end", "ctrl+w", *"x", "home", "delete")
        assert pilot.app.screen.query_one(Field).value == "ne x"
