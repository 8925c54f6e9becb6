"""The public class Chat and the function `connect`.

    async with ipcchat.connect("localhost", nick="ann") as chat:
        message = await chat.send("#lobby", "hello")      # returns when the server has confirmed it
        async for event in chat:                          # until close(); lost connections are repaired meanwhile
            ...

Its methods stand in four files: `running` (connecting, hearing, any command), `saying`, `channel_calls` and
`people_calls`. The rules are those of `running`.
"""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterable

from ipcchat.client.channel_calls import ChannelCalls
from ipcchat.client.people_calls import PeopleCalls
from ipcchat.client.registration import Identity
from ipcchat.client.running import CONNECT_SECONDS
from ipcchat.client.saying import Saying
from ipcchat.client.urls import parse_address

LOBBY = "#lobby"


class Chat(Saying, ChannelCalls, PeopleCalls):
    """A connection to a chat server that repairs itself. Made by `connect`; see the module for the rules."""


def connect(
    address: str = "localhost",
    *,
    nick: str,
    channels: Iterable[str] | None = None,
    port: int | None = None,
    realname: str = "",
    alternatives: Iterable[str] = (),
    password: str = "",
    playback: bool = False,
    reconnect: bool = True,
    connect_seconds: float = CONNECT_SECONDS,
) -> Chat:
    """A Chat for `async with`, which connects, registers as `nick` and joins `channels`.

    `address` is a host, HOST:PORT or irc://HOST:PORT/#channel. `channels` are those of the address when it names
    some, else #lobby; give () for none. When `nick` is taken the `alternatives` are tried, else nick_, nick__, nick1
    and so on: see `Chat.nick`. `password` is the server's, for servers that ask for one. With `playback` what was
    missed has joins, topics and reactions too, not only messages, on servers that keep them. Entering the block tries
    for `connect_seconds`; with `reconnect` a connection that is lost later is repaired for as long as the Chat is open.

    Raises AddressError at once, and on entering the block ConnectFailed (no server, or it refused us) or
    CommandRefused (a channel cannot be joined).
    """
    place = parse_address(address, port)
    wanted = tuple(channels) if channels is not None else place.channels or (LOBBY,)
    identity = Identity(nick, user_name(), realname or nick, tuple(alternatives), password=password, playback=playback)
    return Chat(place, identity, wanted, reconnect=reconnect, connect_seconds=connect_seconds)


def user_name() -> str:
    """The login name as USER's first parameter: letters and digits, at most 10."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = ""
    return re.sub(r"[^A-Za-z0-9]", "", name)[:10] or "user"
