"""An app with a composer and its choices, below some text that must not move."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual import events
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Static

from ipcchat.tui.keymap import Keymap
from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.model.completion import candidates
from ipcchat.tui.widgets.completion_popup import CompletionPopup
from ipcchat.tui.widgets.composer import Composer
from tests.tui.desks import network_of
from tests.tui.panes import rows, until


class ComposerApp(App[None]):
    """#tea with ann (we), bob, bert and carl, and #team. `heard` is what the composer said; `seconds` is its clock."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "#text { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 100.0
        self.network, self.server = network_of("test", "#tea", "#team", nick="ann")
        self.server.enter("#tea", "bob", "bert", "carl")
        self.tea, self.team = self.network.buffer("#tea"), self.network.buffer("#team")
        self.composer = Composer(clock=lambda: self.seconds)
        self.composer.completer = lambda before, asked: candidates(before, self.network, self.tea, asked=asked)
        self.popup = CompletionPopup()
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        """Text, choices, composer."""
        yield Static("\n".join(f"row {number}" for number in range(40)), id="text")
        yield self.popup
        yield self.composer

    def on_mount(self) -> None:
        """Type into #tea."""
        Keymap().bind(self.composer, "composer")
        self.composer.load(self.tea)
        self.composer.focus()

    async def _on_message(self, message: Message) -> None:
        """Remember what the composer says."""
        if isinstance(message, Composer.Submitted | Composer.TypingChanged | Composer.Cancelled | Composer.TooLong):
            self.heard.append(message)
        await super()._on_message(message)

    def sent(self) -> list[str]:
        """The texts that were submitted."""
        return [message.text for message in self.heard if isinstance(message, Composer.Submitted)]

    def typing(self) -> list[bool]:
        """What was told about typing."""
        return [message.active for message in self.heard if isinstance(message, Composer.TypingChanged)]

    def cancelled(self) -> int:
        """How often something was given up."""
        return sum(isinstance(message, Composer.Cancelled) for message in self.heard)


class Typist:
    """Somebody at the keyboard of a ComposerApp."""

    def __init__(self, app: ComposerApp, pilot: Pilot[Any]) -> None:
        self.app, self.pilot, self.composer = app, pilot, app.composer

    async def presses(self, *keys: str) -> None:
        """Press keys, by Textual's names, one after the other as a terminal sends them."""
        for key in keys:
            self.app.post_message(events.Key(key, None))
            await self.pilot.pause()

    async def types(self, text: str) -> None:
        """Type a text, character by character."""
        for character in text:
            self.composer.post_message(events.Key(character, character))
        await self.pilot.pause()

    async def pastes(self, text: str) -> None:
        """Paste a text as terminals with bracketed paste do."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def waits(self, condition: Callable[[], object]) -> None:
        """Wait for a condition."""
        await until(self.pilot, condition)

    def loads(self, buffer: Buffer) -> None:
        """Go to another buffer."""
        self.composer.keep()
        self.composer.load(buffer)

    @property
    def text(self) -> str:
        """What stands in the composer, with a bar where the cursor is."""
        before = self.composer.text_before_cursor
        return f"{before}|{self.composer.text[len(before) :]}"

    @property
    def screen(self) -> list[str]:
        """The rows of the screen."""
        return rows(self.app)

    @property
    def choices(self) -> list[str]:
        """The choices that are shown; none while there is no popup."""
        region = self.app.popup.region
        if not self.app.popup.display:
            return []
        return [row[region.x : region.right].strip() for row in self.screen[region.y : region.bottom]]


@asynccontextmanager
async def typist(size: tuple[int, int] = (80, 24)) -> AsyncIterator[Typist]:
    """Somebody at a new ComposerApp."""
    app = ComposerApp()
    async with app.run_test(size=size) as pilot:
        yield Typist(app, pilot)
