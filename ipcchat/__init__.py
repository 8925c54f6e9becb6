"""IPC Chat: a chat server, a terminal client and a Python library that speak IRC with IRCv3.

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
    from ipcchat.client.account_calls import Registered
    from ipcchat.client.chat import Chat, connect
    from ipcchat.client.errors import (
        AddressError,
        ChatClosed,
        ChatError,
        CommandRefused,
        ConnectFailed,
        LoginFailed,
        NotDelivered,
        TimedOut,
        Untrusted,
        UploadFailed,
    )
    from ipcchat.client.events import (
        AccountChanged,
        Act,
        AwayChanged,
        CallerIdBlocked,
        CallerIdWaiting,
        CapabilitiesChanged,
        CaughtUp,
        ChannelRenamed,
        Connected,
        Disconnected,
        Distrusted,
        Edited,
        Event,
        Gap,
        HostChanged,
        Invited,
        InvitedOther,
        IsAway,
        Joined,
        Kicked,
        Knocked,
        Message,
        MetadataChanged,
        ModeChange,
        ModeChanged,
        ModeKind,
        MonitorOffline,
        MonitorOnline,
        Netjoin,
        Netsplit,
        NickChanged,
        Numeric,
        Parted,
        Quit,
        Reaction,
        ReadMarked,
        RealnameChanged,
        Redacted,
        ServerError,
        ServerText,
        StandardReply,
        SupportChanged,
        TagMessage,
        TopicChanged,
        Typing,
        Wallops,
    )
    from ipcchat.client.missed import Missed
    from ipcchat.client.past_calls import HistoryTarget
    from ipcchat.client.people import (
        Channel,
        Member,
        Person,
    )
    from ipcchat.client.protection import Protection
    from ipcchat.client.receipt import Receipt
    from ipcchat.client.results import (
        ListedChannel,
        ListEntry,
        NamedMember,
        WhoEntry,
        Whois,
        Whowas,
    )
    from ipcchat.client.subscription import KeptCursor, Subscription
    from ipcchat.client.text import printable
    from ipcchat.version import VERSION

_CHAT = ("Chat", "connect")
_ERRORS = (
    "AddressError",
    "ChatClosed",
    "ChatError",
    "CommandRefused",
    "ConnectFailed",
    "LoginFailed",
    "NotDelivered",
    "TimedOut",
    "Untrusted",
    "UploadFailed",
)
_EVENTS = (
    "AccountChanged",
    "Act",
    "AwayChanged",
    "CallerIdBlocked",
    "CallerIdWaiting",
    "CapabilitiesChanged",
    "CaughtUp",
    "ChannelRenamed",
    "Connected",
    "Disconnected",
    "Distrusted",
    "Edited",
    "Event",
    "Gap",
    "HostChanged",
    "Invited",
    "InvitedOther",
    "IsAway",
    "Joined",
    "Kicked",
    "Knocked",
    "Message",
    "MetadataChanged",
    "ModeChange",
    "ModeChanged",
    "ModeKind",
    "MonitorOffline",
    "MonitorOnline",
    "Netjoin",
    "Netsplit",
    "NickChanged",
    "Numeric",
    "Parted",
    "Quit",
    "Reaction",
    "ReadMarked",
    "RealnameChanged",
    "Redacted",
    "ServerError",
    "ServerText",
    "StandardReply",
    "SupportChanged",
    "TagMessage",
    "TopicChanged",
    "Typing",
    "Wallops",
)
_PEOPLE = ("Channel", "Member", "Person")
_RESULTS = ("ListEntry", "ListedChannel", "NamedMember", "WhoEntry", "Whois", "Whowas")

_HOMES = {
    **dict.fromkeys(_CHAT, "ipcchat.client.chat"),
    **dict.fromkeys(_ERRORS, "ipcchat.client.errors"),
    **dict.fromkeys(_EVENTS, "ipcchat.client.events"),
    **dict.fromkeys(_PEOPLE, "ipcchat.client.people"),
    **dict.fromkeys(_RESULTS, "ipcchat.client.results"),
    "HistoryTarget": "ipcchat.client.past_calls",
    "KeptCursor": "ipcchat.client.subscription",
    "Missed": "ipcchat.client.missed",
    "Protection": "ipcchat.client.protection",
    "Receipt": "ipcchat.client.receipt",
    "Registered": "ipcchat.client.account_calls",
    "Subscription": "ipcchat.client.subscription",
    "printable": "ipcchat.client.text",
    "VERSION": "ipcchat.version",
}

__all__ = [
    "VERSION",
    "AccountChanged",
    "Act",
    "AddressError",
    "AwayChanged",
    "CallerIdBlocked",
    "CallerIdWaiting",
    "CapabilitiesChanged",
    "CaughtUp",
    "Channel",
    "ChannelRenamed",
    "Chat",
    "ChatClosed",
    "ChatError",
    "CommandRefused",
    "ConnectFailed",
    "Connected",
    "Disconnected",
    "Distrusted",
    "Edited",
    "Event",
    "Gap",
    "HistoryTarget",
    "HostChanged",
    "Invited",
    "InvitedOther",
    "IsAway",
    "Joined",
    "KeptCursor",
    "Kicked",
    "Knocked",
    "ListEntry",
    "ListedChannel",
    "LoginFailed",
    "Member",
    "Message",
    "MetadataChanged",
    "Missed",
    "ModeChange",
    "ModeChanged",
    "ModeKind",
    "MonitorOffline",
    "MonitorOnline",
    "NamedMember",
    "Netjoin",
    "Netsplit",
    "NickChanged",
    "NotDelivered",
    "Numeric",
    "Parted",
    "Person",
    "Protection",
    "Quit",
    "Reaction",
    "ReadMarked",
    "RealnameChanged",
    "Receipt",
    "Redacted",
    "Registered",
    "ServerError",
    "ServerText",
    "StandardReply",
    "Subscription",
    "SupportChanged",
    "TagMessage",
    "TimedOut",
    "TopicChanged",
    "Typing",
    "Untrusted",
    "UploadFailed",
    "Wallops",
    "WhoEntry",
    "Whois",
    "Whowas",
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
