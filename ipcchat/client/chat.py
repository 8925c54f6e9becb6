"""The public class Chat and the function `connect`.

    async with ipcchat.connect("localhost", nick="ann") as chat:
        message = await chat.send("#lobby", "hello")      # returns when the server has confirmed it
        async for event in chat:                          # until close(); lost connections are repaired meanwhile
            ...

Its methods stand in eight files: `running` (connecting, hearing, any command), `saying`, `past_calls`, `subscription`,
`channel_calls`, `people_calls`, `account_calls` and `file_calls`. The rules are those of `running`.
"""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterable

from ipcchat.client.account_calls import AccountCalls
from ipcchat.client.channel_calls import ChannelCalls
from ipcchat.client.dialing import Dialer
from ipcchat.client.errors import ChatError
from ipcchat.client.file_calls import FileCalls
from ipcchat.client.people_calls import PeopleCalls
from ipcchat.client.registration import Identity
from ipcchat.client.running import CONNECT_SECONDS
from ipcchat.client.sasl import Credentials
from ipcchat.client.saying import Saying
from ipcchat.client.subscription import Subscribing
from ipcchat.client.urls import Address, parse_address

LOBBY = "#lobby"


class Chat(Saying, Subscribing, ChannelCalls, PeopleCalls, AccountCalls, FileCalls):
    """A connection to a chat server that repairs itself. Made by `connect`; see the module for the rules."""


def connect(
    address: str | Address = "localhost",
    *others: str | Address,
    nick: str,
    channels: Iterable[str] | None = None,
    port: int | None = None,
    realname: str = "",
    alternatives: Iterable[str] = (),
    password: str = "",
    account: str = "",
    server_password: str = "",
    pin: str = "",
    certificate: str = "",
    playback: bool = False,
    reconnect: bool = True,
    insist: bool = True,
    connect_seconds: float = CONNECT_SECONDS,
) -> Chat:
    """A Chat for `async with`, which connects, registers as `nick` and joins `channels`.

    `address` is a host, HOST:PORT, irc://HOST:PORT/#channel, ircs://... by TLS, or unix:///PATH for a socket of this
    machine; `others` are further servers of the same network, gone to when one is lost or does not answer: servers that
    belong together tell them by themselves. `channels` are those of the address when it names some, else #lobby; give
    () for none. When `nick` is taken the `alternatives` are tried, else nick_, nick__, nick1 and so on: see
    `Chat.nick`.

    With `account` it logs in, with `password` or by `certificate`, a PEM file of yours with its key; without an account
    `password` is the server's, which is also `server_password`. By TLS the server must have a certificate that this
    machine trusts, or the one whose SHA-256 fingerprint is `pin`, or is known from earlier (`ipc-chat trust`).

    With `playback` what was missed has joins, topics and reactions too, not only messages, on servers that keep them.
    Entering the block tries for `connect_seconds`; with `reconnect` a connection that is lost later is repaired for as
    long as the Chat is open.

    Without `insist` a channel that cannot be joined is no error: see `Chat.refused_channels`.

    Raises AddressError or another ChatError at once, and on entering the block ConnectFailed (no server, or it refused
    us; LoginFailed, Untrusted) or CommandRefused (a channel cannot be joined).
    """
    place, *more = (parse_address(each, port) if isinstance(each, str) else each for each in (address, *others))
    wanted = tuple(channels) if channels is not None else place.channels or (LOBBY,)
    credentials = credentials_for(place, account, password, certificate)
    identity = Identity(
        nick,
        user_name(),
        realname or nick,
        tuple(alternatives),
        password=server_password if account else server_password or password,
        playback=playback,
        credentials=credentials,
    )
    dialer = Dialer(place, pin=pin, certificate=certificate, others=more)
    return Chat(
        place,
        identity,
        wanted,
        reconnect=reconnect,
        insist=insist,
        connect_seconds=connect_seconds,
        dialer=dialer,
    )


def credentials_for(address: Address, account: str, password: str, certificate: str) -> Credentials | None:
    """Who to log in as; None for nobody. Raises ChatError when it cannot work."""
    if not account and not certificate:
        return None
    if certificate and not address.secure:
        raise ChatError(f"a certificate is shown by TLS, and {address} is without; write ircs://")
    if account and not password and not certificate and address.scheme != "unix":
        raise ChatError(f"to log in as {account} a password or a certificate is needed")
    return Credentials(account, password if account else "")


def user_name() -> str:
    """The login name as USER's first parameter: letters and digits, at most 10."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = ""
    return re.sub(r"[^A-Za-z0-9]", "", name)[:10] or "user"
