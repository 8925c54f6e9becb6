"""The one rule for the place of the Unix socket: XDG Base Directory, systemd.exec."""

from __future__ import annotations

import pytest

from ipcchat.wire.local_socket import PATH_BYTES_MAX, client_sockets, server_socket

HOME = {"HOME": "/home/ann"}
MACHINE = "/run/ipc-chat/ipc-chat.sock"


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ({**HOME, "XDG_RUNTIME_DIR": "/run/user/7"}, "/run/user/7/ipc-chat/ipc-chat.sock"),
        ({**HOME, "RUNTIME_DIRECTORY": "/run/ipc-chat:/run/other", "XDG_RUNTIME_DIR": "/x"}, MACHINE),
        (HOME, "/home/ann/.local/share/ipc-chat/ipc-chat.sock"),
        ({**HOME, "XDG_DATA_HOME": "/data/"}, "/data/ipc-chat/ipc-chat.sock"),
        ({**HOME, "STATE_DIRECTORY": "/var/lib/ipc-chat"}, "/var/lib/ipc-chat/ipc-chat.sock"),
        ({**HOME, "XDG_RUNTIME_DIR": "relative"}, "/home/ann/.local/share/ipc-chat/ipc-chat.sock"),
        ({}, ""),
    ],
)
def test_the_server_has_one_place(environment: dict[str, str], path: str) -> None:
    assert server_socket(environment) == path
    assert len(path) <= PATH_BYTES_MAX


def test_a_client_looks_where_the_server_of_its_user_is_and_then_where_that_of_the_machine_is() -> None:
    """A cron job has no XDG_RUNTIME_DIR and still finds what systemd started."""
    assert client_sockets({**HOME, "XDG_RUNTIME_DIR": "/run/user/7"}) == (
        "/run/user/7/ipc-chat/ipc-chat.sock",
        "/home/ann/.local/share/ipc-chat/ipc-chat.sock",
        MACHINE,
    )
    assert client_sockets({}) == (MACHINE,)


@pytest.mark.parametrize("environment", [HOME, {"RUNTIME_DIRECTORY": "/run/ipc-chat"}, {"XDG_RUNTIME_DIR": "/r"}])
def test_the_first_place_of_a_client_is_that_of_the_server(environment: dict[str, str]) -> None:
    assert client_sockets(environment)[0] == server_socket(environment)
