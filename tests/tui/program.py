"""The whole terminal client under Pilot, with a real server, for the tests of what people see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from textual import events
from textual.pilot import Pilot

import ipcchat
from ipcchat.client.chat import Chat
from ipcchat.tui.app import ChatApp
from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.model.entries import Entry, Said
from ipcchat.tui.remembered import Remembered
from ipcchat.tui.settings import Settings
from ipcchat.tui.start import ServerEntry, Start

SECONDS = 15.0


def start_for(*servers: ServerEntry, folder: Path, settings: Settings | None = None, **others: Any) -> Start:
    """What the program begins with."""
    return Start(
        servers=servers,
        proposal=ServerEntry(nick="ann"),
        chat=chat_of,
        password=lambda entry: entry.password,
        can_keep=lambda: False,
        keep=lambda entry, password: None,
        remember=lambda entry: None,
        settings=settings or Settings(),
        remembered=Remembered(folder / "terminal.json"),
        **others,
    )


def chat_of(entry: ServerEntry) -> Chat:
    """A Chat that is not connected yet."""
    return ipcchat.connect(
        entry.address,
        nick=entry.nick,
        channels=entry.channels or None,
        account=entry.account,
        password=entry.password,
        playback=True,
        insist=False,
    )


@dataclass
class Person:
    """Somebody at a terminal client."""

    app: ChatApp
    pilot: Pilot[int]

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Let the program go on until something is so."""
        async with asyncio.timeout(SECONDS):
            while not condition():
                await self.pilot.pause(0.01)

    async def arrives(self, *channels: str) -> None:
        """Wait until we are in all of these channels and look at the first one."""
        await self.until(lambda: self.app.desk.networks and set(channels) <= self.app.desk.networks[0].buffers.keys())
        await self.until(lambda: self.current.name == channels[0])

    @property
    def typed(self) -> str:
        """What stands in the composer."""
        return self.app.chat_screen.composer.text

    async def types(self, text: str, *, enter: bool = True) -> None:
        """Type a text, and Enter."""
        for character in text:
            await self.pilot.press(key_of(character))
        if enter:
            await self.pilot.press("enter")
        await self.pilot.pause()

    async def presses(self, *keys: str) -> None:
        """Press keys, by Textual's names."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def bursts(self, *keys: str) -> None:
        """Press keys all at once, as a slow line delivers them: nothing is done before the last one is there."""
        driver = self.app._driver
        assert driver is not None
        for key in keys:
            driver.send_message(events.Key(key, character_of(key)))
        await self.pilot.pause()

    async def clicks(self, text: str, *, column: int = 0) -> None:
        """Click where a text stands on the screen, so many columns behind its start."""
        await self.shows(text)
        place = next((row, line.index(text)) for row, line in enumerate(self.screen.splitlines()) if text in line)
        before = cell_len(self.screen.splitlines()[place[0]][: place[1]])
        await self.pilot.click(offset=(before + column, place[0]))
        await self.pilot.pause()

    def buffer(self, name: str, network: int = 0) -> Buffer:
        """A buffer by its name."""
        return self.app.desk.networks[network].buffers[name]

    @property
    def current(self) -> Buffer:
        """What is looked at."""
        assert self.app.desk.current is not None
        return self.app.desk.current

    def said(self, name: str = "") -> list[str]:
        """The texts that stand in a buffer, pending ones too."""
        buffer = self.buffer(name) if name else self.current
        return [entry.message.text for entry in buffer.timeline if isinstance(entry, Said)]

    def entry(self, text: str, name: str = "") -> Said:
        """The message with this text."""
        buffer = self.buffer(name) if name else self.current
        return next(e for e in buffer.timeline if isinstance(e, Said) and e.message.text == text)

    def entries(self, name: str = "") -> list[Entry]:
        """All that stands in a buffer."""
        return list((self.buffer(name) if name else self.current).timeline)

    @property
    def screen(self) -> str:
        """What can be read on the screen, row by row."""
        height = self.app.size.height
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips[:height])

    async def shows(self, text: str) -> None:
        """Wait until something can be read."""
        try:
            await self.until(lambda: text in self.screen)
        except TimeoutError:
            raise AssertionError(f"{text!r} is not on the screen:\n{self.screen}") from None


def character_of(key: str) -> str | None:
    """What a key types; None for one that types nothing."""
    return {"space": " "}.get(key, key if len(key) == 1 else None)


def key_of(character: str) -> str:
    """A character as Pilot wants it."""
    return {" ": "space", "\n": "ctrl+j"}.get(character, character)


@asynccontextmanager
async def terminal_client(
    *servers: ServerEntry,
    folder: Path,
    size: tuple[int, int] = (80, 24),
    settings: Settings | None = None,
    **others: Any,
) -> AsyncIterator[Person]:
    """The program, shown in a terminal of this size, until the end of the block."""
    app = ChatApp(start_for(*servers, folder=folder, settings=settings, **others))
    async with app.run_test(size=size) as pilot:
        yield Person(app, pilot)
        for link in app.links.values():
            link.stop()
            await link.close()


def at(url: str, nick: str = "ann", *channels: str, **others: Any) -> ServerEntry:
    """A server to be on."""
    return replace(ServerEntry(address=url, nick=nick, channels=channels or ("#tea",)), **others)
