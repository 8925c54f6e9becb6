"""What the commands of `ipcchat.dialogue` see of the terminal client: one buffer, in which they were typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ipcchat.client.chat import Chat
from ipcchat.client.events import Message
from ipcchat.tui.link import Link, moment
from ipcchat.tui.model.buffer import Buffer, Kind
from ipcchat.tui.model.network import Network


class Front(Protocol):
    """What a command may do with the screen."""

    def go(self, buffer: Buffer) -> None:
        """Look at a buffer."""

    def changed(self) -> None:
        """Something is to be drawn."""

    def show_results(self, network: Network, title: str, messages: Sequence[Message]) -> None:
        """Show messages of the past, to read and to jump to."""

    async def ask_secret(self, question: str) -> str:
        """What is typed without being shown; "" when our user would rather not."""

    def leave(self) -> None:
        """End the program."""

    # What only the terminal client's own commands do.

    async def upload(self, link: Link, buffer: Buffer, typed: str) -> None:
        """Upload a file, and put its URL where our user types. Raises ChatError."""

    def action_help(self) -> None:
        """Show keys and commands."""

    def action_search(self, text: str = "") -> None:
        """Search what was said."""

    def action_mute(self) -> None:
        """Mute the buffer, or hear it again."""

    async def close_buffer(self) -> None:
        """Leave the buffer and take it off the list."""

    def connect_to(self, address: str, nick: str) -> None:
        """One more server. Raises ChatError."""

    def choose_theme(self, name: str) -> None:
        """Other colours. Raises ChatError."""


class Room:
    """A buffer as commands see it (dialogue.command_table.Room)."""

    def __init__(self, front: Front, link: Link, buffer: Buffer, program: str) -> None:
        self.program = program
        self.front = front
        self._link = link
        self._buffer = buffer

    @property
    def chat(self) -> Chat:
        """The library."""
        return self._link.chat

    @property
    def current(self) -> str:
        """The channel or person of the buffer; "" in the server's own."""
        return "" if self._buffer.kind is Kind.SERVER else self._buffer.name

    def tell(self, text: str) -> None:
        """Words of ours, in the buffer."""
        self._link.network.note(self._buffer, text, moment())
        self.front.changed()

    async def say(self, target: str, text: str, kind: str = "message", reply_to: str = "") -> None:
        """Send something; it stands in the buffer of its target at once."""
        if not text.strip():
            return
        if not target:
            self.tell("this is no channel; /join one first")
            return
        self._link.say(self._link.network.buffer(target), text, kind, reply_to)

    async def enter(self, channel: str, key: str = "") -> None:
        """Join a channel and look at it."""
        if channel not in self.chat.channels:
            channel = (await self.chat.join(channel, key)).name
        buffer = self._link.network.buffer(channel)
        buffer.joined = True
        self.front.go(buffer)

    def look_at(self, target: str) -> None:
        """Look at the buffer of a channel or person."""
        network = self._link.network
        self.front.go(network.buffer(target) if target else network.server)

    def last_of(self, nick: str) -> Message | None:
        """The last message of somebody in the buffer."""
        said = self._buffer.timeline.last_by(nick)
        return said.message if said is not None else None

    def show_past(self, title: str, messages: Sequence[Message]) -> None:
        """Show messages of the past."""
        if messages:
            self.front.show_results(self._link.network, title, messages)

    async def tell_unread(self) -> None:
        """What waits to be read stands in the list of channels; conversations are opened for it."""
        await self._link.open_unread()

    async def ask_secret(self, question: str) -> str:
        """What is typed without being shown."""
        return await self.front.ask_secret(question)

    async def upload(self, typed: str) -> None:
        """Upload a file, whose URL is put where our user types. Raises ChatError."""
        await self.front.upload(self._link, self._buffer, typed)

    def leave(self) -> None:
        """End the program."""
        self.front.leave()
