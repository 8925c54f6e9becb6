"""Where the server's Unix socket is when nobody says: one rule for the server that makes it and the clients that look
for it.

Rules:
1. The server makes it in the folder that the system gives it for such things, else beside its messages.
2. Clients look where a server of this user would make it, and after that where a server of this machine does, which
   systemd starts with RuntimeDirectory=ipc-chat.
3. Nothing is read but the environment that is handed in; whether a socket is there, the caller finds out. A folder that
   is not absolute counts as not given.

Specification: XDG Base Directory (XDG_RUNTIME_DIR, XDG_DATA_HOME), systemd.exec (RUNTIME_DIRECTORY, STATE_DIRECTORY).
"""

from __future__ import annotations

from collections.abc import Mapping

SOCKET_NAME = "ipc-chat.sock"
MACHINE_FOLDER = "/run/ipc-chat"
# sun_path has 108 bytes on Linux and 104 on macOS, the closing NUL included.
PATH_BYTES_MAX = 103


def server_socket(environment: Mapping[str, str]) -> str:
    """The path at which a server started with this environment makes its socket; "" when it has no folder at all."""
    return next(iter(_own_sockets(environment)), "")


def client_sockets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The paths at which a client started with this environment looks for a server, the likeliest first. Cron gives its
    programs no XDG_RUNTIME_DIR, so the others are looked at too."""
    return tuple(dict.fromkeys([*_own_sockets(environment), f"{MACHINE_FOLDER}/{SOCKET_NAME}"]))


def _own_sockets(environment: Mapping[str, str]) -> list[str]:
    return [f"{folder}/{SOCKET_NAME}" for folder in _folders(environment) if folder]


def _folders(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Folders of this user or service, the first of which is the server's; "" for those that are not given."""
    home = _absolute(environment.get("HOME", ""))
    share = _below(_absolute(environment.get("XDG_DATA_HOME", "")) or _below(home, ".local/share"), "ipc-chat")
    return (
        _absolute(environment.get("RUNTIME_DIRECTORY", "").split(":")[0]),
        _below(_absolute(environment.get("XDG_RUNTIME_DIR", "")), "ipc-chat"),
        _absolute(environment.get("STATE_DIRECTORY", "").split(":")[0]) or share,
    )


def _absolute(folder: str) -> str:
    return folder.rstrip("/") if folder.startswith("/") else ""


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else ""
