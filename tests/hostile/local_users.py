"""Other users of this machine, for tests that run as root: a child process becomes one and connects to a Unix socket.

The connected socket comes back over another one (SCM_RIGHTS): what the kernel says of it stays what it was at the
connect.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests.e2e.raw_client import SECONDS_MAX, RawClient

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can be two other users of this machine")


class LocalClient(RawClient):
    """An IRC client on a connected Unix socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._socket.settimeout(SECONDS_MAX)
        self._buffer = b""
        self.heard = []


def connect_as(path: Path, uid: int, gid: int, groups: tuple[int, ...] = ()) -> LocalClient:
    """A connection that this user made. Raises ConnectionError when he could not."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if not child:
        _connect_and_hand_over(path, theirs, uid, gid, groups)
    theirs.close()
    with ours:
        ours.settimeout(SECONDS_MAX)
        said, descriptors, _, _ = socket.recv_fds(ours, 64, 1)
    os.waitpid(child, 0)
    if said != b"connected":
        raise ConnectionError(said.decode())
    return LocalClient(socket.socket(fileno=descriptors[0]))


def _connect_and_hand_over(path: Path, to: socket.socket, uid: int, gid: int, groups: tuple[int, ...]) -> None:
    """The child's life."""
    try:
        os.setgroups(groups)
        os.setgid(gid)
        os.setuid(uid)
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(str(path))
        socket.send_fds(to, [b"connected"], [sock.fileno()])
    except OSError as error:
        to.send(str(error.strerror).encode())
    finally:
        os._exit(0)
