"""This machine's own server without naming it: its Unix socket where there is one, else port 6667."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from ipcchat.cli.client_run import address_of
from ipcchat.client.errors import AddressError
from tests.cli.programs import run_client
from tests.client.fake_server import ALL_CAPABILITIES, FakeServer


@pytest.fixture
def socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the server of this user makes its socket."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("IPCCHAT_SERVER", raising=False)
    (tmp_path / "ipc-chat").mkdir()
    return tmp_path / "ipc-chat" / "ipc-chat.sock"


async def test_a_pipe_needs_no_argument_but_the_channel(socket: Path) -> None:
    """make 2>&1 | ipc-chat send '#build', from cron or by hand: the kernel says who it is."""
    async with FakeServer(f"{ALL_CAPABILITIES} sasl", path=socket) as server:
        server.values["sasl"], server.kernel_account = "EXTERNAL", "ann"
        assert await run_client("", "send", "#build", typed="cc -c a.c\n\nld a.o\n") == (0, "", "")
        assert [(entry.source.partition("!")[0], entry.text) for entry in server.history] == [
            ("ann", "cc -c a.c"),
            ("ann", "ld a.o"),
        ]


def test_without_a_socket_it_is_the_port(socket: Path) -> None:
    assert str(address_of(Namespace())) == "irc://127.0.0.1:6667"


def test_with_a_socket_it_is_the_socket_and_the_port_when_nobody_is_there(socket: Path) -> None:
    socket.touch()
    address = address_of(Namespace())
    assert address.path == str(socket) and str(address.otherwise) == "irc://127.0.0.1:6667"


def test_what_is_named_wins(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket.touch()
    assert str(address_of(Namespace(server="ircs://chat.example"))) == "ircs://chat.example:6697"
    monkeypatch.setenv("IPCCHAT_SERVER", f"unix://{socket}/#tea")
    address = address_of(Namespace())
    assert address.channels == ("#tea",) and address.otherwise is None
    monkeypatch.setenv("IPCCHAT_SERVER", "https://chat.example")
    with pytest.raises(AddressError):
        address_of(Namespace())
