"""What the client commands share when they run: the Chat for their options, and errors as exit codes.

Rules:
1. No server, or one that will not have us, is exit code 69; every other error of the library is 1.
2. The server's password comes from $IPCCHAT_PASSWORD: arguments can be read by everybody on the machine.
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
from ipcchat.cli.parsing import nick_of, server_of
from ipcchat.client.chat import Chat, connect
from ipcchat.client.errors import AddressError, ChatError, ConnectFailed
from ipcchat.client.text import printable

Runner = Callable[[argparse.Namespace], Coroutine[object, object, int]]


def chat_for(options: argparse.Namespace, channels: Iterable[str]) -> Chat:
    """A Chat for a program: the nick that was asked for, else the login name or one like it."""
    nick = nick_of(options)
    others = () if nick else alternatives(login_nick())
    return connect(
        server_of(options),
        nick=nick or login_nick(),
        channels=channels,
        alternatives=others,
        connect_seconds=options.wait,
        password=os.environ.get("IPCCHAT_PASSWORD", ""),
    )


def run_client(runner: Runner, options: argparse.Namespace) -> int:
    """Run a client command in an event loop and return its exit code."""
    try:
        return asyncio.run(runner(options))
    except AddressError as error:
        return complain(error, exits.USAGE)
    except ConnectFailed as error:
        return complain(error, exits.UNAVAILABLE)
    except ChatError as error:
        return complain(error, exits.FAILED)
    except BrokenPipeError:
        return leave_broken_pipe()


def complain(error: object, code: int) -> int:
    """Say on standard error what went wrong; returns `code`."""
    print(f"ipc-chat: {printable(str(error))}", file=sys.stderr, flush=True)
    return code


def leave_broken_pipe() -> int:
    """Whoever read our output is gone: end without a word, as other tools do."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return exits.BROKEN_PIPE
