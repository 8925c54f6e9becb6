"""Listening sockets that outlive a server which is started anew in its process: who connects meanwhile waits in their
queue, and is not refused.

Rules:
1. A socket is known by the URL that the settings have for it, so that port 0 stays the port that it was.
2. They go by their descriptors, which an environment variable names; what it names is taken once, and what the new
   settings have no use for is closed.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from typing import Final

VARIABLE: Final = "IPC_CHAT_SOCKETS"


def leave(sockets: Iterable[tuple[str, socket.socket]]) -> None:
    """Let the next program of this process have these, each with its URL; the objects are closed."""
    words = []
    for url, sock in sockets:
        descriptor = sock.detach()
        os.set_inheritable(descriptor, True)
        words.append(f"{descriptor}={url}")
    os.environ[VARIABLE] = " ".join(words)


def take(url: str) -> socket.socket | None:
    """The socket that was left for that URL; None when there is none."""
    left = _left()
    for number, (descriptor, its_url) in enumerate(left):
        if its_url == url:
            _keep([*left[:number], *left[number + 1 :]])
            return _socket(descriptor)
    return None


def close_rest() -> None:
    """Close what nobody took."""
    for descriptor, _ in _left():
        if (sock := _socket(descriptor)) is not None:
            sock.close()
    os.environ.pop(VARIABLE, None)


def _left() -> list[tuple[int, str]]:
    words = (word.partition("=") for word in os.environ.get(VARIABLE, "").split())
    return [(int(descriptor), url) for descriptor, _, url in words if descriptor.isdecimal()]


def _keep(left: list[tuple[int, str]]) -> None:
    os.environ[VARIABLE] = " ".join(f"{descriptor}={url}" for descriptor, url in left)


def _socket(descriptor: int) -> socket.socket | None:
    """The listening socket of that descriptor; None when it is something else."""
    try:
        os.set_inheritable(descriptor, False)
        sock = socket.socket(fileno=descriptor)
    except OSError:
        return None
    if not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        sock.detach()
        return None
    sock.setblocking(False)
    return sock
