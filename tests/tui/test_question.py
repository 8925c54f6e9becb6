"""Small questions over the screen: what is asked, what answers it, and that Escape changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from ipcchat.tui.screens.question import ANSWER_CHARACTERS_MAX, Dialogue, ask, choose, confirm


class Quiet(App[None]):
    """Focuses nothing by itself, as the terminal client."""

    AUTO_FOCUS = None


Asked = Callable[[App[None]], Awaitable[object]]


@asynccontextmanager
async def asked(
    question: Asked, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Pilot[None], asyncio.Future[object]]]:
    """An app that asks something at once."""
    app = Quiet()
    async with app.run_test(size=size) as pilot:
        answer = asyncio.ensure_future(question(app))
        await until(pilot, lambda: isinstance(app.screen, Dialogue) and app.focused is not None)
        yield pilot, answer
        answer.cancel()


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Let the app go on until something is so."""
    for _ in range(100):
        if condition():
            return
        await pilot.pause()
    raise AssertionError("it never came")


async def answered(pilot: Pilot[None], answer: asyncio.Future[object]) -> object:
    await until(pilot, answer.done)
    return answer.result()


def shown(pilot: Pilot[None]) -> str:
    """The texts of the question."""
    return "\n".join(str(static.content) for static in pilot.app.screen.query(Static))


async def test_what_is_typed_is_the_answer() -> None:
    async with asked(lambda app: ask(app, "Your code", proposal="12")) as (pilot, answer):
        await pilot.press("end", "3", "enter")
        assert await answered(pilot, answer) == "123"


async def test_a_secret_is_not_shown() -> None:
    async with asked(lambda app: ask(app, "The password", secret=True)) as (pilot, answer):
        await pilot.press(*"hush")
        field = pilot.app.screen.query_one(Input)
        assert field.password and field.max_length == ANSWER_CHARACTERS_MAX
        assert "hush" not in pilot.app.export_screenshot()
        await pilot.press("enter")
        assert await answered(pilot, answer) == "hush"


NOTHING: list[tuple[Asked, object]] = [
    (lambda app: ask(app, "Your code", proposal="12"), ""),
    (lambda app: confirm(app, "Delete it?"), False),
    (lambda app: choose(app, "Which?", ["one", "other"]), ""),
]


@pytest.mark.parametrize(("question", "nothing"), NOTHING)
async def test_escape_changes_nothing(question: Asked, nothing: object) -> None:
    async with asked(question) as (pilot, answer):
        await pilot.press("escape")
        assert await answered(pilot, answer) == nothing
        assert not isinstance(pilot.app.screen, Dialogue)


async def test_the_program_can_be_left_from_a_question() -> None:
    async with asked(lambda app: ask(app, "The password")) as (pilot, _):
        await pilot.press("ctrl+q")
        await until(pilot, lambda: not pilot.app.is_running)


@pytest.mark.parametrize(
    ("keys", "sure"), [(["enter"], False), (["up", "enter"], True), (["d"], True), (["k"], False), (["x", "D"], True)]
)
async def test_yes_is_said_on_purpose(keys: list[str], sure: bool) -> None:
    async with asked(lambda app: confirm(app, "Delete it?", yes="Delete it", no="Keep it")) as (pilot, answer):
        await pilot.press(*keys)
        assert await answered(pilot, answer) is sure


async def test_one_of_several() -> None:
    async with asked(lambda app: choose(app, "Which?", ["light", "dark", "dusk"])) as (pilot, answer):
        await pilot.press("d")
        assert not answer.done()
        await pilot.press("down", "enter")
        assert await answered(pilot, answer) == "dark"


async def test_a_click_chooses() -> None:
    async with asked(lambda app: choose(app, "Which?", ["light", "dark"])) as (pilot, answer):
        await pilot.click(OptionList, offset=(1, 1))
        assert await answered(pilot, answer) == "dark"


async def test_what_others_wrote_does_nothing() -> None:
    """A server's reason may stand in the question, and a channel's name in an option."""
    question = "It said: [bold]no\x1b[31m\u202e\nThe password once more"
    async with asked(lambda app: choose(app, question, ["[red]a\x07"])) as (pilot, answer):
        assert "It said: [bold]no\u241b[31m\ufffd\nThe password" in shown(pilot)
        assert str(pilot.app.screen.query_one(OptionList).get_option_at_index(0).prompt) == "[red]a\u2407"
        await pilot.press("enter")
        assert await answered(pilot, answer) == "[red]a\x07"


async def test_a_question_that_nobody_waits_for_goes_away() -> None:
    async with asked(lambda app: ask(app, "The password")) as (pilot, answer):
        answer.cancel()
        await until(pilot, lambda: not isinstance(pilot.app.screen, Dialogue))


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (20, 8)])
async def test_what_answers_is_seen_on_small_terminals(size: tuple[int, int]) -> None:
    """However long the question is."""
    async with asked(lambda app: confirm(app, "why\n" * 100), size) as (pilot, answer):
        box, screen = pilot.app.screen.query_one(OptionList).region, pilot.app.screen.region
        assert box.height == 2 and screen.contains_region(box)
        await pilot.press("y")
        assert await answered(pilot, answer) is True
