"""IPC Chat: a chat server, a line client and a Python library that speak IRC with IRCv3.

The library in one example:

    import ipcchat

    async with ipcchat.connect("localhost", nick="ann") as chat:
        await chat.send("#lobby", "hello")
        async for event in chat:
            print(event)

Rules:
1. Importing this package imports nothing else: public names are looked up on first use (PEP 562), so that the server
   does not pay for the client library and a command line that prints its help pays for nothing.
2. What is in `__all__` is the public interface; everything else may change between versions.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipcchat.client.chat import Chat, connect
    from ipcchat.client.errors import (
        AddressError,
        ChatClosed,
        ChatError,
        CommandRefused,
        ConnectFailed,
        NotDelivered,
        TimedOut,
    )
    from ipcchat.client.events import (
        CaughtUp,
        Connected,
        Disconnected,
        Event,
        Gap,
        Invited,
        Joined,
        Kicked,
        Message,
        ModeChanged,
        NickChanged,
        Parted,
        Quit,
        ServerText,
        TopicChanged,
    )
    from ipcchat.client.receipt import Receipt
    from ipcchat.client.text import printable
    from ipcchat.version import VERSION

_CHAT = ("Chat", "connect")
_ERRORS = ("AddressError", "ChatClosed", "ChatError", "CommandRefused", "ConnectFailed", "NotDelivered", "TimedOut")
_EVENTS = (
    "CaughtUp",
    "Connected",
    "Disconnected",
    "Event",
    "Gap",
    "Invited",
    "Joined",
    "Kicked",
    "Message",
    "ModeChanged",
    "NickChanged",
    "Parted",
    "Quit",
    "ServerText",
    "TopicChanged",
)

_HOMES = {
    **dict.fromkeys(_CHAT, "ipcchat.client.chat"),
    **dict.fromkeys(_ERRORS, "ipcchat.client.errors"),
    **dict.fromkeys(_EVENTS, "ipcchat.client.events"),
    "Receipt": "ipcchat.client.receipt",
    "printable": "ipcchat.client.text",
    "VERSION": "ipcchat.version",
}

__all__ = [
    "VERSION",
    "AddressError",
    "CaughtUp",
    "Chat",
    "ChatClosed",
    "ChatError",
    "CommandRefused",
    "ConnectFailed",
    "Connected",
    "Disconnected",
    "Event",
    "Gap",
    "Invited",
    "Joined",
    "Kicked",
    "Message",
    "ModeChanged",
    "NickChanged",
    "NotDelivered",
    "Parted",
    "Quit",
    "Receipt",
    "ServerText",
    "TimedOut",
    "TopicChanged",
    "connect",
    "printable",
]


def __getattr__(name: str) -> object:
    """Import the module a public name lives in when the name is first used."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'ipcchat' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
