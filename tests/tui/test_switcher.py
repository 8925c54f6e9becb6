"""The switcher (ipcchat/tui/screens/switcher.py): row 2 of what people expect."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.model.desk import Desk
from ipcchat.tui.model.entries import Told
from ipcchat.tui.screens.switcher import Choices, Destination, Switcher
from tests.tui.desks import NOON, desk_of, network_of, waits
from tests.tui.panes import rows, until


class Asking(App[None]):
    """An app that asks where to go."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.answers: list[Any] = []

    def on_mount(self) -> None:
        """Ask at once."""
        self.push_screen(Switcher(self.desk), self.answers.append)


@asynccontextmanager
async def asked(desk: Desk) -> AsyncIterator[tuple[Asking, Pilot[None]]]:
    app = Asking(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Switcher) and app.focused is not None)
        yield app, pilot


def tea_and_ops() -> Desk:
    network, server = network_of("net", "#tea", "#ops", "#release-ops")
    server.meet("bob")
    server.meet("eve")
    network.buffer("bob")
    return desk_of(network)


def found(app: Asking) -> list[str]:
    return [goal.name for goal in app.screen.query_one(Choices).found]


async def test_at_first_what_waits_then_where_one_came_from_then_the_latest():
    desk = tea_and_ops()
    network = desk.networks[0]
    for name, minutes in (("#tea", 5), ("#ops", 9), ("bob", 1)):
        network.buffer(name).timeline.add(Told(time=NOON + timedelta(minutes=minutes), text="hello"))
    desk.go(network.buffer("#release-ops"))
    desk.go(network.server)
    waits(network.buffer("bob"), 1)
    waits(network.buffer("#tea"), 4, 1)
    async with asked(desk) as (app, pilot):
        assert found(app) == ["#tea", "bob", "#release-ops", "#ops", "net"]
        await pilot.press("enter")
        assert app.answers[0].buffer is network.buffer("#tea")


async def test_letters_find_buffers_and_people_and_enter_goes_there():
    desk = tea_and_ops()
    async with asked(desk) as (app, pilot):
        await pilot.press("o", "p", "s")
        assert found(app)[:2] == ["#ops", "#release-ops"]
        await pilot.press("down", "enter")
        assert app.answers == [Destination(desk.networks[0], "#release-ops", desk.networks[0].buffer("#release-ops"))]
    async with asked(desk) as (app, pilot):
        await pilot.press("e", "v", "e")
        assert "write to eve" in "\n".join(rows(app))
        await pilot.press("enter")
        assert app.answers == [Destination(desk.networks[0], "eve", None)]


@pytest.mark.parametrize(
    ("typed", "expected", "words"),
    [
        ("#new", ["#new"], "join #new"),
        ("zoe", ["zoe"], "write to zoe"),
        ("#ops", ["#ops", "#release-ops"], "#release-ops"),
        ("9lives", [], "nothing is called so"),
        ("x,y", [], "nothing is called so"),
    ],
)
async def test_what_is_typed_may_be_new(typed, expected, words):
    async with asked(tea_and_ops()) as (app, pilot):
        app.screen.query_one(Input).value = typed
        await pilot.pause()
        assert [name for name in found(app) if name in expected] == expected
        assert words in "\n".join(rows(app))
        await pilot.press("enter")
        assert [goal.name for goal in app.answers] == expected[:1]


@pytest.mark.parametrize("key", ["escape", "ctrl+k"])
async def test_one_can_stay(key):
    async with asked(tea_and_ops()) as (app, pilot):
        await pilot.press("o", key)
        await pilot.pause()
        assert app.answers == [None]


@pytest.mark.parametrize(
    ("keys", "lit"),
    [
        (("down",), 1),
        (("ctrl+n", "tab", "up"), 1),
        (("ctrl+p",), 4),
        (("shift+tab", "down"), 0),
        (("pagedown",), 4),
        (("pagedown", "pageup"), 0),
    ],
)
async def test_the_keys_move_and_go_around_the_ends(keys, lit):
    async with asked(tea_and_ops()) as (app, pilot):
        await pilot.press(*keys)
        assert app.screen.query_one(Choices).lit == lit


async def test_a_click_goes_there_and_below_the_list_nothing_happens():
    async with asked(tea_and_ops()) as (app, pilot):
        names = found(app)
        await pilot.click(Choices, offset=(4, 10))
        assert app.answers == []
        await pilot.click(Choices, offset=(4, 2))
        await pilot.pause()
        assert [goal.name for goal in app.answers] == names[2:3]


async def test_on_a_low_screen_the_lit_one_can_be_seen():
    network, _ = network_of("net", *(f"#room-{number:02}" for number in range(30)))
    async with asked(desk_of(network)) as (app, pilot):
        await pilot.resize_terminal(40, 9)
        await pilot.press("up")
        await until(pilot, lambda: any("▌ net" in row for row in rows(app)))


async def test_of_several_networks_each_is_named_and_can_be_typed():
    one, _ = network_of("alpha", "#tea")
    two, _ = network_of("beta", "#tea")
    async with asked(desk_of(one, two)) as (app, pilot):
        assert [row.split()[-2:] for row in rows(app) if "#tea" in row] == [["#tea", "alpha"], ["#tea", "beta"]]
        await pilot.press(*"bet", "space", *"tea", "enter")
        assert app.answers[0].buffer is two.buffer("#tea")


async def test_it_goes_on_while_buffers_are_closed_behind_it():
    desk = tea_and_ops()
    closed: Buffer = desk.networks[0].buffer("#tea")
    async with asked(desk) as (app, pilot):
        desk.networks[0].close(closed)
        await pilot.press(*"tea", "enter")
        assert app.answers[0].name == "#tea"


async def test_one_that_is_kept_begins_anew_each_time():
    desk = tea_and_ops()
    async with asked(desk) as (app, pilot):
        app.install_screen(kept := Switcher(desk), "switcher")
        for _ in range(2):
            app.push_screen("switcher")
            await until(pilot, lambda: app.screen is kept and kept.query(Choices) and len(found(app)) == 5)
            await pilot.press(*"eve")
            assert found(app)[:1] == ["eve"]
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is not kept)
