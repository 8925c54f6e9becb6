"""The first question: Enter goes on and joins, mistakes are said under their field, a password makes a login."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Static

from ipcchat.tui.screens.first_run import FIELDS, FirstRun
from ipcchat.tui.start import ServerEntry

PROPOSAL = ServerEntry(address="irc://chat.example", nick="ann", server_password="open")


class Asking(App[None]):
    """Asks at once, and keeps the answer."""

    def __init__(self, proposal: ServerEntry) -> None:
        super().__init__()
        self.proposal = proposal
        self.answers: list[ServerEntry | None] = []

    def on_mount(self) -> None:
        self.push_screen(FirstRun(self.proposal), self.answers.append)

    def value(self, name: str) -> str:
        return self.screen.query_one(f"#{name}", Input).value

    def mistake(self, name: str) -> str:
        row = self.screen.query_one(f"#mistake-{name}", Static)
        return str(row.content) if row.display else ""

    @property
    def hint(self) -> str:
        return str(self.screen.query_one("#hint", Static).content)

    @property
    def field(self) -> str:
        return str(self.focused.id) if self.focused is not None else ""


@asynccontextmanager
async def asking(
    proposal: ServerEntry = PROPOSAL, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Asking, Pilot[None]]]:
    app = Asking(proposal)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, FirstRun) and app.field == "name")
        yield app, pilot


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Let the app go on until something is so."""
    for _ in range(100):
        if condition():
            return
        await pilot.pause()
    raise AssertionError("it never came")


async def test_a_guest_presses_enter_until_he_is_in() -> None:
    async with asking() as (app, pilot):
        await pilot.press("enter")
        assert app.field == "password" and "joins as the guest ann" in app.hint
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.answers))
        assert app.answers == [PROPOSAL]


async def test_a_password_logs_in_to_the_account_of_that_name() -> None:
    async with asking() as (app, pilot):
        await pilot.press("home", *"jo", "enter", *" hush ")
        assert "logs in as joann" in app.hint and "hush" not in pilot.app.export_screenshot()
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.answers))
        (entry,) = app.answers
        assert entry is not None and (entry.nick, entry.account, entry.password) == ("joann", "joann", " hush ")
        assert (entry.address, entry.server_password) == ("irc://chat.example", "open")


async def test_a_mistake_is_said_under_its_field_and_can_be_repaired() -> None:
    async with asking() as (app, pilot):
        await pilot.press("home", "1", "enter")
        assert app.field == "name" and "begins with a letter" in app.mistake("name") and app.value("name") == "1ann"
        await pilot.press("home", "delete")
        assert app.mistake("name") == ""
        await pilot.press("enter", "enter")
        await until(pilot, lambda: bool(app.answers))


async def test_a_mistake_in_an_earlier_field_is_gone_back_to() -> None:
    async with asking() as (app, pilot):
        await pilot.press("up", "home", *"https://", "down", "enter")
        assert app.field == "server" and "address of a page" in app.mistake("server") and not app.answers


async def test_an_empty_server_is_this_machine() -> None:
    async with asking(ServerEntry(nick="ann")) as (app, pilot):
        assert app.value("server") == "" and "this machine" in app.screen.query_one("#server", Input).placeholder
        await pilot.press("enter", "enter")
        await until(pilot, lambda: bool(app.answers))
        assert app.answers == [ServerEntry(nick="ann")]


async def test_escape_leaves() -> None:
    async with asking() as (app, pilot):
        await pilot.press(*"xyz", "escape")
        await until(pilot, lambda: bool(app.answers))
        assert app.answers == [None]


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_everything_is_seen_on_small_terminals(size: tuple[int, int]) -> None:
    async with asking(size=size) as (app, _):
        fields = [app.screen.query_one(f"#{name}", Input).region for name in FIELDS]
        assert all(app.screen.region.contains_region(region) for region in fields)
        assert len({region.x for region in fields}) == 1 and min(region.width for region in fields) >= 20
