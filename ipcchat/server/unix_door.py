"""unix:///path: IRC for programs of this machine, who are who the kernel says they are.

Rules:
1. There is no moment at which somebody else could connect: the socket is made in a new folder that only this user can
   enter, gets its mode, listens, and is linked into its place then. What stands there already is never replaced, but
   for a socket on which nobody listens. At the end it is removed if it is still ours.
2. The uid at the moment of the connect decides (SO_PEERCRED). The pid means nothing: it may be another's by now. A user
   whom the kernel cannot name (OVERFLOW_UID, no credentials) may chat, and has neither account nor operator.
3. Which uid has which account, and which uid or group is an operator, says the configuration; nobody by default.

Specification: unix(7), SO_PEERCRED and SO_PEERGROUPS; kernel.overflowuid in proc(5).
"""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
import secrets
import socket
import stat
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ipcchat.core.limits import Limits
from ipcchat.core.peers import LOCAL_ADDRESS, LocalUser, Peer
from ipcchat.server.addresses import EXIT_NO_PERMISSION, EXIT_UNAVAILABLE, Address, ListenError
from ipcchat.server.connection import Connection
from ipcchat.server.listeners import BACKLOG, Listener
from ipcchat.server.local_roles import LocalRoles

OVERFLOW_UID = 65_534
NO_UID = 0xFFFF_FFFF
NOBODY = LocalUser(OVERFLOW_UID, "nobody")
NAME_ATTEMPTS_MAX = 100

_CREDENTIALS = struct.Struct("iII")
_SO_PEERGROUPS = getattr(socket, "SO_PEERGROUPS", 59)
_GROUPS_BYTES_MAX = 1_024


class UnixListener(Listener):
    """One Unix socket of that `mode`. `roles` gives what the configuration says of users now. Raises ListenError."""

    def __init__(self, address: Address, mode: int, roles: Callable[[], LocalRoles]) -> None:
        self.address = address
        self.paused = False
        self._roles = roles
        try:
            self.sock = _bind(Path(address.path), mode)
        except OSError as error:
            raise _listen_error(address, error) from error
        self._identity = _identity(Path(address.path))

    def peer(self, sock: socket.socket, address: Any) -> Peer:
        """Who connected."""
        user = local_user(sock, self._roles())
        return Peer(f"{LOCAL_ADDRESS}{user.uid}", local=user)

    def connection(self, sock: socket.socket, number: int, lane: int, peer: Peer, limits: Limits) -> Connection:
        """What serves a socket that was accepted here."""
        return UnixConnection(sock, number, lane, peer, limits)

    def close(self) -> None:
        """Stop listening, and take the socket away if it is still ours."""
        self.sock.close()
        path = Path(self.address.path)
        if self._identity is not None and _identity(path) == self._identity:
            with contextlib.suppress(OSError):
                path.unlink()
        self._identity = None


class UnixConnection(Connection):
    """A program of this machine."""

    __slots__ = ()
    transport = "unix"


def local_user(sock: socket.socket, roles: LocalRoles) -> LocalUser:
    """Whom the kernel vouches for at the other end of a Unix socket."""
    try:
        _, uid, gid = _CREDENTIALS.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    except OSError:
        return NOBODY
    if uid in (OVERFLOW_UID, NO_UID):
        return NOBODY
    groups = {gid, *_further_groups(sock)}
    return LocalUser(uid, user_name(uid), roles.account(uid), roles.operator(uid, groups))


def user_name(uid: int) -> str:
    """What the system calls that user now; without a name uid1234."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid{uid}"


def _further_groups(sock: socket.socket) -> tuple[int, ...]:
    """The supplementary groups of the peer; none where the kernel does not tell, or there are too many."""
    try:
        packed = sock.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, _GROUPS_BYTES_MAX)
    except OSError:
        return ()
    return struct.unpack(f"{len(packed) // 4}I", packed)


def _bind(path: Path, mode: int) -> socket.socket:
    """A listening, non-blocking socket in its place; see rule 1. Raises OSError."""
    _remove_stale(path)
    folder = _private_folder(path.parent)
    made = folder / "s"
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(str(made))
        made.chmod(mode)
        sock.listen(BACKLOG)
        sock.setblocking(False)
        os.link(made, path)
    except BaseException:
        sock.close()
        raise
    finally:
        made.unlink(missing_ok=True)
        folder.rmdir()
    return sock


def _remove_stale(path: Path) -> None:
    """Take a socket away on which nobody listens. Raises OSError, EEXIST for everything else that stands there."""
    before = _identity(path)
    if before is None:
        return
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise FileExistsError(errno.EEXIST, "something else is there; take it away or choose another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
        knock.setblocking(False)
        try:
            knock.connect(str(path))
        except ConnectionRefusedError:
            if _identity(path) == before:
                path.unlink()
            return
        except BlockingIOError:
            pass  # Its queue is full: somebody listens.
    raise OSError(errno.EADDRINUSE, "another server listens there; stop it or choose another path")


def _private_folder(parent: Path) -> Path:
    """A new folder that only this user can enter. Its name is short: the path of a socket is, too. Raises OSError."""
    for _ in range(NAME_ATTEMPTS_MAX):
        folder = parent / f".{secrets.token_hex(2)}"
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(errno.EEXIST, f"no free name for a folder in {parent}")


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file that is, itself and not where a link leads; None when there is none."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _listen_error(address: Address, error: OSError) -> ListenError:
    cause = error.strerror or str(error)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        text = f"no permission to make {address.url}: {cause}; choose a folder in which this user may write"
        return ListenError(text, EXIT_NO_PERMISSION)
    if error.errno == errno.ENOENT:
        cause = f"there is no folder {Path(address.path).parent}; make it first"
    return ListenError(f"cannot listen on {address.url}: {cause}", EXIT_UNAVAILABLE)
