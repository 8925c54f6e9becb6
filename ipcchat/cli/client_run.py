"""What the client commands share when they run: the Chat for their options, and errors as exit codes.

Rules:
1. No server, or one that will not have us, is exit code 69; a login that failed, or a server that is not to be trusted,
   is 77; every other error of the library is 1.
2. Without a server named, the socket of this machine's server is used where there is one, else its port 6667.
3. An error is one line on standard error that begins with the program's name.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterable

from ipcchat.cli import exits
from ipcchat.cli.names import alternatives, login_nick
from ipcchat.cli.parsing import DEFAULT_SERVER, given, nick_of, server_of
from ipcchat.cli.passwords import account_password, server_password
from ipcchat.client.chat import Chat, connect
from ipcchat.client.errors import AddressError, ChatError, ConnectFailed, LoginFailed, Untrusted
from ipcchat.client.text import printable
from ipcchat.client.urls import Address, parse_address, unix_address
from ipcchat.wire.local_socket import client_sockets

Runner = Callable[[argparse.Namespace], Coroutine[object, object, int]]


def address_of(options: argparse.Namespace) -> Address:
    """The server's address, see rule 2. Raises AddressError."""
    return address_for(server_of(options))


def address_for(named: str) -> Address:
    """The address of a server that was named, else of this machine's, see rule 2. Raises AddressError."""
    if named:
        return parse_address(named)
    port = parse_address(DEFAULT_SERVER)
    sockets = (path for path in client_sockets(os.environ) if os.path.exists(path))
    return next((unix_address(path, otherwise=port) for path in sockets), port)


def chat_for(options: argparse.Namespace, channels: Iterable[str]) -> Chat:
    """A Chat for a program: the nick that was asked for, else the login name or one like it."""
    nick = nick_of(options)
    others = () if nick else alternatives(login_nick())
    return connect(
        address_of(options),
        nick=nick or login_nick(),
        channels=channels,
        alternatives=others,
        connect_seconds=options.wait,
        account=given(options, "account"),
        password=options.password,
        server_password=server_password(options),
        pin=given(options, "pin"),
        certificate=given(options, "certificate"),
    )


def run_client(runner: Runner, options: argparse.Namespace) -> int:
    """Run a client command in an event loop and return its exit code. A certificate that a person has confirmed is
    worth a second try."""
    try:
        if not hasattr(options, "password"):
            options.password = account_password(options)
        while True:
            try:
                return asyncio.run(runner(options))
            except Untrusted as error:
                from ipcchat.cli.trusting import overcome, why_not

                if not overcome(error):
                    return complain(why_not(error), exits.NOT_PERMITTED)
    except ChatError as error:
        return complain(error, code_of(error))


def code_of(error: ChatError) -> int:
    """The exit code for an error of the library."""
    codes = {AddressError: exits.USAGE, LoginFailed: exits.NOT_PERMITTED, ConnectFailed: exits.UNAVAILABLE}
    return next((code for kind, code in codes.items() if isinstance(error, kind)), exits.FAILED)


def complain(error: object, code: int) -> int:
    """Say on standard error what went wrong; returns `code`."""
    print(f"ipc-chat: {printable(str(error))}", file=sys.stderr, flush=True)
    return code
